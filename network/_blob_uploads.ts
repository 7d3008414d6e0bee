/**
 * What a holder owes to those who ask it for blobs.
 */
import type { MemberId } from "../sync/mod.ts";
import { BLOB_MESSAGE_OVERHEAD_BYTES, encodeBlobMessage } from "./_blob_messages.ts";
import type { AskMessage, BlobMessage, GetMessage } from "./_blob_messages.ts";
import { BLOB_CHUNK_BYTES, chunkCountOf, chunkLengthOf } from "./blob_manifest.ts";
import type { BlobId } from "./blob_manifest.ts";
import type { BlobStore } from "./blob_store.ts";

/** Bytes of answers that wait for one peer; what it asks for beyond them is not answered. */
export const BLOB_QUEUE_BYTES_MAX: number = 4 * 1024 * 1024;

/** Answers that wait for one peer; a requester that keeps to its window needs a few. */
export const BLOB_QUEUE_LENGTH_MAX: number = 256;

/** What an {@linkcode Uploads} is made of. */
export interface UploadsOptions {
  readonly store: BlobStore;
  readonly mayServe: (peer: MemberId, blobId: BlobId) => boolean;
}

/** An answer that is made when it is taken, so that no bytes wait. */
interface Answer {
  readonly blobId: BlobId;
  /** Of the request. */
  readonly number: number;
  readonly what: "manifest" | "refused" | number;
  /** No fewer than the message will have. */
  readonly bytes: number;
}

/** The answers that wait, by peer. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #queues: Map<MemberId, Map<string, Answer>> = new Map();
  /** Chunks that were handed over, single-chunk blobs included. */
  chunksServed = 0;
  /** Answers that did not fit. */
  answersDropped = 0;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** A peer wants a blob: it gets the manifest, or the bytes if they are one chunk. */
  onAsk(peer: MemberId, { blobId, number }: AskMessage): void {
    const size = this.#sizeFor(peer, blobId);
    if (size === undefined) this.#refuse(peer, blobId, number);
    else if (size <= BLOB_CHUNK_BYTES) this.#put(peer, { blobId, number, what: 0, bytes: size });
    else {
      const bytes = 32 * chunkCountOf(size);
      this.#put(peer, { blobId, number, what: "manifest", bytes });
    }
  }

  /** A peer wants chunks of a blob. */
  onGet(peer: MemberId, request: GetMessage): void {
    const { blobId, number, manifestId, indices } = request;
    const size = this.#sizeFor(peer, blobId);
    if (size === undefined) {
      this.#refuse(peer, blobId, number);
    } else if (this.#options.store.manifestId(blobId) !== manifestId) {
      this.onAsk(peer, { type: "ask", blobId, number });
    } else if (indices.at(-1)! < chunkCountOf(size)) {
      for (const what of indices) {
        this.#put(peer, { blobId, number, what, bytes: chunkLengthOf(size, what) });
      }
    }
  }

  /** Takes answers of so many bytes in all; the first even if it has more. */
  take(peer: MemberId, bytesMax: number, isFirst: boolean): Uint8Array[] {
    const queue = this.#queues.get(peer) ?? new Map<string, Answer>();
    const taken: Uint8Array[] = [];
    let bytesLeft = bytesMax;
    for (const [key, answer] of queue) {
      if (!queue.has(key)) continue; // refused with an earlier one
      if (answer.bytes > bytesLeft && !(isFirst && taken.length === 0)) break;
      queue.delete(key);
      const message = this.#answer(peer, answer);
      if (message.type === "refused") {
        for (const [other, { blobId }] of queue) if (blobId === answer.blobId) queue.delete(other);
      }
      if (message.type === "chunk" || message.type === "whole") this.chunksServed++;
      const bytes = encodeBlobMessage(message);
      bytesLeft -= bytes.length;
      taken.push(bytes);
    }
    if (queue.size === 0) this.#queues.delete(peer);
    return taken;
  }

  /** A peer is away: it has to ask again. */
  forget(peer: MemberId): void {
    this.#queues.delete(peer);
  }

  /** Makes an answer of what holds now: who may have a blob can have changed since it was asked. */
  #answer(peer: MemberId, { blobId, number, what }: Answer): BlobMessage {
    const { store } = this.#options;
    const refused: BlobMessage = { type: "refused", number, blobId };
    const size = this.#sizeFor(peer, blobId);
    if (what === "refused" || size === undefined) return refused;
    if (what === "manifest") return { type: "manifest", manifest: store.manifest(blobId)! };
    const bytes = size === 0 ? new Uint8Array(0) : store.chunk(blobId, what)!;
    const manifestId = store.manifestId(blobId);
    if (manifestId === undefined) return { type: "whole", blobId, bytes };
    return { type: "chunk", blobId, manifestId, index: what, bytes };
  }

  /** Both are looked up each time, so that no answer comes sooner than another. */
  #sizeFor(peer: MemberId, blobId: BlobId): number | undefined {
    const size = this.#options.store.size(blobId);
    return this.#options.mayServe(peer, blobId) ? size : undefined;
  }

  #refuse(peer: MemberId, blobId: BlobId, number: number): void {
    this.#put(peer, { blobId, number, what: "refused", bytes: 0 });
  }

  #put(peer: MemberId, answer: Answer): void {
    const queue = this.#queues.get(peer) ?? new Map<string, Answer>();
    const key = `${answer.blobId}/${answer.what}/${answer.what === "refused" ? answer.number : ""}`;
    const known = queue.get(key);
    if (known !== undefined) {
      // The requester may have given up the earlier request; should this be refused, it is the later.
      queue.set(key, { ...known, number: answer.number });
      return;
    }
    const bytes = answer.bytes + BLOB_MESSAGE_OVERHEAD_BYTES;
    const waiting = queue.values().reduce((sum, one) => sum + one.bytes, 0);
    if (waiting + bytes > BLOB_QUEUE_BYTES_MAX || queue.size >= BLOB_QUEUE_LENGTH_MAX) {
      this.answersDropped++;
      return;
    }
    queue.set(key, { ...answer, bytes });
    this.#queues.set(peer, queue);
  }
}
