/**
 * A realm's host for tests: documents in memory, and exchanges that a test asks for.
 *
 * @module
 */
import {
  actorOf,
  artifactIdOf,
  InterfaceDocument,
  parseInterfaceId,
  parseMemberId,
  seededSources,
  ValueDocument,
} from "../sync/mod.ts";
import type { Heads, InterfaceId, MemberId, Sources } from "../sync/mod.ts";
import { NetworkError } from "./errors.ts";
import type { RealmHost } from "./realm_host.ts";
import { realmIdOf } from "./realm_ids.ts";
import { REALM_KEYS } from "./realm_keys.ts";

/** Three members, in the order of their ids. */
export const [ada, ben, cyd] = ["a1", "b2", "c3"].map((byte) => parseMemberId(byte.repeat(32))) as [
  MemberId,
  MemberId,
  MemberId,
];

const NONCE = new Uint8Array(32).fill(7);

/** The id of the realm that Ada creates. */
export const realmOfAda: InterfaceId = parseInterfaceId(
  realmIdOf(Uint8Array.fromHex(artifactIdOf(ada, NONCE))),
);

/** One member's host of {@linkcode realmOfAda}. */
export class FakeRealmHost implements RealmHost, Disposable {
  readonly self: MemberId;
  readonly sources: Sources;
  /** What the clock says. */
  nowMs = 5_000_000_000;
  /** The ids of the documents that were said to have changed, in that order. */
  readonly written: string[] = [];
  /** Whether the next event goes to another document, as if the last was full. */
  beginsSegment = false;
  /** What the host knows members by. */
  readonly names: Map<MemberId, string> = new Map();
  readonly #segments: InterfaceDocument[];
  readonly #values: Map<string, ValueDocument> = new Map();

  constructor(self: MemberId, document?: InterfaceDocument) {
    this.self = self;
    this.sources = seededSources(self, () => this.nowMs);
    this.#segments = [document ?? InterfaceDocument.awaiting(realmOfAda, this.#writer)];
  }

  get realmId(): InterfaceId {
    return this.document.interfaceId;
  }

  get document(): InterfaceDocument {
    return this.#segments[0]!;
  }

  segments(): readonly InterfaceDocument[] {
    return this.#segments;
  }

  openSegment(): InterfaceDocument {
    const last = this.#segments.at(-1)!;
    const isNext = last.isFull || this.beginsSegment;
    this.beginsSegment = false;
    return isNext ? this.#segment(this.#segments.length) : last;
  }

  changed(document: InterfaceDocument | ValueDocument): void {
    this.written.push(document.documentId);
  }

  hasValueDocument(name: string): boolean {
    return this.#values.has(name);
  }

  valueDocument(name: string): ValueDocument {
    const which = { realmId: realmOfAda, name };
    const document = this.#values.get(name) ?? ValueDocument.awaiting(which, this.#writer);
    this.#values.set(name, document);
    return document;
  }

  displayName(member: MemberId): string | undefined {
    return this.names.get(member);
  }

  checkMember(): void {
    if (!this.document.members().has(this.self)) {
      throw new NetworkError("not_member", "Not a member");
    }
  }

  /** The heads of all documents. */
  heads(): Heads[] {
    return this.#segments.map((segment) => segment.getHeads());
  }

  /** Takes what another host holds. */
  take(from: FakeRealmHost): void {
    for (const [index, other] of from.#segments.entries()) {
      const own = this.#segment(index);
      own.applyChanges(other.getChangesSince(own.getHeads()));
    }
    for (const [name, other] of from.#values) {
      const own = this.valueDocument(name);
      own.applyChanges(other.getChangesSince(own.getHeads()));
    }
  }

  [Symbol.dispose](): void {
    for (const segment of this.#segments) segment[Symbol.dispose]();
    for (const document of this.#values.values()) document[Symbol.dispose]();
  }

  #segment(index: number): InterfaceDocument {
    return this.#segments[index] ??= InterfaceDocument.awaiting(realmOfAda, this.#writer, {
      segment: index,
    });
  }

  get #writer() {
    return { actor: actorOf(this.self, 0), nowMs: () => this.nowMs };
  }
}

/** Ada, who creates the realm and lets the others in. They all know that. */
export function realmOf(...others: readonly MemberId[]): FakeRealmHost[] {
  const host = new FakeRealmHost(ada);
  host.document.addMember(ada);
  host.document.setMetadata(REALM_KEYS.creation, NONCE);
  for (const member of others) host.document.addMember(member);
  const hosts = [host, ...others.map((member) => new FakeRealmHost(member))];
  meet(...hosts);
  return hosts;
}

/** Everybody takes everything from everybody. */
export function meet(...hosts: readonly FakeRealmHost[]): void {
  for (const one of hosts) for (const other of hosts) if (one !== other) one.take(other);
  for (const one of hosts) for (const other of hosts) if (one !== other) one.take(other);
}
