/**
 * What a requester asks for, and what it makes of the answers.
 */
import type { MemberId } from "../sync/mod.ts";
import {
  BLOB_MESSAGE_OVERHEAD_BYTES,
  BLOB_NUMBER_MAX,
  encodeBlobMessage,
} from "./_blob_messages.ts";
import type { BlobMessage } from "./_blob_messages.ts";
import { chunkRequestKey } from "./_blob_want.ts";
import type { Holder, Request, Step, Want } from "./_blob_want.ts";
import type { DownloadsOptions, Wants } from "./_blob_wants.ts";
import { BlobError } from "./blob_errors.ts";
import { manifestIdOf } from "./blob_manifest.ts";
import type { BlobManifest, ManifestId } from "./blob_manifest.ts";
import { BLOB_PARTIALS_PER_PEER_MAX } from "./blob_partial.ts";
import type { BlobPartial, ChunkOutcome } from "./blob_partial.ts";

type ChunkMessage = Extract<BlobMessage, { type: "chunk" }>;
type WholeMessage = Extract<BlobMessage, { type: "whole" }>;
type RefusedMessage = Extract<BlobMessage, { type: "refused" }>;

/** The messages that bring what is wanted. */
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #wants: Wants;
  readonly #counts = { chunksRequested: 0, chunksReceived: 0, messagesIgnored: 0 };
  #number: number;

  constructor(options: DownloadsOptions, wants: Wants) {
    this.#options = options;
    this.#wants = wants;
    // So that an answer to a request of an earlier session is not taken for one of this.
    const start = options.sources.randomBytes(4);
    this.#number = new DataView(start.buffer, start.byteOffset).getUint32(0);
  }

  get counts(): Record<"chunksRequested" | "chunksReceived" | "messagesIgnored", number> {
    return { ...this.#counts };
  }

  /** Takes the requests that are due to a peer. */
  take(peer: MemberId, bytesMax: number): Uint8Array[] {
    const messagesMax = Math.max(1, Math.floor(bytesMax / BLOB_MESSAGE_OVERHEAD_BYTES));
    const requests: Request[] = [];
    this.#number = this.#number === BLOB_NUMBER_MAX ? 0 : this.#number + 1;
    while (this.#wants.links.room(peer) > 0 && requests.length < messagesMax) {
      const request = this.#next(peer);
      if (request === undefined) break;
      this.#wants.links.open(peer, request);
      requests.push(request);
    }
    return grouped(requests).map((group) => encodeBlobMessage(this.#message(group)));
  }

  onManifest(from: MemberId, manifest: BlobManifest): void {
    const { want, holder } = this.#wants.find(from, manifest.blobId);
    if (want === undefined) return this.#ignore();
    const manifestId = manifestIdOf(manifest);
    if (holder.vouched !== undefined && holder.vouched !== manifestId) {
      return this.#wants.ban(want, [from], "two_manifests");
    }
    const asked = this.#wants.links.requests(from, want);
    const answered = asked.filter(({ chunk }) => chunk?.manifestId !== manifestId);
    if (answered.length === 0 && holder.late.size === 0) return this.#ignore();
    for (const request of answered) this.#wants.links.close(from, request);
    // Saying the same again and again is not an answer.
    if (answered.length > 0) this.#wants.heard(from, holder);
    if (manifest.size > want.sizeMax) {
      holder.hope = "too_large";
      return this.#wants.settle(want);
    }
    const partial = this.#kept(want, from, () => this.#options.store.begin(manifest, from));
    if (partial !== undefined) holder.vouched = manifestId;
  }

  onWhole(from: MemberId, { blobId, bytes }: WholeMessage): void {
    const { want, holder } = this.#wants.find(from, blobId);
    const asked = want === undefined ? [] : this.#wants.links.requests(from, want);
    if (want === undefined || (asked.length === 0 && holder.late.size === 0)) return this.#ignore();
    for (const request of asked) this.#wants.links.close(from, request);
    this.#wants.heard(from, holder);
    if (bytes.length > want.sizeMax) {
      holder.hope = "too_large";
      return this.#wants.settle(want);
    }
    const isIt = this.#kept(want, from, () => this.#options.store.putExpected(blobId, bytes));
    if (isIt === undefined) return;
    if (!isIt) return this.#wants.ban(want, [from], "bad_chunk");
    this.#counts.chunksReceived++;
    this.#wants.arrive(want, bytes.length);
  }

  onChunk(from: MemberId, message: ChunkMessage): void {
    const { blobId, manifestId, index, bytes } = message;
    const { want, holder } = this.#wants.find(from, blobId);
    if (want === undefined) return this.#ignore();
    const key = chunkRequestKey(manifestId, index);
    const request = this.#wants.links.requests(from, want).find((one) => one.key === key);
    if (request !== undefined) this.#wants.links.close(from, request);
    const wasLate = holder.late.delete(key);
    if (request === undefined && !wasLate) return this.#ignore();
    if (holder.vouched !== undefined && holder.vouched !== manifestId) {
      return this.#wants.ban(want, [from], "two_manifests");
    }
    const outcome = this.#kept(
      want,
      from,
      () => this.#options.store.addChunk(message, index, bytes, from),
    );
    if (outcome !== undefined) this.#onOutcome(outcome, { want, holder, from, manifestId });
  }

  onRefused(from: MemberId, { blobId, number }: RefusedMessage): void {
    const { want, holder } = this.#wants.find(from, blobId);
    const asked = want === undefined ? [] : this.#wants.links.requests(from, want);
    if (want === undefined || !asked.some((one) => one.number === number)) return this.#ignore();
    for (const request of asked) this.#wants.links.close(from, request);
    this.#wants.heard(from, holder);
    holder.hope = "refused";
    this.#wants.settle(want);
  }

  #onOutcome(
    outcome: ChunkOutcome,
    { want, holder, from, manifestId }: {
      readonly want: Want;
      readonly holder: Holder;
      readonly from: MemberId;
      readonly manifestId: ManifestId;
    },
  ): void {
    switch (outcome.type) {
      case "kept":
        holder.vouched = manifestId;
        this.#wants.heard(from, holder);
        this.#counts.chunksReceived++;
        return this.#tellProgress(want, manifestId);
      case "complete":
        this.#wants.heard(from, holder);
        this.#counts.chunksReceived++;
        return this.#wants.arrive(want, this.#options.store.size(want.blobId)!);
      case "not_needed":
        this.#wants.heard(from, holder);
        return this.#ignore();
      case "bad_chunk":
        return this.#wants.ban(want, [from], "bad_chunk");
      case "bad_manifest": {
        // Whoever brought a chunk under it named it too: an honest holder would have named its own.
        const vouchers = [...want.holders].filter(([, { vouched }]) => vouched === manifestId);
        const peers = new Set([outcome.from, from, ...vouchers.map(([peer]) => peer)]);
        return this.#wants.ban(want, [...peers], "bad_manifest");
      }
    }
  }

  #next(peer: MemberId): Request | undefined {
    const { store, sources } = this.#options;
    for (const want of this.#wants.values()) {
      const holder = want.holders.get(peer);
      if (holder === undefined) continue;
      const step = want.next(
        peer,
        store.partialsOf(want.blobId).filter(({ manifest }) => manifest.size <= want.sizeMax),
        (other, its) => sum(this.#wants.links.timeouts(other), its.timeouts),
        () => this.#mayAsk(peer),
      );
      if (step === undefined) continue;
      const size = step.chunk === undefined ? store.size(want.blobId) : undefined;
      if (size === undefined) return this.#request(want, holder, step, sources.nowMs());
      this.#wants.arrive(want, size); // it was put here meanwhile
    }
    return undefined;
  }

  #request(want: Want, holder: Holder, step: Step, atMs: number): Request {
    return { ...step, number: this.#number, want, holder, atMs };
  }

  /** Whether a peer may give one manifest more. */
  #mayAsk(peer: MemberId): boolean {
    const given = this.#options.store.partials().filter(({ from, manifest }) =>
      from === peer && this.#wants.has(manifest.blobId)
    );
    const asked = this.#wants.links.requests(peer).filter(({ chunk }) => chunk === undefined);
    return given.length + asked.length < BLOB_PARTIALS_PER_PEER_MAX;
  }

  #message([first, ...others]: readonly [Request, ...Request[]]): BlobMessage {
    const { number, want: { blobId }, chunk } = first;
    if (chunk === undefined) return { type: "ask", number, blobId };
    const { manifestId } = chunk;
    const indices = [first, ...others].map(({ chunk }) => chunk!.index);
    this.#counts.chunksRequested += indices.length;
    return { type: "get", number, blobId, manifestId, indices: indices.sort((a, b) => a - b) };
  }

  /** Keeps something, if need be in place of what is not needed; `undefined` if there is no room. */
  #kept<Result>(want: Want, peer: MemberId, work: () => Result): Result | undefined {
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof BlobError)) throw error;
        const { code } = error;
        const isPeers = code === "peer_limit_reached";
        if (!isPeers && code !== "storage_full" && code !== "limit_reached") throw error;
        if (this.#makeRoom(want, isPeers ? peer : undefined)) continue;
        if (!isPeers) this.#wants.fail(want, code);
        else {
          want.holders.get(peer)!.hope = "limit_reached";
          this.#wants.settle(want);
        }
        return undefined;
      }
    }
  }

  /** Drops the oldest partial blob that is not wanted or that nobody who is there can complete. */
  #makeRoom(want: Want, peer: MemberId | undefined): boolean {
    const { store } = this.#options;
    const others = store.partials().filter(({ manifest, from, bytesFrom }) =>
      manifest.blobId !== want.blobId &&
      (peer === undefined || from === peer || bytesFrom.has(peer))
    );
    const found = others.find(({ manifest }) => !this.#wants.has(manifest.blobId)) ??
      others.find((partial) => !this.#canGoOn(partial));
    return found !== undefined && store.dropPartial(found.manifest.blobId, found.manifestId);
  }

  #canGoOn({ manifest, manifestId }: BlobPartial): boolean {
    return this.#wants.get(manifest.blobId)!.hopeful().some(([peer, { vouched }]) =>
      this.#wants.links.has(peer) && (vouched === undefined || vouched === manifestId)
    );
  }

  #tellProgress({ blobId }: Want, manifestId: ManifestId): void {
    const partials = this.#options.store.partialsOf(blobId);
    const partial = partials.find((one) => one.manifestId === manifestId)!;
    const { receivedBytes, manifest: { size } } = partial;
    this.#options.tell({ type: "progress", blobId, receivedBytes, size });
  }

  #ignore(): void {
    this.#counts.messagesIgnored++;
  }
}

function sum(left: number | undefined, right: number): number | undefined {
  return left === undefined ? undefined : left + right;
}

/** The requests of each message: chunks of one blob under one manifest go together. */
function grouped(requests: readonly Request[]): [Request, ...Request[]][] {
  const groups = new Map<string, [Request, ...Request[]]>();
  for (const request of requests) {
    const key = `${request.want.blobId}/${request.chunk?.manifestId}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [request]);
    else group.push(request);
  }
  return [...groups.values()];
}
