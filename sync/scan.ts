import { ByteReader, tooLarge } from "./_byte_reader.ts";
import { CHUNK, type Chunk, readChunk } from "./_chunk.ts";
import { type BundleFacts, scanBundle } from "./_scan_bundle.ts";
import { type ChangeFacts, scanChange } from "./_scan_change.ts";
import { type DocumentFacts, scanDocument } from "./_scan_document.ts";
import { SCAN_LIMITS, type ScanLimits } from "./_scan_limits.ts";
import { ScanState } from "./_scan_state.ts";

export { OP_COUNTER_MAX, SCAN_LIMITS, type ScanLimits } from "./_scan_limits.ts";

/** What a chunk costs. */
export interface ChunkSize {
  /** Bytes of the chunk as it arrived. */
  readonly bytes: number;
  /** Bytes after inflation, with each repetition of a repeated string. */
  readonly inflatedBytes: number;
  /** Operations, changes, their dependencies and predecessors, and counters left out. */
  readonly rows: number;
  /** Changes. */
  readonly changes: number;
  /** Maps, lists and texts that its operations make. */
  readonly objects: number;
}

/** One change, whether it came deflated or not. */
export interface ScannedChange extends ChunkSize {
  /** Tells a change from the other chunks. */
  readonly type: "change";
  /** 64 lowercase hex digits. */
  readonly hash: string;
  /** Hashes of the changes it follows; `[]` for a first one. */
  readonly deps: readonly string[];
  /** Its writer, in lowercase hex digits. */
  readonly actor: string;
  /** The how many-th change of its actor it says to be, from 1. */
  readonly seq: number;
  /** The counter of its first operation. */
  readonly startOp: number;
  /** Its operations; their counters go from `startOp` to `startOp + opCount - 1`. */
  readonly opCount: number;
  /** Seconds since the Unix epoch, as the writer says. */
  readonly timeS: number;
}

/** A whole document with its history. */
export interface ScannedDocument extends ChunkSize {
  /** Tells a document from the other chunks. */
  readonly type: "document";
  /** Writers, in lowercase hex digits, ascending. */
  readonly actors: readonly string[];
  /** The heads it says to have; Automerge compares them when it loads. */
  readonly heads: readonly string[];
  /** Changes inside it. */
  readonly changeCount: number;
  /** Operations that have a row of their own; deletions have none. */
  readonly opCount: number;
}

/** Changes packed into common columns. The hashes of its changes are not written in it. */
export interface ScannedBundle extends ChunkSize {
  /** Tells a bundle from the other chunks. */
  readonly type: "bundle";
  /** Hashes of the changes outside the bundle that those inside follow. */
  readonly deps: readonly string[];
  /** Writers of its changes and of what they refer to, in lowercase hex digits, ascending. */
  readonly actors: readonly string[];
  /** Changes inside it. */
  readonly changeCount: number;
  /** Operations of its changes. */
  readonly opCount: number;
  /** The highest counter of an operation; 0 if there is no change. */
  readonly highestOp: number;
}

/** What {@linkcode scan} tells of one chunk. */
export type ScannedChunk = ScannedChange | ScannedDocument | ScannedBundle;

/**
 * Reads untrusted Automerge bytes without Automerge, so that only harmless ones reach it.
 *
 * Automerge 3.5 is not safe with hostile bytes: a change of 113 bytes can end its wasm module and
 * with it every document of the process. What passes here costs it bounded time and memory. It
 * need not be valid: apply it to a clone, and save and load that before it is believed.
 *
 * Format: https://automerge.org/automerge-binary-format-spec/; bundles as Automerge 3.5 writes
 * them. Stricter than Automerge: only known columns, rows that agree, canonical numbers.
 *
 * @param bytes Any concatenation of documents, changes and bundles.
 * @param limits Each limit that shall differ from {@linkcode SCAN_LIMITS}.
 * @returns One entry per chunk, in order; `[]` for no bytes.
 * @throws {SyncError} `bad_changes` if the bytes are malformed, `too_large` beyond a limit.
 *
 * @example What a change says before Automerge sees it
 * ```ts
 * import { scan } from "@indras/toolkit/sync";
 * import * as A from "@automerge/automerge/slim";
 * import { automergeWasmBase64 } from "@automerge/automerge/automerge.wasm.base64";
 * import { assertEquals } from "@std/assert";
 *
 * await A.initializeBase64Wasm(automergeWasmBase64);
 * const empty = A.init<{ title?: string }>({ actor: "ada0" });
 * const document = A.change(empty, { time: 0 }, (draft) => void (draft.title = "Net"));
 *
 * const [change] = scan(A.saveSince(document, []));
 * assertEquals(change?.type === "change" && change.actor, "ada0");
 * ```
 */
export function scan(bytes: Uint8Array, limits: ScanLimits = {}): readonly ScannedChunk[] {
  const state = new ScanState({ ...SCAN_LIMITS, ...limits });
  const { bytesMax } = state.limits;
  if (bytes.length > bytesMax) throw tooLarge("bytesMax", bytes.length, bytesMax);
  const reader = new ByteReader(bytes);
  const chunks: ScannedChunk[] = [];
  while (reader.left > 0) {
    const before = sizeSoFar(reader, state);
    state.budget.spend("chunksMax", 1);
    const facts = scanChunk(readChunk(reader, state.budget), state);
    const after = sizeSoFar(reader, state);
    chunks.push({
      ...facts,
      bytes: after.bytes - before.bytes,
      inflatedBytes: after.inflatedBytes - before.inflatedBytes,
      rows: after.rows - before.rows,
      changes: after.changes - before.changes,
      objects: after.objects - before.objects,
    });
  }
  state.end();
  return chunks;
}

type Facts =
  | { readonly type: "change" } & ChangeFacts
  | { readonly type: "document" } & DocumentFacts
  | { readonly type: "bundle" } & BundleFacts;

function scanChunk(chunk: Chunk, state: ScanState): Facts {
  if (chunk.type === CHUNK.document) return { type: "document", ...scanDocument(chunk, state) };
  if (chunk.type === CHUNK.bundle) return { type: "bundle", ...scanBundle(chunk, state) };
  return { type: "change", ...scanChange(chunk, state) };
}

function sizeSoFar(reader: ByteReader, { budget }: ScanState): ChunkSize {
  return {
    bytes: reader.offset,
    inflatedBytes: budget.used("inflatedBytesMax"),
    rows: budget.used("rowsMax"),
    changes: budget.used("changesMax"),
    objects: budget.used("objectsMax"),
  };
}
