/**
 * A home realm's host for tests: value documents in memory, and devices that exchange them.
 *
 * @module
 */
import { actorOf, InterfaceDocument, parseInterfaceId, ValueDocument } from "../sync/mod.ts";
import type { Heads, MemberId } from "../sync/mod.ts";
import { FakeRealmHost } from "./_fake_realm_host.ts";
import { homeRealmId } from "./realm_ids.ts";

/** What a {@linkcode FakeHomeHost} may be. */
export interface FakeHomeHostOptions {
  /** Which of the member's devices it is. @default {0} */
  readonly session?: number;
  /** The realm's first document. @default {that of the member's home realm} */
  readonly document?: InterfaceDocument;
}

/** One device of a member, with its documents. */
export class FakeHomeHost extends FakeRealmHost {
  readonly #values: Map<string, ValueDocument> = new Map();
  readonly #session: number;

  constructor(self: MemberId, { session = 0, document }: FakeHomeHostOptions = {}) {
    super(self, document ?? homeOf(self, session));
    this.#session = session;
  }

  override hasValueDocument(name: string): boolean {
    return this.#values.has(name);
  }

  override valueDocument(name: string): ValueDocument {
    const realmId = this.document.interfaceId;
    const known = this.#values.get(name) ??
      ValueDocument.awaiting({ realmId, name }, this.#valueWriter);
    this.#values.set(name, known);
    return known;
  }

  /** The ids of what was said to have changed since this was last asked, in that order. */
  takeWritten(): string[] {
    return this.written.splice(0);
  }

  /** Takes a document of another host; the heads that it had before. */
  takeValue(from: FakeHomeHost, name: string): Heads {
    const own = this.valueDocument(name);
    const before = own.getHeads();
    own.applyEncoded(from.valueDocument(name).encodeChangesSince(before));
    return before;
  }

  /** Puts another object with the same content in the place of a document. */
  replace(name: string): void {
    const before = this.valueDocument(name);
    this.#values.set(name, ValueDocument.load(before.save(), this.#valueWriter));
    before[Symbol.dispose]();
  }

  override [Symbol.dispose](): void {
    for (const document of this.#values.values()) document[Symbol.dispose]();
    super[Symbol.dispose]();
  }

  get #valueWriter() {
    return { actor: actorOf(this.self, this.#session), nowMs: () => this.nowMs };
  }
}

function homeOf(self: MemberId, session: number): InterfaceDocument {
  const interfaceId = parseInterfaceId(homeRealmId(self));
  return InterfaceDocument.create({ interfaceId, actor: actorOf(self, session), nowMs: () => 0 });
}
