/**
 * What a peer needs of whatever carries its envelopes. Transports live above; this layer only says
 * what they must do.
 *
 * @module
 */
import type { MemberId } from "./ids.ts";

/** Carries bytes between peers. */
export interface Transport {
  /**
   * Attaches a peer; from then on it can be reached.
   *
   * @param self Who attaches.
   * @param receiver Told of what happens; never while one of its own calls is running.
   */
  attach(self: MemberId, receiver: Receiver): Connection;
}

/** What a transport tells a peer. */
export interface Receiver {
  /** Bytes have arrived. They are not to be trusted; who sent them is. */
  onEnvelope(from: MemberId, bytes: Uint8Array): void;
  /** A peer can be reached from now on. */
  onReachable(peer: MemberId): void;
  /** A peer can no longer be reached; what was on its way to it may be lost. */
  onUnreachable(peer: MemberId): void;
  /** The moment that {@linkcode Connection.wake} asked for has come. */
  onWake(): void;
  /** The time that {@linkcode Connection.wakeAt} asked for has come. */
  onTime(): void;
}

/** A peer's hold on a transport; disposing it detaches the peer. */
export interface Connection extends Disposable {
  /** Everybody who can be reached now, by id. */
  reachable(): readonly MemberId[];
  /**
   * Hands over bytes for one peer.
   *
   * @returns `false` if that peer cannot be reached; then nothing was sent.
   */
  send(to: MemberId, bytes: Uint8Array): boolean;
  /** Asks for one {@linkcode Receiver.onTime} at a time, in place of an earlier one; never, for `Infinity`. */
  wakeAt(timeMs: number): void;
  /** Asks for one {@linkcode Receiver.onWake} at the end of this moment, however often asked. */
  wake(): void;
}
