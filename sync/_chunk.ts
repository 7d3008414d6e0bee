import { hash } from "node:crypto";
import { bad, ByteReader } from "./_byte_reader.ts";
import { concat } from "./_concat.ts";
import { ScanBudget } from "./_scan_budget.ts";
import { SCAN_LIMITS } from "./_scan_limits.ts";

/** The types of chunks in Automerge's binary format; "bundle" is newer than its specification. */
export const CHUNK = { document: 0, change: 1, compressed: 2, bundle: 3 } as const;

/** A chunk whose checksum is right. */
export interface Chunk {
  /** Never `CHUNK.compressed`: that is a change once it is inflated. */
  readonly type: number;
  readonly body: Uint8Array;
  /** SHA-256 of type, length and body: the hash of a change. */
  readonly hash: string;
}

/** Whether one chunk is a change that is deflated; Automerge itself writes none. */
export function isDeflated(chunk: Uint8Array): boolean {
  return chunk[8] === CHUNK.compressed;
}

const MAGIC = [0x85, 0x6f, 0x4a, 0x83];

/** Reads one chunk: magic, four bytes of checksum, type, length, body. */
export function readChunk(reader: ByteReader, budget: ScanBudget): Chunk {
  const { checksum, type, body, hashed } = openChunk(reader, budget);
  const digest = hash("sha256", hashed, "hex");
  if (!digest.startsWith(checksum.toHex())) throw bad("a checksum does not match");
  return { type, body, hash: digest };
}

/** The body of one chunk, whatever its checksum says. */
export function readBody(chunk: Uint8Array): Uint8Array {
  return openChunk(new ByteReader(chunk), new ScanBudget(SCAN_LIMITS)).body;
}

function openChunk(reader: ByteReader, budget: ScanBudget) {
  const magic = reader.take(4);
  const checksum = reader.take(4);
  if (MAGIC.some((byte, i) => magic[i] !== byte)) {
    throw bad("a chunk does not start with its magic");
  }
  const start = reader.offset;
  const written = reader.byte();
  if (written > CHUNK.bundle) throw bad(`chunk type ${written} is unknown`);
  const stored = reader.prefixed();
  if (written !== CHUNK.compressed) {
    return { checksum, type: written, body: stored, hashed: reader.since(start) };
  }
  const body = budget.inflate(stored);
  budget.spend("inflatedBytesMax", body.length);
  const type = CHUNK.change;
  return { checksum, type, body, hashed: concat([prefix(type, body.length), body]) };
}

function prefix(type: number, length: number): Uint8Array {
  const bytes = [type];
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
