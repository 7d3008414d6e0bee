/**
 * Automerge's interactive protocol with one peer about one document, as a state and two functions.
 *
 * The protocol is that of Automerge's `sync.rs`: each message carries the sender's heads, a Bloom
 * filter of what it holds beyond the heads that both are known to share, the hashes that it lacks,
 * and the changes that the other seems to lack. Written again here because Automerge's own
 * `receiveSyncMessage` applies changes that nobody has checked, and because a filter that is forged
 * can end its wasm module. Where this differs, it says so.
 */
import { concat } from "./_concat.ts";
import { BloomFilter } from "./_bloom_filter.ts";
import { linkChange } from "./_change_links.ts";
import type { LinkedChange } from "./_change_links.ts";
import { decodeSyncMessage, encodeSyncMessage } from "./_sync_message.ts";
import type { SyncHave, SyncMessage } from "./_sync_message.ts";
import { HEADS_MAX } from "./_wire_fields.ts";
import type { ApplyOutcome } from "./history.ts";
import { parseHeads, sameHeads } from "./ids.ts";
import type { ChangeHash, Heads } from "./ids.ts";

/** Bytes of changes after which a message ends; the rest goes in the next. */
export const SYNC_SEND_BYTES_MAX: number = 8 * 1024 * 1024;

/** From this number of changes on it is worth while to see if the whole document is less. */
const WHOLE_CHANGES_MIN = 256;

/** What the protocol needs of a document. */
export interface SyncableDocument {
  /** The hashes of the changes nothing comes after. */
  getHeads(): Heads;
  /** Whether each of these changes is here. */
  hasHeads(heads: Heads): boolean;
  /** What a peer that holds `heads` lacks, each change after those it depends on. */
  getChangesSince(heads: Heads): Uint8Array[];
  /** The whole document. */
  save(): Uint8Array;
  /** Applies changes from elsewhere, checked and all or nothing. */
  applyEncoded(bytes: Uint8Array): ApplyOutcome;
}

/** What is known of the peer, and what was said to it. */
export interface SyncSession {
  /** Heads that both hold; the only part worth keeping beyond a connection. */
  readonly shared: Heads;
  /** The peer's last message, without its changes. */
  readonly theirs: Omit<SyncMessage, "changes"> | undefined;
  /** Changes that were sent and are not known to have arrived. */
  readonly sent: ReadonlySet<ChangeHash>;
  /** Our heads, and all else that the last message said besides changes. */
  readonly said: { readonly heads: Heads; readonly words: string } | undefined;
  /** Our heads when there was nothing more to say; only news from the peer changes that. */
  readonly quietAt: Heads | undefined;
  /** Changes that came without what they depend on. */
  readonly held: Uint8Array;
  /** What those wait for. */
  readonly missing: Heads;
}

/** A session with a peer that was not met since the start, or whose last connection has ended. */
export function newSession(shared: Heads): SyncSession {
  return {
    ...{ shared, theirs: undefined, sent: new Set(), said: undefined, quietAt: undefined },
    ...{ held: new Uint8Array(0), missing: [] },
  };
}

/** The next message and the session after it; no message if there is nothing to say. */
export function generate(
  document: SyncableDocument,
  session: SyncSession,
): readonly [SyncSession, Uint8Array | undefined] {
  const { theirs } = session;
  const heads = document.getHeads();
  if (session.quietAt !== undefined && sameHeads(session.quietAt, heads)) {
    return [session, undefined];
  }
  const shared = session.shared.filter((head) => document.hasHeads([head]));
  const lacking = document.getChangesSince(shared).map(linkChange);
  const unsure = new Set(lacking.map(({ hash }) => hash));
  const before = new Set([...session.sent].filter((hash) => unsure.has(hash)));

  const front = frontOf(document, session, { shared, lacking });
  const words = [heads, front.need, ...front.have.map(({ lastSync }) => lastSync)].join(" ");
  const due = theirs === undefined || theirs.isReadOnly || front.isReset
    ? []
    : lackedBy(document, theirs, lacking, shared).filter(({ hash }) => !before.has(hash));
  const said = session.said;
  // Automerge says the same again after each message; two peers that can never agree, because one
  // refuses what the other holds, would go on for ever.
  const spoken = said !== undefined && sameHeads(said.heads, heads) &&
    (said.words === words || (theirs !== undefined && sameHeads(theirs.heads, heads)));
  if (spoken && due.length === 0) return [{ ...session, sent: before, quietAt: heads }, undefined];

  const { changes, hashes } = encodeDue(document, theirs, due);
  const sent = new Set([...before, ...hashes]);
  const quietAt = due.every(({ hash }) => sent.has(hash)) ? heads : undefined;
  const version = theirs?.takesDocuments ? 2 : 1;
  const { need, have } = front;
  const message = { version, heads, need, have, changes } as const;
  return [
    { ...session, shared, sent, quietAt, said: { heads, words } },
    encodeSyncMessage({ ...message, takesDocuments: true, isReadOnly: false }),
  ];
}

/**
 * Takes a message in. Its changes go through the document's own door; if they are refused, that is
 * thrown and the session stays as it was.
 */
export function receive(
  document: SyncableDocument,
  session: SyncSession,
  bytes: Uint8Array,
): readonly [SyncSession, ApplyOutcome] {
  const { changes, ...message } = decodeSyncMessage(bytes);
  const before = document.getHeads();
  const [after, outcome] = takeChanges(document, session, changes);
  const heads = document.getHeads();
  const known = message.heads.filter((head) => document.hasHeads([head]));
  const isKnown = known.length === message.heads.length;

  let { sent, said } = session;
  // Whoever holds nothing has lost what it had.
  if (message.heads.length === 0) [sent, said] = [new Set(), undefined];
  else if (said !== undefined && changes.length === 0 && sameHeads(message.heads, before)) {
    said = { heads: before, words: "" };
  }
  const arrived = outcome.type === "applied"
    ? heads.filter((head) => !before.includes(head) || session.shared.includes(head))
    : session.shared;
  const union = parseHeads([...arrived, ...known]);
  const shared = isKnown || union.length > HEADS_MAX ? known : union;
  // Who says heads that are known here holds what they follow and nothing else: no filter can say
  // it better. Automerge keeps the filter.
  const have = isKnown ? [{ lastSync: message.heads, filter: BloomFilter.of([]) }] : message.have;
  const theirs = { ...message, have };
  return [{ ...after, shared, theirs, sent, said, quietAt: undefined }, outcome];
}

/** Tries the changes that wait together with these; nothing is held if they are refused. */
export function takeChanges(
  document: SyncableDocument,
  session: SyncSession,
  changes: readonly Uint8Array[],
): readonly [SyncSession, ApplyOutcome] {
  const all = concat([session.held, ...changes]);
  if (all.length === 0) return [session, { type: "already_had" }];
  const outcome = document.applyEncoded(all);
  return outcome.type === "waiting"
    ? [{ ...session, held: all, missing: outcome.missing }, outcome]
    : [{ ...session, held: new Uint8Array(0), missing: [] }, outcome];
}

interface Front {
  readonly need: Heads;
  readonly have: readonly SyncHave[];
  readonly isReset: boolean;
}

/** What a message says besides heads and changes. */
function frontOf(
  document: SyncableDocument,
  { theirs, missing }: SyncSession,
  { shared, lacking }: { readonly shared: Heads; readonly lacking: readonly LinkedChange[] },
): Front {
  if (theirs?.have[0]?.lastSync.some((head) => !document.hasHeads([head]))) {
    // The peer counts on something that was lost here: ask for everything.
    const have = [{ lastSync: [], filter: BloomFilter.of([]) }];
    return { need: [], have, isReset: true };
  }
  const wanted = missing.length > 0 ? missing : theirs?.heads ?? [];
  const need = wanted.filter((hash) => !document.hasHeads([hash]));
  // Who asks for single changes gets those and nothing else.
  const isPrecise = need.some((hash) => !theirs?.heads.includes(hash));
  const filter = () => BloomFilter.of(lacking.map(({ hash }) => hash));
  const have = isPrecise ? [] : [{ lastSync: shared, filter: filter() }];
  return { need, have, isReset: false };
}

/** The changes that a peer asked for or seems to lack, each after those it depends on. */
function lackedBy(
  document: SyncableDocument,
  { need, have }: Pick<SyncMessage, "need" | "have">,
  lacking: readonly LinkedChange[],
  shared: Heads,
): LinkedChange[] {
  const base = parseHeads(have.flatMap(({ lastSync }) => lastSync));
  const changes = have.length === 0
    ? []
    : sameHeads(base, shared)
    ? lacking
    : document.getChangesSince(base).map(linkChange);
  const absent = new Set<ChangeHash>();
  for (const { hash, deps } of changes) {
    // Whoever lacks a change cannot hold what follows it.
    const isAbsent = have.every(({ filter }) => !filter.has(hash)) ||
      deps.some((dep) => absent.has(dep));
    if (isAbsent) absent.add(hash);
  }
  const among = new Set(changes.map(({ hash }) => hash));
  const older = new Set(need.filter((hash) => !among.has(hash) && document.hasHeads([hash])));
  const all = older.size > 0 ? document.getChangesSince([]).map(linkChange) : [];
  const asked = new Set(need);
  return [
    ...all.filter(({ hash }) => older.has(hash)),
    ...changes.filter(({ hash }) => absent.has(hash) || asked.has(hash)),
  ];
}

/** The changes up to a limit, or the whole document where that is less. */
function encodeDue(
  document: SyncableDocument,
  theirs: SyncSession["theirs"],
  due: readonly LinkedChange[],
): { readonly changes: readonly Uint8Array[]; readonly hashes: readonly ChangeHash[] } {
  if (theirs?.takesDocuments && (theirs.heads.length === 0 || due.length >= WHOLE_CHANGES_MIN)) {
    const whole = document.save();
    const sum = due.reduce((bytes, change) => bytes + change.bytes.length, 0);
    if (whole.length < Math.min(sum, SYNC_SEND_BYTES_MAX)) {
      return { changes: [whole], hashes: due.map(({ hash }) => hash) };
    }
  }
  let bytes = 0;
  const part = due.filter((change, index) => {
    bytes += change.bytes.length;
    return index === 0 || bytes <= SYNC_SEND_BYTES_MAX;
  });
  return { changes: part.map(({ bytes }) => bytes), hashes: part.map(({ hash }) => hash) };
}
