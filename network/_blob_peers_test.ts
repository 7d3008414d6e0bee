/**
 * Peers for the tests of transfers: each over a store, with hands that carry the messages.
 */
import { MemoryStore, parseArtifactId, parseMemberId, seededSources } from "../sync/mod.ts";
import type { MemberId } from "../sync/mod.ts";
import { decodeBlobMessage, encodeBlobMessage } from "./_blob_messages.ts";
import type { BlobMessage, GetMessage } from "./_blob_messages.ts";
import { blobIdOf } from "./artifact_types.ts";
import { BLOB_CHUNK_BYTES, manifestIdOf } from "./blob_manifest.ts";
import type { BlobId, BlobManifest } from "./blob_manifest.ts";
import { BlobStore } from "./blob_store.ts";
import { BlobTransfer } from "./blob_transfer.ts";

export const some = (length: number, seed = "blob") =>
  seededSources(seed, () => 0).randomBytes(length);
export const text = (value: string) => new TextEncoder().encode(value);
/** Three chunks, the last of them short. */
export const LARGE = some(2 * BLOB_CHUNK_BYTES + 1000);
export const ID = blobIdOf(LARGE);
/** More chunks than a window has. */
export const LONG = some(10 * BLOB_CHUNK_BYTES, "long");
export const LONG_ID = blobIdOf(LONG);
export const full = new MemoryStore();
for (const bytes of [LARGE, LONG]) new BlobStore(full).put(bytes);
export const MANIFEST = new BlobStore(full).manifest(ID)!;

export const noId = (number: number) => parseArtifactId(number.toString(16).padStart(64, "0"));
export const chunkAt = (bytes: Uint8Array, index: number) =>
  bytes.slice(index * BLOB_CHUNK_BYTES, (index + 1) * BLOB_CHUNK_BYTES);
/** What an honest or lying holder says of a blob that has these bytes. */
export const manifestOf = (bytes: Uint8Array, blobId = blobIdOf(bytes)): BlobManifest => ({
  blobId,
  size: bytes.length,
  chunkHashes: Array.from(
    { length: Math.ceil(bytes.length / BLOB_CHUNK_BYTES) },
    (_, index) => blobIdOf(chunkAt(bytes, index)),
  ),
});

/** LARGE's manifest as if it were another blob's. */
export const claimOf = (blobId: BlobId): BlobManifest => ({ ...MANIFEST, blobId });

export const clock = { nowMs: 0 };

/** A peer over its own store, which outlives restarts. */
export class Peer {
  readonly id: MemberId;
  readonly store: MemoryStore;
  blobs!: BlobStore;
  transfer!: BlobTransfer;
  mayServe: (peer: MemberId, blobId: BlobId) => boolean = () => true;
  bytesMax = Infinity;

  constructor(name: string, store: MemoryStore = new MemoryStore()) {
    this.id = parseMemberId(blobIdOf(text(name)));
    this.store = store;
    this.restart();
  }

  restart(): void {
    this.blobs = new BlobStore(this.store, { bytesMax: this.bytesMax });
    this.transfer = new BlobTransfer({
      store: this.blobs,
      mayServe: (peer, blobId) => this.mayServe(peer, blobId),
      sources: seededSources(this.id, () => clock.nowMs),
    });
  }

  meets(...others: readonly Peer[]): void {
    for (const other of others) {
      this.transfer.onReachable(other.id);
      other.transfer.onReachable(this.id);
    }
  }

  parts(...others: readonly Peer[]): void {
    for (const other of others) {
      this.transfer.onUnreachable(other.id);
      other.transfer.onUnreachable(this.id);
    }
  }

  take(to: Peer, bytesMax = Infinity): BlobMessage[] {
    return this.transfer.take(to.id, bytesMax).map(decodeBlobMessage);
  }

  hears(from: Peer, ...messages: readonly BlobMessage[]): void {
    for (const message of messages) {
      this.transfer.onMessage(from.id, encodeBlobMessage(message));
    }
  }

  /** Ends the time that the next request may wait. */
  waits(): number {
    const { nextMs } = this.transfer;
    const waitedMs = nextMs - clock.nowMs;
    clock.nowMs = nextMs;
    this.transfer.onTime(nextMs);
    return waitedMs;
  }

  events(): string[] {
    return this.transfer.takeEvents().map((event) => {
      if (event.type === "blob_failed") return `failed ${event.code}`;
      if (event.type === "holder_banned") return `banned ${event.why}`;
      return event.type;
    });
  }
}

/** Carries messages between peers until there are none, and gives their types. */
export function settle(...peers: readonly Peer[]): string[] {
  const types: string[] = [];
  for (let before = -1; before !== types.length;) {
    before = types.length;
    for (const from of peers) {
      for (const to of peers) {
        if (from === to) continue;
        for (const message of from.take(to)) {
          types.push(message.type);
          to.hears(from, message);
        }
      }
    }
  }
  return types;
}

export const holder = (name: string) => new Peer(name, full);
export const requests = (messages: readonly BlobMessage[]) =>
  messages.flatMap((message) => message.type === "get" ? message.indices : []);
export const ofType = (types: readonly string[], type: string) =>
  types.filter((one) => one === type).length;

export function get(blobId: BlobId, indices: readonly number[], manifest = MANIFEST): GetMessage {
  return { type: "get", number: 7, blobId, manifestId: manifestIdOf(manifest), indices };
}

export function chunkOf(index: number) {
  const bytes = chunkAt(LARGE, index);
  return { type: "chunk", blobId: ID, manifestId: manifestIdOf(MANIFEST), index, bytes } as const;
}

/** Answers all requests for the wanted blob as if it had these bytes. */
export function answer(
  from: Peer,
  to: Peer,
  bytes: Uint8Array,
  alter: (chunk: Uint8Array, index: number) => Uint8Array | undefined = (chunk) => chunk,
): void {
  const manifest = manifestOf(bytes, ID);
  for (let asked = to.take(from); asked.length > 0; asked = to.take(from)) {
    for (const message of asked) {
      if (message.type === "ask") to.hears(from, { type: "manifest", manifest });
      if (message.type !== "get") continue;
      if (message.manifestId !== manifestIdOf(manifest)) {
        to.hears(from, { type: "manifest", manifest });
        continue;
      }
      for (const index of message.indices) {
        const chunk = alter(chunkAt(bytes, index), index);
        if (chunk !== undefined) {
          to.hears(from, { ...chunkOf(index), manifestId: message.manifestId, bytes: chunk });
        }
      }
    }
  }
}
