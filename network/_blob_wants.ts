/**
 * The blobs that are wanted, how each ends, and who is not asked again.
 */
import type { MemberId, Sources } from "../sync/mod.ts";
import { BLOB_RETRIES_MAX, Links } from "./_blob_links.ts";
import { Holder, Want } from "./_blob_want.ts";
import { BLOB_BYTES_MAX } from "./artifact_types.ts";
import { BlobError } from "./blob_errors.ts";
import type { BlobEvent, BlobFailure } from "./blob_event.ts";
import type { BlobId } from "./blob_manifest.ts";
import type { BlobStore } from "./blob_store.ts";

/** Blobs that are wanted at the same time. */
export const BLOB_WANTS_MAX: number = 1024;
/** Holders of one wanted blob; the ones after are not asked. */
export const BLOB_HOLDERS_MAX: number = 256;
/** Blobs for which it is known who sent something else; the one that was longest known is forgotten. */
export const BLOB_BANS_MAX: number = 1024;

/** What a transfer's requesting side is made of. */
export interface DownloadsOptions {
  readonly store: BlobStore;
  readonly sources: Pick<Sources, "nowMs" | "randomBytes">;
  readonly tell: (event: BlobEvent) => void;
}

/** The blobs that are wanted. */
export class Wants {
  /** Who can be reached, and what each was asked. */
  readonly links: Links = new Links();
  readonly #options: DownloadsOptions;
  readonly #wants: Map<BlobId, Want> = new Map();
  readonly #bans: Map<BlobId, Set<MemberId>> = new Map();

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  get ids(): ReadonlySet<BlobId> {
    return new Set(this.#wants.keys());
  }

  has(blobId: BlobId): boolean {
    return this.#wants.has(blobId);
  }

  get(blobId: BlobId): Want | undefined {
    return this.#wants.get(blobId);
  }

  /** The oldest first. */
  values(): MapIterator<Want> {
    return this.#wants.values();
  }

  /** A want and one of its holders; neither if it is not wanted, or not from this peer. */
  find(
    peer: MemberId,
    blobId: BlobId,
  ): { want: Want; holder: Holder } | { want: undefined; holder?: undefined } {
    const want = this.#wants.get(blobId);
    const holder = want?.holders.get(peer);
    if (want === undefined || holder === undefined || holder.hope === "bad_data") {
      return { want: undefined };
    }
    return { want, holder };
  }

  want(blobId: BlobId, holders: readonly MemberId[], sizeMax: number): void {
    const size = this.#options.store.size(blobId);
    const known = this.#wants.get(blobId);
    if (known === undefined && size === undefined && this.#wants.size >= BLOB_WANTS_MAX) {
      throw new BlobError("limit_reached", `Cannot want blob: ${BLOB_WANTS_MAX} others are wanted`);
    }
    const want = known ?? new Want(blobId, 0);
    this.#wants.set(blobId, want);
    if (size !== undefined) return this.arrive(want, size);
    want.sizeMax = Math.min(sizeMax, BLOB_BYTES_MAX);
    for (const peer of holders) this.#addHolder(want, peer);
    this.settle(want);
  }

  cancel(blobId: BlobId): boolean {
    const want = this.#wants.get(blobId);
    if (want !== undefined) this.#end(want);
    const dropped = this.#options.store.dropPartial(blobId);
    return want !== undefined || dropped;
  }

  onReachable(peer: MemberId): void {
    this.links.connect(peer, this.#options.sources.nowMs());
    this.#revive(peer);
  }

  onUnreachable(peer: MemberId): void {
    this.links.disconnect(peer);
    this.#revive(peer); // when it comes back it may well answer
  }

  /** The time has come: what was not answered counts as lost. */
  onTime(nowMs: number): void {
    for (const [peer, holders] of this.links.takeLost(nowMs)) {
      for (const holder of holders) {
        holder.timeouts++;
        if (holder.timeouts > BLOB_RETRIES_MAX && holder.hope === "yes") holder.hope = "no_answer";
      }
      if (this.links.timeouts(peer)! <= BLOB_RETRIES_MAX) continue;
      for (const { holders } of this.#wants.values()) {
        const holder = holders.get(peer);
        if (holder?.hope === "yes") holder.hope = "no_answer";
      }
    }
    for (const want of [...this.#wants.values()]) this.settle(want);
  }

  /** A holder has answered. */
  heard(peer: MemberId, holder: Holder): void {
    const wasLost = (this.links.timeouts(peer) ?? 0) > BLOB_RETRIES_MAX;
    this.links.heard(peer, this.#options.sources.nowMs());
    holder.timeouts = 0;
    if (holder.hope === "no_answer") holder.hope = "yes";
    if (wasLost) this.#revive(peer);
  }

  /** What these peers sent of a blob was not it: they are not asked for it again. */
  ban(
    want: Want,
    peers: readonly MemberId[],
    why: Extract<BlobEvent, { type: "holder_banned" }>["why"],
  ): void {
    const { blobId } = want;
    const banned = this.#bans.get(blobId) ?? new Set<MemberId>();
    this.#bans.set(blobId, banned);
    if (this.#bans.size > BLOB_BANS_MAX) this.#bans.delete(this.#bans.keys().next().value!);
    for (const peer of peers) {
      if (banned.has(peer)) continue;
      banned.add(peer);
      this.#options.tell({ type: "holder_banned", blobId, holder: peer, why });
      const holder = want.holders.get(peer);
      if (holder !== undefined) holder.hope = "bad_data";
      for (const request of this.links.requests(peer, want)) this.links.close(peer, request);
    }
    this.settle(want);
  }

  /** Ends a want of which nothing can be hoped any more. */
  settle(want: Want): void {
    const code = want.failure();
    if (code !== undefined) this.fail(want, code);
  }

  fail(want: Want, code: BlobFailure): void {
    this.#end(want);
    this.#options.tell({ type: "blob_failed", blobId: want.blobId, code });
  }

  arrive(want: Want, size: number): void {
    this.#end(want);
    this.#options.tell({ type: "blob_arrived", blobId: want.blobId, size });
  }

  /** Something is hoped of a peer again that did not answer. */
  #revive(peer: MemberId): void {
    for (const { holders } of this.#wants.values()) {
      const holder = holders.get(peer);
      if (holder?.hope !== "no_answer") continue;
      holder.hope = "yes";
      holder.timeouts = 0;
    }
  }

  #end(want: Want): void {
    this.#wants.delete(want.blobId);
    for (const peer of want.holders.keys()) {
      for (const request of this.links.requests(peer, want)) this.links.close(peer, request);
    }
  }

  #addHolder(want: Want, peer: MemberId): void {
    const known = want.holders.get(peer);
    if (known === undefined && want.holders.size >= BLOB_HOLDERS_MAX) return;
    const holder = known ?? new Holder();
    want.holders.set(peer, holder);
    holder.timeouts = 0;
    holder.hope = this.#bans.get(want.blobId)?.has(peer) ? "bad_data" : "yes";
    if ((this.links.timeouts(peer) ?? 0) > BLOB_RETRIES_MAX) this.links.forgive(peer);
  }
}
