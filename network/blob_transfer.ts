/**
 * Moves blobs between peers: what happened goes in (a blob is wanted, a message, a peer that can be
 * reached, the time), messages and events come out.
 *
 * Synchronous and sans-IO. Messages are plaintext: whoever carries them seals them and says truly
 * who sent them. They may be lost, come twice and in any order. The requester asks for a few chunks
 * at a time and again if they do not come, so it alone decides how fast a blob comes; what it has
 * stays in the store, also when it is interrupted or the process ends. Nothing is believed of what a
 * holder sends before its hash holds.
 *
 * A holder tells nobody what it has: whoever may not have a blob gets the same answer as for one that
 * is not there.
 *
 * @module
 */
import { SyncError } from "../sync/mod.ts";
import type { MemberId, Sources } from "../sync/mod.ts";
import { Downloads } from "./_blob_downloads.ts";
import { BlobEvents } from "./_blob_events.ts";
import { decodeBlobMessage } from "./_blob_messages.ts";
import type { BlobMessage } from "./_blob_messages.ts";
import { Uploads } from "./_blob_uploads.ts";
import { Wants } from "./_blob_wants.ts";
import { BLOB_BYTES_MAX } from "./artifact_types.ts";
import { BlobError } from "./blob_errors.ts";
import type { BlobEvent, BlobTransferStats } from "./blob_event.ts";
import type { BlobId } from "./blob_manifest.ts";
import type { BlobStore } from "./blob_store.ts";

export { BLOB_BANS_MAX, BLOB_HOLDERS_MAX, BLOB_WANTS_MAX } from "./_blob_wants.ts";
export { BLOB_EVENTS_MAX } from "./_blob_events.ts";
export {
  BLOB_REQUEST_MS_MAX,
  BLOB_RETRIES_MAX,
  BLOB_RETRY_MS_MAX,
  BLOB_RETRY_MS_MIN,
} from "./_blob_links.ts";
export {
  BLOB_MESSAGE_BYTES_MAX,
  BLOB_MESSAGE_VERSION,
  BLOB_WINDOW_CHUNKS,
} from "./_blob_messages.ts";
export { BLOB_QUEUE_BYTES_MAX, BLOB_QUEUE_LENGTH_MAX } from "./_blob_uploads.ts";

/** What a {@linkcode BlobTransfer} is made of. */
export interface BlobTransferOptions {
  /** Where blobs come from and go to. */
  readonly store: BlobStore;
  /**
   * Whether a peer may have a blob, now. Asked when a request comes and again for every chunk that
   * is handed over, also for blobs that are not there.
   */
  readonly mayServe: (peer: MemberId, blobId: BlobId) => boolean;
  /** The clock, and where the count of requests begins. */
  readonly sources: Pick<Sources, "nowMs" | "randomBytes">;
}

/**
 * The blobs that one peer wants and the ones that it gives.
 *
 * @example What one peer holds another one gets
 * ```ts
 * import { BlobStore, BlobTransfer } from "@indras/toolkit/network";
 * import { MemoryStore, parseMemberId, seededSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = ["a1", "b2"].map((byte) => {
 *   const memberId = parseMemberId(byte.repeat(32));
 *   const store = new BlobStore(new MemoryStore());
 *   const sources = seededSources(byte, () => 5_000);
 *   return { memberId, store, transfer: new BlobTransfer({ store, mayServe: () => true, sources }) };
 * });
 * const blobId = ada!.store.put(new Uint8Array(600_000).fill(7));
 * ada!.transfer.onReachable(ben!.memberId);
 * ben!.transfer.onReachable(ada!.memberId);
 *
 * ben!.transfer.want(blobId, [ada!.memberId], 600_000);
 * while (ben!.transfer.wanted.size > 0) {
 *   for (const [from, to] of [[ben!, ada!], [ada!, ben!]] as const) {
 *     const messages = from.transfer.take(to.memberId, 1_000_000);
 *     for (const message of messages) to.transfer.onMessage(from.memberId, message);
 *   }
 * }
 * assertEquals(ben!.transfer.takeEvents().at(-1), { type: "blob_arrived", blobId, size: 600_000 });
 * assertEquals(ben!.store.get(blobId), ada!.store.get(blobId));
 * ```
 */
export class BlobTransfer {
  readonly #wants: Wants;
  readonly #downloads: Downloads;
  readonly #uploads: Uploads;
  readonly #events: BlobEvents = new BlobEvents();

  /** A transfer in which nothing is wanted; what was begun earlier goes on once it is. */
  constructor({ store, mayServe, sources }: BlobTransferOptions) {
    const options = { store, sources, tell: (event: BlobEvent) => this.#events.tell(event) };
    this.#wants = new Wants(options);
    this.#downloads = new Downloads(options, this.#wants);
    this.#uploads = new Uploads({ store, mayServe });
  }

  /** The blobs that are wanted. */
  get wanted(): ReadonlySet<BlobId> {
    return this.#wants.ids;
  }

  /** When {@linkcode BlobTransfer.onTime} has something to do; `Infinity` for never. */
  get nextMs(): number {
    return this.#wants.links.nextMs;
  }

  /** Events that were dropped because more than {@linkcode BLOB_EVENTS_MAX} waited. */
  get eventsDropped(): number {
    return this.#events.dropped;
  }

  /** What has been counted. */
  stats(): BlobTransferStats {
    const { chunksServed, answersDropped } = this.#uploads;
    const { retries } = this.#wants.links;
    return { ...this.#downloads.counts, retries, chunksServed, answersDropped };
  }

  /**
   * Wants a blob, until it arrives or nobody is left who may bring it; a holder that is away may. If
   * it is wanted already, holders are added, and those that refused or did not answer are asked again.
   *
   * @param holders Who may have it, the best first; at most {@linkcode BLOB_HOLDERS_MAX}.
   * @param sizeMax Bytes that it may have. @default {BLOB_BYTES_MAX}
   * @throws {BlobError} `limit_reached` beyond {@linkcode BLOB_WANTS_MAX}.
   */
  want(blobId: BlobId, holders: readonly MemberId[], sizeMax: number = BLOB_BYTES_MAX): void {
    this.#wants.want(blobId, holders, sizeMax);
  }

  /**
   * Wants a blob no longer, and drops what came of it unless all did.
   *
   * @returns Whether it was wanted or some of it was there.
   */
  cancel(blobId: BlobId): boolean {
    return this.#wants.cancel(blobId);
  }

  /** A peer can be reached from now on. */
  onReachable(peer: MemberId): void {
    this.#wants.onReachable(peer);
  }

  /** A peer can no longer be reached; what was on its way from or to it counts as lost. */
  onUnreachable(peer: MemberId): void {
    this.#wants.onUnreachable(peer);
    this.#uploads.forget(peer);
  }

  /** The time has come that {@linkcode BlobTransfer.nextMs} gave. */
  onTime(nowMs: number): void {
    this.#wants.onTime(nowMs);
  }

  /**
   * A message has arrived. Bytes that are none are an event. Requests of a peer that cannot be
   * reached are not answered.
   */
  onMessage(from: MemberId, bytes: Uint8Array): void {
    const message = this.#decode(from, bytes);
    if (message === undefined) return;
    switch (message.type) {
      case "ask":
        if (this.#wants.links.has(from)) this.#uploads.onAsk(from, message);
        return;
      case "get":
        if (this.#wants.links.has(from)) this.#uploads.onGet(from, message);
        return;
      case "manifest":
        return this.#downloads.onManifest(from, message.manifest);
      case "whole":
        return this.#downloads.onWhole(from, message);
      case "chunk":
        return this.#downloads.onChunk(from, message);
      case "refused":
        return this.#downloads.onRefused(from, message);
    }
  }

  /**
   * Takes messages that are due to a peer, each of at most {@linkcode BLOB_MESSAGE_BYTES_MAX} bytes;
   * they count as handed over.
   *
   * @param bytesMax Bytes of all of them; if one is due, there is one even if it has more.
   * @returns `[]` if none is due.
   */
  take(peer: MemberId, bytesMax: number): Uint8Array[] {
    if (!(bytesMax > 0)) return [];
    const requests = this.#downloads.take(peer, bytesMax);
    const bytes = requests.reduce((sum, { length }) => sum + length, 0);
    const answers = this.#uploads.take(peer, bytesMax - bytes, requests.length === 0);
    return [...requests, ...answers];
  }

  /** Takes what has happened since it was last asked, in order. */
  takeEvents(): BlobEvent[] {
    return this.#events.take();
  }

  #decode(from: MemberId, bytes: Uint8Array): BlobMessage | undefined {
    try {
      return decodeBlobMessage(bytes);
    } catch (error) {
      if (!(error instanceof BlobError) && !(error instanceof SyncError)) throw error;
      const { code, message } = error;
      this.#events.tell({ type: "bad_message", from, code, message });
      return undefined;
    }
  }
}
