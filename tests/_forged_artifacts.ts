/** What a cheat with a grant can put together: changes that say anything, and a world to bring them into. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { createIdentity } from "../network/identity.ts";
import { createHandle } from "../sync/_automerge.ts";
import type { Handle } from "../sync/_automerge.ts";
import { artifactGenesis } from "../sync/artifact_schema.ts";
import { ArtifactDocument } from "../sync/artifact_document.ts";
import { Engine } from "../sync/engine.ts";
import { sealBody, sealEnvelope } from "../sync/envelope.ts";
import { actorOf, parseArtifactId, parseChangeHash, parseHeads } from "../sync/ids.ts";
import type { ChangeHash } from "../sync/ids.ts";
import type { MemberKeys } from "../sync/keys.ts";
import { MemoryStore } from "../sync/memory_store.ts";
import { encodePayload } from "../sync/payload.ts";
import { seededSources } from "../sync/sources.ts";
import { makeVoucher } from "../sync/voucher.ts";
import * as forge from "./_forge.ts";

export const nowMs = () => 5_000;
export const hex32 = (n: number) => n.toString(16).padStart(64, "0");
export const keysOf = (name: string) => createIdentity(seededSources(`keys of ${name}`, nowMs));
export const MALLORIES = Array.from({ length: 32 }, (_, n) => keysOf(`mallory ${n}`));
export const [ADA, BEN, EVE] = ["ada", "ben", "eve"].map(keysOf) as [
  MemberKeys,
  MemberKeys,
  MemberKeys,
];

/** An operation by the names that Automerge gives things: `_root`, `_head`, `counter@actor`. */
export interface Op {
  readonly action: number;
  readonly obj: string;
  readonly at: { readonly key: string } | { readonly elem: string };
  readonly insert?: boolean;
  readonly value?: readonly [type: number, raw: readonly number[]];
  readonly pred: readonly string[];
}

/** What a change says. */
export interface Said {
  readonly actor: string;
  readonly seq: number;
  readonly startOp: number;
  readonly deps: readonly string[];
  readonly ops: readonly Op[];
}

/** Writes a change as Automerge does, but whatever it says. */
export function encode({ actor, ops, ...rest }: Said): Uint8Array {
  const elems = ops.map(({ at }) => "elem" in at && at.elem !== "_head" ? at.elem : null);
  const objs = ops.map(({ obj }) => obj === "_root" ? null : obj);
  const preds = ops.flatMap(({ pred }) => pred);
  const named = [...objs, ...elems, ...preds].flatMap((id) => id === null ? [] : [actorIn(id)]);
  const others = [...new Set(named)].filter((other) => other !== actor).sort();
  const index = (id: string | null) => id && forge.uleb([actor, ...others].indexOf(actorIn(id)));
  const counters = elems.map((id, n) => id ? parseInt(id) : "elem" in ops[n]!.at ? 0 : null);
  const columns: Record<number, number[] | Uint8Array> = {
    0x01: forge.column(objs.map(index) as (number[] | null)[]),
    0x02: forge.column(objs.map((id) => id && forge.uleb(parseInt(id))) as (number[] | null)[]),
    0x11: forge.column(elems.map(index) as (number[] | null)[]),
    0x13: forge.steps(counters),
    0x15: forge.column(ops.map(({ at }) => "key" in at ? forge.prefixed(at.key) : null)),
    0x34: forge.booleans(ops.map(({ insert = false }) => insert)),
    0x42: forge.column(ops.map(({ action }) => [action])),
    0x56: forge.column(
      ops.map(({ value: [type, raw] = [0, []] }) => forge.uleb(raw.length * 16 + type)),
    ),
    0x57: forge.concat(...ops.map(({ value = [0, []] as const }) => value[1])),
    0x70: forge.column(ops.map(({ pred }) => forge.uleb(pred.length))),
    0x71: forge.column(preds.map(index) as number[][]),
    0x73: forge.steps(preds.map((id) => parseInt(id))),
  };
  const filled = Object.entries(columns).filter(([, bytes]) => bytes.length > 0);
  return forge.forgeChange({ ...rest, actor, others, columns: Object.fromEntries(filled) });
}

export const actorIn = (id: string) => id.slice(id.indexOf("@") + 1);

/** Ada's story, which Ben and the Mallories may write, in engines that keep what they hold. */
export class World implements Disposable {
  readonly store: MemoryStore = new MemoryStore();
  readonly ada: Engine = this.#engine(ADA, this.store);
  readonly ben: Engine = this.#engine(BEN, new MemoryStore());
  readonly story: ArtifactDocument = ArtifactDocument.create({
    ...{ nonce: new Uint8Array(32), artifactType: "story", ...this.ada.writer },
  });
  readonly id = this.story.artifactId;
  readonly genesis = artifactGenesis(this.id);

  constructor() {
    for (const { memberId: grantee } of [BEN, ...MALLORIES]) {
      const grant = { grantee, grantedBy: ADA.memberId, grantedAtMs: 1 };
      this.story.addGrant({ ...grant, mode: "revocable" });
    }
    for (let n = 0; n < 3; n++) this.story.appendRef(parseArtifactId(hex32(n)));
    this.story.setMetadata("k", new Uint8Array([1]));
    this.ada.add(this.story);
    this.ada.takeEvents();
  }

  #engine(keys: MemberKeys, store: MemoryStore): Engine {
    return new Engine({ keys, sources: seededSources(keys.memberId, nowMs), store });
  }

  /** Seals what Mallory wants to say, as the protocol has it, and gives what Ada makes of it. */
  bring(changes: Uint8Array, { keys = MALLORIES[0]!, announced, vouched }: {
    readonly keys?: MemberKeys;
    readonly announced?: readonly string[];
    readonly vouched?: readonly [MemberKeys, ChangeHash][];
  } = {}): string[] {
    const sources = seededSources("sealed", nowMs);
    const payload = {
      artifactId: this.id,
      senderHeads: parseHeads(announced ?? [hashOf(changes)]),
      changes,
      vouchers: (vouched ?? [[keys, hashOf(changes)]])
        .map(([member, hash]) => makeVoucher(member, this.id, hash)),
    };
    const bodies = [sealBody(encodePayload(payload, keys.memberId), sources)];
    const sealed = { keys, recipient: ADA.memberId, number: 2 ** 40, bodies, sources };
    this.ada.onEnvelope(keys.memberId, sealEnvelope({ ...sealed, note: new Uint8Array(0) }));
    const last = this.ada.takeEvents().at(-1)!;
    return last.type === "refused" ? [last.code, last.message] : [last.type];
  }

  /** A change on top of all, honest but for what is given. */
  honest(keys: MemberKeys, change: Partial<Said> = {}): Said {
    const { deps, maxOp } = this.top();
    const op = { action: 1, obj: `4@${this.genesis.actor}`, at: { key: "m" }, pred: [] };
    const ops: Op[] = [{ ...op, value: [7, [7]] }];
    const numbers = { seq: 1, startOp: maxOp + 1 };
    return { ...numbers, actor: actorOf(keys.memberId, 1), deps, ops, ...change };
  }

  top(): { deps: string[]; maxOp: number } {
    using copy = new Raw(this.story.save());
    const deps = [...this.story.getHeads()];
    const maxOps = deps.map((dep) => copy.handle.getChangeMetaByHash(dep)!.maxOp);
    return { deps, maxOp: Math.max(...maxOps) };
  }

  /** Everything that a refusal must leave alone. */
  state(): unknown {
    const kept = this.store.readDocument(this.id);
    const heads = ["heads", "vouchers"].map((space) => this.store.entries(space));
    return [this.story.save().toHex(), this.story.getHeads(), kept, heads];
  }

  /** Ada goes on writing, and Ben gets all that she has. */
  assertAlive(): void {
    this.story.appendRef(parseArtifactId(hex32(77)));
    this.ada.onLocalMutation(this.id);
    for (let turn = 0; turn < 9; turn++) {
      for (const [from, to] of [[this.ada, BEN], [this.ben, ADA]] as const) {
        const bytes = from.takeEnvelope(to.memberId);
        if (bytes) (from === this.ada ? this.ben : this.ada).onEnvelope(to.memberId, bytes);
      }
    }
    assertEquals(this.ben.documents.get(this.id)?.getHeads(), this.story.getHeads());
    using again = ArtifactDocument.load(this.story.save(), this.ben.writer);
    assertEquals(again.references(), this.story.references());
    using reopened = this.#engine(ADA, this.store);
    assertEquals(reopened.documents.get(this.id)!.getHeads(), this.story.getHeads());
  }

  [Symbol.dispose](): void {
    for (const engine of [this.ada, this.ben]) engine[Symbol.dispose]();
  }
}

/** Automerge without any of our checks. */
export class Raw implements Disposable {
  readonly handle: Handle;
  constructor(from: Uint8Array | Handle) {
    this.handle = from instanceof Uint8Array ? createHandle("ee") : from.clone("ee");
    if (from instanceof Uint8Array) this.handle.loadIncremental(from);
  }
  /** Whether Automerge takes a change and, if so, whether what it saves then can be loaded. */
  take(change: Uint8Array): "refuses" | "waits" | "takes" | "is poisoned" {
    try {
      this.handle.loadIncremental(change);
    } catch {
      return "refuses";
    }
    if (this.handle.getMissingDeps([]).length > 0) return "waits";
    try {
      new Raw(this.handle.save())[Symbol.dispose]();
      return "takes";
    } catch {
      return "is poisoned";
    }
  }
  [Symbol.dispose](): void {
    this.handle.free();
  }
}

/** The body of one change, inflated. */
export function bodyOf(change: Uint8Array): Uint8Array {
  let at = 9;
  while (change[at]! >= 0x80) at++;
  const body = change.subarray(at + 1);
  return change[8] === 2 ? new Uint8Array(inflateRawSync(body)) : body;
}

export function hashOf(change: Uint8Array): ChangeHash {
  const body = bodyOf(change);
  const hash = createHash("sha256").update(forge.concat([1], forge.uleb(body.length), body));
  return parseChangeHash(hash.digest("hex"));
}

/** Asserts what becomes of a change, that nothing else does, and that life goes on. */
export function assertOutcome(
  what: string,
  expected: readonly [code: string, words?: string],
  bring: (world: World) => string[],
): void {
  using world = new World();
  const before = world.state();
  const [code, message = ""] = bring(world);
  assertEquals(code, expected[0], `${what}: ${message}`);
  assertStringIncludes(message, expected[1] ?? "", what);
  if (code !== "applied") assertEquals(world.state(), before, what);
  world.assertAlive();
}
