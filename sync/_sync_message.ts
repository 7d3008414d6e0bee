import { concat } from "./_concat.ts";
import { BloomFilter, uleb } from "./_bloom_filter.ts";
import { ByteReader } from "./_byte_reader.ts";
import { HEADS_MAX } from "./_wire_fields.ts";
import { SyncError } from "./errors.ts";
import { parseHeads } from "./ids.ts";
import type { Heads } from "./ids.ts";

/** Bytes of one message: the changes that fit through the scan and a filter for a million more. */
export const SYNC_MESSAGE_BYTES_MAX: number = 18 * 1024 * 1024;
/** Hashes that a message may ask for. */
export const SYNC_NEED_MAX: number = 10_000;
/** Filters in one message; Automerge sends one. */
export const SYNC_HAVE_MAX: number = 8;
/** Chunks of changes in one message. */
export const SYNC_CHANGES_MAX: number = 100_000;

/** What a peer holds since some heads. */
export interface SyncHave {
  readonly lastSync: Heads;
  readonly filter: BloomFilter;
}

/**
 * One message of Automerge's interactive protocol.
 *
 * ```text
 * 0x42 or 0x43    version
 * heads, need     count, 32 bytes each
 * have            count, each: heads as above, then a filter with its length in front
 * changes         count, chunks with their lengths in front
 * capabilities    count, one byte each; may be left out
 * ```
 */
export interface SyncMessage {
  /** Whole documents may be among the changes from 2 on. */
  readonly version: 1 | 2;
  readonly heads: Heads;
  readonly need: Heads;
  readonly have: readonly SyncHave[];
  readonly changes: readonly Uint8Array[];
  /** Whether the sender takes messages of version 2. */
  readonly takesDocuments: boolean;
  /** Whether the sender takes no changes at all. */
  readonly isReadOnly: boolean;
}

const VERSION_BYTES = { 1: 0x42, 2: 0x43 } as const;
const TAKES_DOCUMENTS = 0x02;
/** A capability from here on is a set of flags. */
const FLAGS = 0x80;
const FLAG_READ_ONLY = 0x02;

/** Encodes a message as Automerge does. */
export function encodeSyncMessage(message: SyncMessage): Uint8Array {
  const { version, heads, need, have, changes } = message;
  const parts: Part[] = [[VERSION_BYTES[version]], ...hashes(heads), ...hashes(need)];
  parts.push(uleb(have.length));
  for (const { lastSync, filter } of have) {
    const bytes = filter.toBytes();
    parts.push(...hashes(lastSync), uleb(bytes.length), bytes);
  }
  parts.push(uleb(changes.length));
  for (const change of changes) parts.push(uleb(change.length), change);
  const capabilities = [
    ...(message.takesDocuments ? [TAKES_DOCUMENTS] : []),
    ...(message.isReadOnly ? [FLAGS | FLAG_READ_ONLY] : []),
  ];
  parts.push(uleb(capabilities.length), capabilities);
  return concat(parts);
}

/**
 * Decodes a message from a peer. The changes inside are not looked at.
 *
 * @throws {SyncError} `bad_changes` if it is not a message, `too_large` beyond a limit.
 */
export function decodeSyncMessage(bytes: Uint8Array): SyncMessage {
  limit("bytes", bytes.length, SYNC_MESSAGE_BYTES_MAX);
  const reader = new ByteReader(bytes);
  const first = reader.byte();
  if (first !== VERSION_BYTES[1] && first !== VERSION_BYTES[2]) {
    throw new SyncError("bad_changes", `Cannot decode sync message: it starts with ${first}`);
  }
  const heads = readHashes(reader, "heads", HEADS_MAX);
  const need = readHashes(reader, "needs", SYNC_NEED_MAX);
  const have = readMany(reader, "filters", SYNC_HAVE_MAX, (): SyncHave => ({
    lastSync: readHashes(reader, "heads", HEADS_MAX),
    filter: BloomFilter.read(new ByteReader(reader.prefixed())),
  }));
  const changes = readMany(reader, "changes", SYNC_CHANGES_MAX, () => reader.prefixed());
  const capabilities = reader.left > 0 ? [...reader.prefixed()] : [];
  reader.end();
  return {
    version: first === VERSION_BYTES[2] ? 2 : 1,
    ...{ heads, need, have, changes },
    takesDocuments: capabilities.includes(TAKES_DOCUMENTS),
    isReadOnly: capabilities.some((byte) => byte >= FLAGS && (byte & FLAG_READ_ONLY) !== 0),
  };
}

function readHashes(reader: ByteReader, what: string, max: number): Heads {
  return parseHeads(readMany(reader, what, max, () => reader.take(32).toHex()));
}

function readMany<T>(reader: ByteReader, what: string, max: number, read: () => T): T[] {
  const count = reader.uleb();
  limit(what, count, max);
  return Array.from({ length: count }, read);
}

function limit(what: string, found: number, max: number): void {
  if (found <= max) return;
  throw new SyncError("too_large", `Cannot decode sync message: ${found} ${what}, at most ${max}`);
}

type Part = Uint8Array | readonly number[];

function hashes(heads: Heads): Part[] {
  return [uleb(heads.length), ...heads.map((head) => Uint8Array.fromHex(head))];
}
