import { assert, assertEquals } from "@std/assert";
import { MemoryStore, parseMemberId, seededSources } from "../sync/mod.ts";
import type { MemberId, Sources } from "../sync/mod.ts";
import { decodeBlobMessage, encodeBlobMessage } from "./_blob_messages.ts";
import type { BlobMessage } from "./_blob_messages.ts";
import { blobIdOf } from "./artifact_types.ts";
import type { BlobTransferStats } from "./blob_event.ts";
import { BLOB_CHUNK_BYTES, chunkCountOf, manifestIdOf } from "./blob_manifest.ts";
import type { BlobId, BlobManifest } from "./blob_manifest.ts";
import { BlobStore } from "./blob_store.ts";
import { BLOB_WINDOW_CHUNKS, BlobTransfer } from "./blob_transfer.ts";

const RUNS = 25;
/** How long what is on its way may take in the worst run; longer than a request waits at first. */
const DELAY_MS_MAX = 15_000;
/** How long links are bad, in milliseconds. */
const TROUBLE_MS = 60_000;

const id = (byte: string) => parseMemberId(byte.repeat(32));
const [ada, ben, cem, eve] = [id("a1"), id("b2"), id("c3"), id("e5")];
const sources = seededSources("blobs", () => 0);
const BLOBS = [5.5, 3, 0.5].map((chunks) => sources.randomBytes(chunks * BLOB_CHUNK_BYTES));
const IDS = BLOBS.map(blobIdOf);
const [X, Y, Z] = IDS as [BlobId, BlobId, BlobId];
const HELD = new Map([[ada, [X, Y]], [ben, [Y, Z]]]);
/** What a liar says that blobs are. */
const LIES = [2.5, 4, 0.5].map((chunks) => sources.randomBytes(chunks * BLOB_CHUNK_BYTES));
const STORES = new Map(
  HELD.entries().map(([peer, ids]) => {
    const store = new MemoryStore();
    const blobs = new BlobStore(store);
    for (const blobId of ids) blobs.put(BLOBS[IDS.indexOf(blobId)]!);
    return [peer, store];
  }),
);

const HASHES = new Map<Uint8Array, string[]>();

/** What a peer is to the channel. */
type Node = Pick<
  BlobTransfer,
  "take" | "onMessage" | "onReachable" | "onUnreachable" | "onTime" | "nextMs" | "stats"
>;

/**
 * Answers as the moment inspires it: rightly, wrongly, with a blob of its own, or not at all. Every
 * other liar sticks to its blob.
 */
class Liar implements Node {
  readonly nextMs = Infinity;
  readonly #chance: Sources;
  readonly #lie: Uint8Array;
  readonly #isSteady: boolean;
  readonly #answers: BlobMessage[] = [];

  constructor(chance: Sources) {
    this.#chance = chance;
    this.#lie = LIES[Math.floor(chance.random() * LIES.length)]!;
    this.#isSteady = chance.random() < 0.5;
  }

  onMessage(_from: MemberId, bytes: Uint8Array): void {
    const request = decodeBlobMessage(bytes);
    if (request.type !== "ask" && request.type !== "get") return;
    const { blobId, number } = request;
    const isTrue = !this.#isSteady && this.#chance.random() < 0.5;
    const content = isTrue ? BLOBS[IDS.indexOf(blobId)]! : this.#lie;
    const manifest = manifestOf(content, blobId);
    const isOfLie = request.type === "get" && request.manifestId === manifestIdOf(manifest);
    const mood = !this.#isSteady ? this.#chance.random() : isOfLie ? 1 : 0.45;
    if (mood < 0.1) this.#answers.push({ type: "refused", number, blobId });
    else if (mood < 0.3) return;
    else if (mood < 0.4) {
      this.#answers.push({ type: "whole", blobId, bytes: chunkAt(content, 0) });
    } else if (request.type === "ask" || mood < 0.5) {
      if (manifest.chunkHashes.length > 1) this.#answers.push({ type: "manifest", manifest });
    } else {
      const { manifestId } = request;
      const lie = manifestIdOf(manifestOf(this.#lie, blobId));
      const asked = manifestId === lie ? this.#lie : content;
      for (const index of request.indices) {
        const chunk = chunkAt(asked, index);
        this.#answers.push({ type: "chunk", blobId, manifestId, index, bytes: chunk });
      }
    }
  }

  take(to: MemberId): Uint8Array[] {
    return to === cem ? this.#answers.splice(0).map(encodeBlobMessage) : [];
  }

  stats(): BlobTransferStats {
    return new BlobTransfer({
      store: new BlobStore(new MemoryStore()),
      mayServe: () => false,
      sources: this.#chance,
    }).stats();
  }

  onReachable(): void {}
  onUnreachable(): void {}
  onTime(): void {}
}

/** What happens at a time. */
interface Happening {
  readonly atMs: number;
  readonly happen: () => void;
}

/** Peers and a channel between them that loses, doubles and reorders. */
class Channel {
  readonly #chance: Sources;
  readonly #rates: Readonly<Record<"loss" | "double" | "restart" | "cut" | "delayMs", number>>;
  readonly #stores: Map<MemberId, MemoryStore> = new Map(STORES);
  readonly #nodes: Map<MemberId, Node> = new Map();
  #requester!: BlobTransfer;
  readonly #peers: readonly MemberId[];
  readonly #links: readonly string[];
  readonly #waiting: Happening[] = [];
  readonly #cut: Set<string> = new Set();
  readonly counts = {
    served: 0,
    requested: 0,
    received: 0,
    retries: 0,
    doubled: 0,
    lost: 0,
    restarts: 0,
    cuts: 0,
    failed: 0,
  };
  readonly log: string[] = [];
  readonly banned: string[] = [];
  readonly store: MemoryStore;
  nowMs = 0;

  /** @param seed Decides all chance, also how bad the channel is. */
  constructor(seed: string, others: readonly MemberId[] = []) {
    this.#peers = [ada, ben, ...others, cem];
    this.#links = this.#peers.slice(0, -1).map((peer) => linkOf(peer, cem));
    this.#chance = seededSources(seed, () => this.nowMs);
    const rate = (max: number) => this.#chance.random() < 0.2 ? 0 : this.#chance.random() * max;
    this.#rates = {
      loss: rate(0.4),
      double: rate(0.3),
      restart: rate(0.01),
      cut: rate(0.03),
      delayMs: rate(DELAY_MS_MAX),
    };
    this.store = new MemoryStore();
    this.#stores.set(cem, this.store);
    for (const peer of this.#peers) this.#start(peer);
  }

  /** Runs until all is there, or nothing is left to happen. */
  run(): void {
    for (let step = 0; this.#isWanting; step++) {
      assert(step < 20_000, "it does not end");
      if (this.#isBad) this.#trouble();
      else for (const cut of [...this.#cut]) this.#mend(cut);
      for (const peer of this.#peers) this.#flush(peer);
      this.#advance();
      this.#takeEvents();
    }
    for (const peer of this.#peers) this.#count(peer);
  }

  get blobs(): BlobStore {
    return new BlobStore(this.store);
  }

  get #isBad(): boolean {
    return this.nowMs < TROUBLE_MS;
  }

  get #isWanting(): boolean {
    return this.#requester.wanted.size > 0;
  }

  #start(peer: MemberId): void {
    const node = peer === eve ? new Liar(this.#chance) : new BlobTransfer({
      store: new BlobStore(this.#stores.get(peer)!),
      mayServe: () => true,
      sources: this.#chance,
    });
    this.#nodes.set(peer, node);
    for (const other of this.#peers) {
      if (other !== peer && !this.#cut.has(linkOf(peer, other))) node.onReachable(other);
    }
    if (peer !== cem || !(node instanceof BlobTransfer)) return;
    this.#requester = node;
    for (const blobId of IDS) this.#want(blobId);
  }

  #want(blobId: BlobId): void {
    const holders = this.#peers.filter((peer) => peer === eve || HELD.get(peer)?.includes(blobId));
    this.#requester.want(blobId, holders);
  }

  #trouble(): void {
    for (const peer of this.#peers) {
      if (this.#chance.random() >= this.#rates.restart) continue;
      this.counts.restarts++;
      this.log.push(`${this.nowMs} restart ${peer.slice(0, 2)}`);
      this.#count(peer);
      this.#start(peer);
    }
    for (const link of this.#links) {
      if (this.#chance.random() >= this.#rates.cut) continue;
      if (this.#cut.has(link)) this.#mend(link);
      else {
        this.counts.cuts++;
        this.#cut.add(link);
        this.#atBoth(link, (node, other) => node.onUnreachable(other));
      }
    }
  }

  #mend(link: string): void {
    this.#cut.delete(link);
    this.#atBoth(link, (node, other) => node.onReachable(other));
  }

  #atBoth(link: string, tell: (node: Node, other: MemberId) => void): void {
    const [left, right] = link.split(" ") as [MemberId, MemberId];
    tell(this.#nodes.get(left)!, right);
    tell(this.#nodes.get(right)!, left);
  }

  #flush(from: MemberId): void {
    for (const to of this.#peers) {
      if (to === from) continue;
      const bytesMax = 1 + this.#chance.random() * 1_000_000;
      for (const bytes of this.#nodes.get(from)!.take(to, bytesMax)) {
        this.#send(from, to, bytes);
      }
    }
  }

  #send(from: MemberId, to: MemberId, bytes: Uint8Array): void {
    const isDoubled = this.#isBad && this.#chance.random() < this.#rates.double;
    if (isDoubled && from === cem) this.counts.doubled += BLOB_WINDOW_CHUNKS;
    for (let copies = isDoubled ? 2 : 1; copies > 0; copies--) {
      if (this.#isBad && this.#chance.random() < this.#rates.loss) {
        this.counts.lost++;
        continue;
      }
      const atMs = this.nowMs + Math.floor(this.#chance.random() * this.#rates.delayMs);
      // A message can arrive although the link is down by then, or its reader another one.
      const happen = () => this.#nodes.get(to)!.onMessage(from, bytes);
      this.#waiting.push({ atMs, happen });
    }
  }

  /** Goes to the next moment at which something happens, some way at most. */
  #advance(): void {
    const timers = this.#peers.map((peer) => this.#nodes.get(peer)!.nextMs);
    const arrivals = this.#waiting.map(({ atMs }) => atMs);
    const soonMs = this.nowMs + (this.#isBad ? 200 : Infinity);
    this.nowMs = Math.max(this.nowMs, Math.min(soonMs, ...timers, ...arrivals));
    assert(this.nowMs < Infinity, "nothing is left to happen, and not all is there");
    const due = this.#waiting.filter(({ atMs }) => atMs <= this.nowMs)
      .sort((left, right) => left.atMs - right.atMs);
    for (const one of due) {
      this.#waiting.splice(this.#waiting.indexOf(one), 1);
      one.happen();
    }
    for (const peer of this.#peers) {
      const node = this.#nodes.get(peer)!;
      if (node.nextMs <= this.nowMs) node.onTime(this.nowMs);
    }
  }

  #takeEvents(): void {
    for (const event of this.#requester.takeEvents()) {
      this.log.push(`${this.nowMs} ${event.type}`);
      assert(event.type !== "bad_message");
      if (event.type === "holder_banned") {
        assertEquals(event.holder, eve);
        this.banned.push(event.why);
      }
      if (event.type !== "blob_failed") continue;
      assertEquals(event.code, "no_answer");
      this.counts.failed++;
      this.#want(event.blobId);
    }
  }

  #count(peer: MemberId): void {
    const stats = this.#nodes.get(peer)!.stats();
    this.counts.served += stats.chunksServed;
    this.counts.requested += stats.chunksRequested;
    this.counts.received += stats.chunksReceived;
    this.counts.retries += stats.retries;
  }
}

const linkOf = (left: MemberId, right: MemberId) => [left, right].sort().join(" ");
const CHUNKS = BLOBS.map(({ length }) => chunkCountOf(length)).reduce((sum, count) => sum + count);

Deno.test("BlobTransfer: all blobs arrive whole over a bad channel, each chunk kept once", () => {
  const sometimes = { lost: 0, doubled: 0, restarts: 0, cuts: 0, retries: 0 };
  for (let run = 0; run < RUNS; run++) {
    const seed = `blobs ${run}`;
    const channel = new Channel(seed);
    channel.run();
    const { counts, blobs } = channel;
    const found = IDS.map((blobId) => blobs.get(blobId));
    assertEquals(found, BLOBS, seed);
    assertEquals([blobs.partials(), blobs.bytes], [[], sum(BLOBS)], seed);
    // A chunk that was kept is never sent for again, whatever restarts. A small blob is fetched anew
    // if it was on its way.
    assertEquals(counts.received, CHUNKS, seed);
    // What a restart forgets was asked for in vain, as far as the windows go.
    const forgotten = counts.restarts * BLOB_WINDOW_CHUNKS * 2;
    assert(counts.requested <= CHUNKS + counts.retries + forgotten, seed);
    assert(counts.served <= CHUNKS + counts.retries + forgotten + counts.doubled, seed);
    for (const key of Object.keys(sometimes) as (keyof typeof sometimes)[]) {
      sometimes[key] += counts[key];
    }
  }
  assert(Object.values(sometimes).every((count) => count > RUNS), JSON.stringify(sometimes));
});

Deno.test("BlobTransfer: a liar among the holders stops no blob, and only the liar is blamed", () => {
  const banned = new Set<string>();
  for (let run = 0; run < RUNS; run++) {
    const seed = `liar ${run}`;
    const channel = new Channel(seed, [eve]);
    channel.run();
    const { blobs } = channel;
    assertEquals(IDS.map((blobId) => blobs.get(blobId)), BLOBS, seed);
    assertEquals([blobs.partials(), blobs.bytes], [[], sum(BLOBS)], seed);
    for (const why of channel.banned) banned.add(why);
  }
  assertEquals([...banned].sort(), ["bad_chunk", "bad_manifest", "two_manifests"]);
});

Deno.test("BlobTransfer: the same seed gives the same run", () => {
  const runs = [0, 1].map(() => {
    const channel = new Channel("blobs again");
    channel.run();
    return [channel.log, channel.counts, channel.nowMs];
  });
  assertEquals(runs[0], runs[1]);
});

function chunkAt(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.subarray(index * BLOB_CHUNK_BYTES, (index + 1) * BLOB_CHUNK_BYTES);
}

/** Computed once for each of the few contents. */
function manifestOf(bytes: Uint8Array, blobId: BlobId): BlobManifest {
  const chunkHashes = HASHES.get(bytes) ?? Array.from(
    { length: chunkCountOf(bytes.length) },
    (_, index) => blobIdOf(chunkAt(bytes, index)),
  );
  HASHES.set(bytes, chunkHashes);
  return { blobId, size: bytes.length, chunkHashes };
}

function sum(parts: readonly Uint8Array[]): number {
  return parts.reduce((bytes, { length }) => bytes + length, 0);
}
