/**
 * Plain changes go into a document without a trial. So whatever passes for one must be harmless:
 * here are thousands that are honest but for one or two things.
 */
import { assert, assertEquals } from "@std/assert";
import { CausalPast } from "../sync/_causal_past.ts";
import { createHandle, decodeChange } from "../sync/_automerge.ts";
import type { DecodedChange, Handle } from "../sync/_automerge.ts";
import { isCanonical } from "../sync/_canonical.ts";
import { guarded } from "../sync/_guarded.ts";
import { LastNumbers } from "../sync/_last_numbers.ts";
import { readHead } from "../sync/_open_change.ts";
import { PlainChanges } from "../sync/_plain_changes.ts";
import { actorOf, parseArtifactId } from "../sync/ids.ts";
import { ArtifactDocument } from "../sync/artifact_document.ts";
import { SyncError } from "../sync/errors.ts";
import { seededSources } from "../sync/sources.ts";
import { encode, hex32, keysOf, MALLORIES, nowMs } from "./_forged_artifacts.ts";
import type { Op, Said } from "./_forged_artifacts.ts";

const SEED = "20261121";
const ATTEMPTS = 4_000;

type Random = (below: number) => number;

/** A story with all that a document can hold: deleted entries, concurrent values, three authors. */
function base(): Handle {
  const [ada, ben] = ["ada", "ben"].map((name) => keysOf(name).memberId);
  const writer = { actor: actorOf(ada!, 1), nowMs };
  using left = ArtifactDocument.create({
    ...writer,
    nonce: new Uint8Array(32),
    artifactType: "story",
  });
  for (let n = 0; n < 4; n++) left.appendRef(parseArtifactId(hex32(n)));
  left.addGrant({ grantee: ben!, grantedBy: ada!, grantedAtMs: 1, mode: "revocable" });
  left.setMetadata("k", new Uint8Array([1]));
  using right = left.fork({ actor: actorOf(ben!, 1), nowMs });
  left.setMetadata("k", new Uint8Array([2]));
  right.setMetadata("k", new Uint8Array([3]));
  left.removeRef(parseArtifactId(hex32(1)));
  right.appendRef(parseArtifactId(hex32(9)));
  left.applyChanges(right.getAllChanges());
  const handle = createHandle("ee");
  handle.loadIncremental(left.save());
  return handle;
}

/** Every name that an operation of a document has, and what is written where. */
function namesOf(handle: Handle): { ids: string[]; actors: string[]; keys: string[] } {
  const metas = handle.getChangesMeta([]);
  const ids = metas.flatMap(({ actor, startOp, maxOp }) =>
    Array.from({ length: maxOp - startOp + 1 }, (_, n) => `${startOp + n}@${actor}`)
  );
  const keys = ["status", "steward", "k", "m", "artifact_id", "position", "label"];
  return { ids, actors: metas.map(({ actor }) => actor), keys };
}

/** One operation: mostly as an honest peer would make it. */
function operation(handle: Handle, id: string, made: string[], below: Random): Op {
  const { ids, keys } = namesOf(handle);
  const pick = <T>(from: readonly T[]) => from[below(from.length)]!;
  const list = (key: string) => String(handle.getWithType("/", key)![1]);
  const page = () => {
    const [type, id] = handle.getWithType(list("references"), 0) ?? [];
    return type === "list" ? String(id) : list("references");
  };
  const odd = () => below(14) === 0;
  const shape = below(6);
  let op: Op;
  if (shape === 0) {
    const key = pick(keys);
    const pred = handle.getAll("/", key).map((value) => String((value as unknown[]).at(-1)));
    op = { action: 1, obj: "_root", at: { key }, value: [6, [97]], pred };
  } else if (shape === 1) {
    const [obj, key] = [list("metadata"), pick(keys)];
    const pred = handle.getAll(obj, key).map((value) => String((value as unknown[]).at(-1)));
    op = { action: pred.length > 0 && odd() ? 3 : 1, obj, at: { key }, value: [7, [7]], pred };
  } else if (shape === 2 && made.length > 0) {
    op = { action: 1, obj: pick(made), at: { key: pick(keys) }, value: [4, [7]], pred: [] };
  } else {
    const obj = pick([list("references"), page(), page(), list("grants")]);
    const elems = Array.from(
      { length: handle.length(obj) },
      (_, n) => String((handle.getAll(obj, n)[0] as unknown[]).at(-1)),
    );
    const elem = elems.length === 0 ? "_head" : pick(["_head", ...elems, elems.at(-1)!]);
    op = shape === 5 && elem !== "_head"
      ? { action: 3, obj, at: { elem }, pred: [elem] }
      : { action: pick([0, 0, 2]), obj, at: { elem }, insert: true, pred: [] };
  }
  if ("elem" in op.at && op.insert && op.action === 0) made.push(id);
  if (odd()) op = { ...op, obj: pick([...ids, ...made, "_root"]) };
  if (odd()) op = { ...op, action: pick([0, 1, 2, 3, 4, 5]) };
  if (odd()) op = { ...op, at: pick([{ key: pick(keys) }, { elem: pick([...ids, "_head"]) }]) };
  if (odd()) {
    op = { ...op, pred: pick([[], [pick(ids)], [pick(ids), pick(ids)], op.pred.slice(1)]) };
  }
  if (odd()) op = { ...op, insert: !op.insert };
  return op;
}

function forged(handle: Handle, below: Random): Said {
  const metas = handle.getChangesMeta([]);
  const pick = <T>(from: readonly T[]) => from[below(from.length)]!;
  const odd = () => below(20) === 0;
  const deps = below(5) === 0 ? [pick(metas).hash] : [...handle.getHeads()].sort();
  const startOp = Math.max(...deps.map((dep) => handle.getChangeMetaByHash(dep)!.maxOp)) + 1;
  const actor = odd() ? pick(metas).actor : actorOf(pick(MALLORIES.slice(0, 4)).memberId, 1);
  const last = Math.max(0, ...metas.filter((meta) => meta.actor === actor).map(({ seq }) => seq));
  const made: string[] = [];
  const ops = Array.from(
    { length: 1 + below(4) },
    (_, n) => operation(handle, `${startOp + n}@${actor}`, made, below),
  );
  return { actor, seq: odd() ? below(4) : last + 1, startOp, deps, ops };
}

/** The same, with the fields and predecessors of each operation in one order. */
function sorted({ ops, ...rest }: DecodedChange): unknown {
  const fields = ops.map(({ pred, ...op }) => [
    ...Object.entries(op).sort(([a], [b]) => a < b ? -1 : 1),
    pred?.toSorted(),
  ]);
  return [Object.entries(rest).sort(([a], [b]) => a < b ? -1 : 1), fields];
}

/** What the history does before it lets a change in as it is. */
function isPlain(handle: Handle, bytes: Uint8Array): boolean {
  try {
    const head = guarded(() => readHead(bytes));
    const change = guarded(head.open);
    const theirs = guarded(() => decodeChange(bytes));
    assertEquals(JSON.stringify(sorted(change)), JSON.stringify(sorted(theirs)));
    const past = new CausalPast(handle, [head]);
    past.check(change);
    if (!isCanonical(bytes, change)) return false;
    const numbers = new LastNumbers();
    numbers.note(handle.getChangesMeta([]));
    return new PlainChanges(handle, past, (actor) => numbers.of(actor)).take(change);
  } catch (error) {
    if (error instanceof SyncError) return false;
    throw error;
  }
}

/** Whether a document takes a change, goes on with an honest one, and opens elsewhere as the same. */
function survives(document: Handle, bytes: Uint8Array): boolean {
  const [copy, fresh] = [document.clone("ef"), createHandle("f0")];
  try {
    copy.loadIncremental(bytes);
    copy.saveAndVerify();
    copy.put("/", "status", "active", "str");
    copy.commit(null, 0);
    fresh.loadIncremental(copy.save());
    const shows = [fresh, copy].map((one) => JSON.stringify(one.materialize("/")));
    return fresh.getHeads().join() === copy.getHeads().join() && shows[0] === shows[1];
  } catch {
    return false; // Automerge throws whatever it likes
  }
}

Deno.test(`what passes for a plain change never harms a document (seed ${SEED})`, () => {
  const sources = seededSources(SEED, nowMs);
  const below: Random = (max) => new DataView(sources.randomBytes(4).buffer).getUint32(0) % max;
  const counts = { plain: 0, other: 0, harmful: 0 };
  let document = base();
  for (let n = 0; n < ATTEMPTS; n++) {
    if (n % 40 === 0) {
      document.free();
      document = base();
    }
    const bytes = encode(forged(document, below));
    const plain = isPlain(document, bytes);
    counts[plain ? "plain" : "other"]++;
    const lives = survives(document, bytes);
    assert(lives || !plain, `attempt ${n} is plain, and does harm: ${bytes.toHex()}`);
    if (!lives) counts.harmful++;
    if (plain) document.loadIncremental(bytes);
  }
  document.free();
  // The generator reaches both sides: else this would prove nothing.
  assert(counts.plain > ATTEMPTS / 8 && counts.harmful > ATTEMPTS / 20, JSON.stringify(counts));
});
