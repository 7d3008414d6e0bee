/**
 * A simulated world: peers, the links between them, and a virtual clock, all from one seed.
 *
 * Nothing happens by itself: `runFor` and `settle` advance the clock from event to event. The same
 * seed and the same calls give the same run, to the byte.
 *
 * @module
 */
import { seededSources } from "../../sync/mod.ts";
import type { Connection, MemberId, Receiver, Sources, Transport } from "../../sync/mod.ts";
import { NetworkError } from "../errors.ts";
import { EventQueue } from "./_event_queue.ts";
import type { Scheduled } from "./_event_queue.ts";
import { checkLatency, FaultSettings, namedFaults } from "./_link_faults.ts";
import type { LinkFaults } from "./_link_faults.ts";
import type { Faults, Latency } from "./faults.ts";

export type { Faults, Latency } from "./faults.ts";

/** When a world begins, in milliseconds since the Unix epoch: 2026-01-01T00:00:00Z. */
export const WORLD_EPOCH_MS: number = Date.UTC(2026, 0, 1);
/** How long `settle` waits at most, in milliseconds of virtual time. */
export const SETTLE_MS_DEFAULT: number = 60 * 60 * 1000;
/** Events that may happen without the clock moving; beyond it the world is taken to be stuck. */
export const EVENTS_PER_MOMENT_MAX: number = 1_000_000;
/** Bytes of one envelope on a simulated link. */
export const SIMULATED_ENVELOPE_BYTES_MAX: number = 64 * 1024 * 1024;

/** How a world behaves. */
export interface SimulatedWorldOptions {
  /** Decides all chance in the world. */
  readonly seed: string;
  /** How long an envelope takes, in whole milliseconds, drawn anew for each. @default {{ min: 20, max: 80 }} */
  readonly latencyMs?: Latency;
  /** Told of each envelope. */
  readonly onTraffic?: (traffic: Traffic) => void;
  /**
   * Crashes a peer, as {@linkcode Faults.crash} wants it: right after an envelope has reached it and
   * before it answers, but never while one of its own calls is running. @default {no crash is possible}
   */
  readonly onCrash?: (member: MemberId) => void;
}

/** One thing that happened to one envelope. */
export interface Traffic {
  /**
   * Sent, and then either delivered or lost: on a link that went down, or by a fault. One that is
   * duplicated is sent once, and each of the two is delivered or lost.
   */
  readonly type: "sent" | "delivered" | "dropped";
  /** Milliseconds since the world began. */
  readonly atMs: number;
  /** Who sent it. */
  readonly from: MemberId;
  /** Whom it is for. */
  readonly to: MemberId;
  /** Its size. */
  readonly bytes: number;
}

/** What has been counted about envelopes. */
export interface TrafficStats {
  /** Envelopes that the peer sent. */
  readonly envelopes: number;
  /** Bytes that the peer sent. */
  readonly bytes: number;
  /** Envelopes that arrived at the peer, copies included. */
  readonly delivered: number;
  /** Envelopes that were lost on their way to the peer, copies included. */
  readonly dropped: number;
}

/** A direction between two peers that can reach each other. */
interface Route {
  readonly to: Peer;
  /** The last arrival, so that envelopes stay in order. */
  arrivalMs: number;
}

/** A peer as the world sees it. */
interface Peer {
  readonly id: MemberId;
  readonly receiver: Receiver;
  readonly routes: Map<MemberId, Route>;
  wakes: boolean;
  timer: Scheduled | undefined;
}

/**
 * The world.
 *
 * @example A peer that was away gets everything in one payload
 * ```ts
 * import { IndrasNetwork, SimulatedWorld } from "@indras/toolkit/network";
 * import { newArtifactId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const world = new SimulatedWorld({ seed: "7" });
 * const ada = IndrasNetwork.create({ transport: world, sources: world.sources("ada") });
 * const ben = IndrasNetwork.create({ transport: world, sources: world.sources("ben") });
 * ada.start();
 * ben.start();
 * world.connect(ada.memberId, ben.memberId);
 *
 * const story = ada.homeRealm().createArtifact("story");
 * story.grant(ben.memberId, { mode: "revocable" });
 * world.settle();
 *
 * world.goOffline(ben.memberId);
 * const chance = world.sources("example");
 * for (let chapter = 0; chapter < 100; chapter++) story.appendRef(newArtifactId(chance));
 * world.goOnline(ben.memberId);
 * world.settle();
 *
 * assertEquals(ben.artifact(story.id)?.references.length, 100);
 * assertEquals(ben.stats().payloadsFrom.get(ada.memberId), 2);
 * ```
 */
export class SimulatedWorld implements Transport {
  /** What decides all chance in this world. */
  readonly seed: string;
  readonly #options: SimulatedWorldOptions;
  readonly #queue: EventQueue = new EventQueue();
  /** What happens at some time but keeps nobody from settling. */
  readonly #timers: EventQueue = new EventQueue();
  readonly #peers: Map<MemberId, Peer> = new Map();
  readonly #links: Map<MemberId, Set<MemberId>> = new Map();
  readonly #offline: Set<MemberId> = new Set();
  readonly #groups: Map<MemberId, number> = new Map();
  readonly #stats: Map<MemberId, { -readonly [Key in keyof TrafficStats]: number }> = new Map();
  readonly #chance: Sources;
  readonly #faultChance: Sources;
  readonly #faults: FaultSettings;
  #nowMs = WORLD_EPOCH_MS;

  /** A world at its beginning, with nobody in it. */
  constructor(options: SimulatedWorldOptions) {
    const { latencyMs = { min: 20, max: 80 } } = options;
    checkLatency(latencyMs, "make a world");
    this.seed = options.seed;
    this.#options = options;
    this.#faults = new FaultSettings({ ...latencyMs });
    this.#chance = this.sources("links");
    this.#faultChance = this.sources("faults"); // so that a fault moves no latency of the others
  }

  /** The virtual clock, in milliseconds since the Unix epoch. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Virtual time since the world began, in milliseconds. */
  get elapsedMs(): number {
    return this.#nowMs - WORLD_EPOCH_MS;
  }

  /** The world's clock, and chance that depends on the seed and this name only. */
  sources(name: string): Sources {
    return seededSources(`${this.seed}\n${name}`, () => this.#nowMs);
  }

  /** A link between two peers goes up; it carries envelopes while both are online. */
  connect(left: MemberId, right: MemberId): void {
    if (left === right) throw selfLink(left);
    this.#linksOf(left).add(right);
    this.#linksOf(right).add(left);
    this.#reroute(left);
  }

  /** A link goes down; what is on it is lost. */
  disconnect(left: MemberId, right: MemberId): void {
    if (left === right) throw selfLink(left);
    this.#linksOf(left).delete(right);
    this.#linksOf(right).delete(left);
    this.#reroute(left);
  }

  /** A peer is away: nothing reaches it, what is on its way is lost, what others send waits. */
  goOffline(peer: MemberId): void {
    this.#offline.add(peer);
    this.#reroute(peer);
  }

  /** A peer is back. */
  goOnline(peer: MemberId): void {
    this.#offline.delete(peer);
    this.#reroute(peer);
  }

  /**
   * Cuts every link between peers of different groups, whatever else allows it, until
   * {@linkcode SimulatedWorld.heal}. Peers in no group keep their links. Replaces an earlier one.
   */
  partition(groups: readonly (readonly MemberId[])[]): void {
    this.#groups.clear();
    groups.forEach((group, index) => group.forEach((peer) => this.#groups.set(peer, index)));
    for (const peer of this.#peers.keys()) this.#reroute(peer);
  }

  /** Ends a partition. */
  heal(): void {
    this.partition([]);
  }

  /**
   * Sets faults for whatever is sent from now on, on all links or between two peers. Of a fault that
   * both kinds of call have named, the later call decides; what no call names stays. Naming no fault
   * takes everything back: for two peers, to what holds for all links; for all links, to how the world
   * began.
   *
   * The probability of a crash counts when an envelope is delivered, and so also for what is on its
   * way already.
   *
   * @throws {RangeError} for a probability that is not from 0 to 1, or a latency that is none.
   * @throws {NetworkError} `invalid_operation` for a link of a peer to itself, or a crash that nobody
   * carries out: see {@linkcode SimulatedWorldOptions.onCrash}.
   *
   * @example What is lost is sent again
   * ```ts
   * import { IndrasNetwork, isConverged, SimulatedWorld } from "@indras/toolkit/network";
   * import { assert } from "@std/assert";
   *
   * const world = new SimulatedWorld({ seed: "7" });
   * const ada = IndrasNetwork.create({ transport: world, sources: world.sources("ada") });
   * const ben = IndrasNetwork.create({ transport: world, sources: world.sources("ben") });
   * ada.start();
   * ben.start();
   * world.connect(ada.memberId, ben.memberId);
   *
   * world.faults({ loss: 1 });
   * ada.homeRealm().createArtifact("story").grant(ben.memberId, { mode: "revocable" });
   * world.runFor(1000);
   * assert(world.stats(ben.memberId).dropped > 0);
   * world.faults({});
   * world.settle();
   * assert(isConverged([ada, ben]));
   * ```
   */
  faults(faults: Faults): void {
    const named = namedFaults(faults);
    const [left, right] = faults.between ?? [];
    if (left !== undefined && left === right) throw selfLink(left);
    if ((named.crash ?? 0) > 0 && this.#options.onCrash === undefined) {
      throw new NetworkError("invalid_operation", "Invalid operation: no peer here can crash");
    }
    this.#faults.set(named, faults.between);
  }

  /** Whether a peer is attached and not away. */
  isOnline(peer: MemberId): boolean {
    return this.#peers.has(peer) && !this.#offline.has(peer);
  }

  /** Counts of one peer (what it sent, and what was delivered to it or lost on its way to it). */
  stats(peer: MemberId): TrafficStats {
    return { ...this.#statsOf(peer) };
  }

  /** Runs what is to happen within a time, and moves the clock on by it. */
  runFor(durationMs: number): void {
    if (!(durationMs >= 0 && durationMs < Infinity)) {
      throw new RangeError(`Cannot run for ${durationMs} ms: expected a time from 0`);
    }
    const untilMs = this.#nowMs + durationMs;
    this.#run(untilMs, () => false);
    this.#nowMs = untilMs;
  }

  /**
   * Does something once, after a time; disposing it before means never. `settle` does not wait for
   * it unless it is due, so something that happens again and again can be set going.
   */
  setTimer(work: () => void, delayMs: number): Disposable {
    const scheduled = this.#timers.push(this.#nowMs + delayMs, work);
    return { [Symbol.dispose]: () => this.#timers.cancel(scheduled) };
  }

  /**
   * Runs until nothing is left to happen.
   *
   * @throws {NetworkError} `not_settled` if that takes longer than `maxMs` of virtual time.
   */
  settle(maxMs: number = SETTLE_MS_DEFAULT): void {
    this.#run(
      this.#nowMs + maxMs,
      () => this.#queue.size === 0 && this.#timers.nextMs > this.#nowMs,
    );
    if (this.#queue.size === 0) return;
    throw new NetworkError(
      "not_settled",
      `Cannot settle: ${this.#queue.size} events are left after ${maxMs} ms`,
    );
  }

  /** Puts a peer into the world; its links and whether it is away hold from before. */
  attach(id: MemberId, receiver: Receiver): Connection {
    if (this.#peers.has(id)) {
      throw new NetworkError("invalid_operation", `Invalid operation: "${id}" is attached already`);
    }
    const peer: Peer = { id, receiver, routes: new Map(), wakes: false, timer: undefined };
    this.#peers.set(id, peer);
    this.#reroute(id);
    return {
      reachable: () => [...peer.routes.keys()].sort(),
      send: (to, bytes) => this.#send(peer, to, bytes),
      wake: () => this.#wake(peer),
      wakeAt: (timeMs) => this.#wakeAt(peer, timeMs),
      [Symbol.dispose]: () => {
        if (this.#peers.get(id) !== peer) return;
        for (const { to } of peer.routes.values()) this.#cut(peer, to);
        this.#wakeAt(peer, Infinity);
        this.#peers.delete(id);
      },
    };
  }

  #run(untilMs: number, isDone: () => boolean): void {
    let happened = 0;
    while (!isDone()) {
      const next = this.#timers.nextMs < this.#queue.nextMs ? this.#timers : this.#queue;
      if (next.nextMs > untilMs || next.nextMs === Infinity) return;
      happened = next.nextMs > this.#nowMs ? 0 : happened + 1;
      if (happened > EVENTS_PER_MOMENT_MAX) {
        throw new NetworkError("not_settled", "Cannot settle: the clock does not move");
      }
      this.#nowMs = Math.max(this.#nowMs, next.nextMs);
      next.take()?.();
    }
  }

  #send(from: Peer, to: MemberId, bytes: Uint8Array): boolean {
    const route = from.routes.get(to);
    if (route === undefined || bytes.length > SIMULATED_ENVELOPE_BYTES_MAX) return false;
    const sent = bytes.slice();
    const faults = this.#faults.between(from.id, to);
    const arrivalMs = this.#arrivalMs(route, faults, this.#chance);
    this.#count(from, "sent", from.id, to, sent.length);
    const isLost = this.#happens(faults.loss);
    this.#carry(from, route, sent, arrivalMs, isLost);
    if (!isLost && this.#happens(faults.duplicate)) {
      const copyMs = this.#arrivalMs(route, faults, this.#faultChance);
      this.#carry(from, route, sent.slice(), copyMs, false);
    }
    return true;
  }

  /** When an envelope arrives that is sent now. */
  #arrivalMs(route: Route, { latencyMs, reorder }: LinkFaults, chance: Sources): number {
    const { min, max } = latencyMs;
    const soonestMs = this.#nowMs + Math.round(min + chance.random() * (max - min));
    const inOrderMs = Math.max(route.arrivalMs, soonestMs);
    route.arrivalMs = inOrderMs; // nothing that is in order overtakes one that is not
    return this.#happens(reorder) ? soonestMs : inOrderMs;
  }

  #carry(from: Peer, route: Route, bytes: Uint8Array, atMs: number, isLost: boolean): void {
    const { to } = route;
    this.#queue.push(atMs, () => {
      // A link that went down and up again in between is another route: what was on it is lost.
      const arrives = !isLost && from.routes.get(to.id) === route;
      this.#count(to, arrives ? "delivered" : "dropped", from.id, to.id, bytes.length);
      if (!arrives) return;
      // Ahead of the moment's wake, so that a peer can also crash before it has answered.
      if (this.#happens(this.#faults.between(from.id, to.id).crash)) this.#crash(to);
      to.receiver.onEnvelope(from.id, bytes);
    });
  }

  #crash(peer: Peer): void {
    this.#queue.push(this.#nowMs, () => {
      if (this.#peers.get(peer.id) === peer) this.#options.onCrash?.(peer.id);
    });
  }

  /** Draws chance only for what is possible, so that a world without faults is what it always was. */
  #happens(probability: number): boolean {
    return probability > 0 && this.#faultChance.random() < probability;
  }

  #wake(peer: Peer): void {
    if (peer.wakes) return;
    peer.wakes = true;
    this.#queue.push(this.#nowMs, () => {
      peer.wakes = false;
      if (this.#peers.get(peer.id) === peer) peer.receiver.onWake();
    });
  }

  #wakeAt(peer: Peer, timeMs: number): void {
    if (peer.timer?.atMs === timeMs) return;
    if (peer.timer !== undefined) this.#queue.cancel(peer.timer);
    peer.timer = timeMs === Infinity ? undefined : this.#queue.push(timeMs, () => {
      peer.timer = undefined;
      if (this.#peers.get(peer.id) === peer) peer.receiver.onTime();
    });
  }

  /** Makes the routes of a peer what its links and everybody's presence allow. */
  #reroute(id: MemberId): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    const near = new Set([...this.#linksOf(id), ...peer.routes.keys()]);
    for (const other of this.#peers.values()) {
      if (other === peer || !near.has(other.id)) continue;
      const reaches = this.#reaches(id, other.id);
      if (reaches === peer.routes.has(other.id)) continue;
      if (reaches) this.#join(peer, other);
      else this.#cut(peer, other);
    }
  }

  #reaches(left: MemberId, right: MemberId): boolean {
    const [mine, theirs] = [this.#groups.get(left), this.#groups.get(right)];
    const together = mine === undefined || theirs === undefined || mine === theirs;
    return together && this.#linksOf(left).has(right) && this.isOnline(left) &&
      this.isOnline(right);
  }

  #join(left: Peer, right: Peer): void {
    for (const [from, to] of [[left, right], [right, left]] as const) {
      const route = { to, arrivalMs: this.#nowMs };
      from.routes.set(to.id, route);
      this.#queue.push(this.#nowMs, () => {
        if (from.routes.get(to.id) === route) from.receiver.onReachable(to.id);
      });
    }
  }

  #cut(left: Peer, right: Peer): void {
    for (const [from, to] of [[left, right], [right, left]] as const) {
      from.routes.delete(to.id);
      this.#queue.push(this.#nowMs, () => from.receiver.onUnreachable(to.id));
    }
  }

  #count(peer: Peer, type: Traffic["type"], from: MemberId, to: MemberId, bytes: number): void {
    const stats = this.#statsOf(peer.id);
    if (type === "sent") {
      stats.envelopes++;
      stats.bytes += bytes;
    } else stats[type]++;
    this.#options.onTraffic?.({ type, atMs: this.elapsedMs, from, to, bytes });
  }

  #statsOf(peer: MemberId): { -readonly [Key in keyof TrafficStats]: number } {
    const stats = this.#stats.get(peer) ?? { envelopes: 0, bytes: 0, delivered: 0, dropped: 0 };
    this.#stats.set(peer, stats);
    return stats;
  }

  #linksOf(peer: MemberId): Set<MemberId> {
    const links = this.#links.get(peer) ?? new Set();
    this.#links.set(peer, links);
    return links;
  }
}

function selfLink(peer: MemberId): NetworkError {
  return new NetworkError("invalid_operation", `Invalid operation: "${peer}" linked to itself`);
}
