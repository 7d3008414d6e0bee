/**
 * Requests on their way to peers, and when they count as lost.
 */
import type { MemberId } from "../sync/mod.ts";
import { BLOB_WINDOW_CHUNKS } from "./_blob_messages.ts";
import type { Holder, Request, Want } from "./_blob_want.ts";

/** How long a peer may say nothing before a request counts as lost, in milliseconds. */
export const BLOB_RETRY_MS_MIN: number = 10_000;
/** The longest such time; each is twice as long as the one before, up to this. */
export const BLOB_RETRY_MS_MAX: number = 5 * 60_000;
/** How long a request waits while its peer answers others, in milliseconds. */
export const BLOB_REQUEST_MS_MAX: number = 60_000;
/** How often in a row a peer may not answer before nothing more is hoped of it. */
export const BLOB_RETRIES_MAX: number = 8;

/** A peer that can be reached. */
interface Link {
  readonly open: Map<string, Request>;
  /** When it last said something of use. */
  heardMs: number;
  /** How often in a row it did not. */
  timeouts: number;
  /** Requests that may be open: few after a loss, more with each answer. */
  window: number;
}

/** The peers that can be reached, and what each was asked. */
export class Links {
  readonly #links: Map<MemberId, Link> = new Map();
  /** Requests that count as lost. */
  retries = 0;

  has(peer: MemberId): boolean {
    return this.#links.has(peer);
  }

  /** When the next request counts as lost; `Infinity` if none is open. */
  get nextMs(): number {
    let next = Infinity;
    for (const link of this.#links.values()) {
      for (const request of link.open.values()) next = Math.min(next, lostAtMs(link, request));
    }
    return next;
  }

  /** A peer can be reached; if it could before, it gets another chance. */
  connect(peer: MemberId, nowMs: number): void {
    const open = this.#links.get(peer)?.open ?? new Map<string, Request>();
    this.#links.set(peer, { open, heardMs: nowMs, timeouts: 0, window: BLOB_WINDOW_CHUNKS });
  }

  /** A peer cannot be reached: what it was asked counts as lost. */
  disconnect(peer: MemberId): void {
    for (const request of this.#links.get(peer)?.open.values() ?? []) this.#lose(peer, request);
    this.#links.delete(peer);
  }

  /** How many more requests a peer may be sent. */
  room(peer: MemberId): number {
    const link = this.#links.get(peer);
    return link === undefined ? 0 : Math.max(0, link.window - link.open.size);
  }

  /** How often in a row a peer has not answered; `undefined` if it cannot be reached. */
  timeouts(peer: MemberId): number | undefined {
    return this.#links.get(peer)?.timeouts;
  }

  /** Begins anew to count how often a peer has not answered. */
  forgive(peer: MemberId): void {
    const link = this.#links.get(peer);
    if (link !== undefined) link.timeouts = 0;
  }

  /** What a peer was asked about a blob. */
  requests(peer: MemberId, want?: Want): Request[] {
    const open = [...this.#links.get(peer)?.open.values() ?? []];
    return want === undefined ? open : open.filter((request) => request.want === want);
  }

  /** A request is handed over. */
  open(peer: MemberId, request: Request): void {
    this.#links.get(peer)!.open.set(keyOf(request), request);
    request.want.open.add(request.key);
  }

  /** A request is answered, or its answer does not matter any more. */
  close(peer: MemberId, request: Request): void {
    this.#links.get(peer)?.open.delete(keyOf(request));
    request.want.open.delete(request.key);
  }

  /** A peer has said something of use. */
  heard(peer: MemberId, nowMs: number): void {
    const link = this.#links.get(peer);
    if (link === undefined) return;
    link.heardMs = nowMs;
    link.timeouts = 0;
    link.window = Math.min(BLOB_WINDOW_CHUNKS, link.window + 1);
  }

  /** Takes the requests that have become lost, by peer; from now on each waits longer for its answer. */
  takeLost(nowMs: number): [MemberId, Set<Holder>][] {
    const lost: [MemberId, Set<Holder>][] = [];
    for (const [peer, link] of this.#links) {
      turnBack(link, nowMs);
      const overdue = [...link.open.values()].filter((one) => lostAtMs(link, one) <= nowMs);
      if (overdue.length === 0) continue;
      link.timeouts++;
      link.window = 1;
      for (const request of overdue) this.#lose(peer, request);
      lost.push([peer, new Set(overdue.map(({ holder }) => holder))]);
    }
    return lost;
  }

  #lose(peer: MemberId, request: Request): void {
    this.close(peer, request);
    request.holder.late.add(request.key);
    this.retries++;
  }
}

function lostAtMs({ heardMs, timeouts }: Link, { atMs }: Request): number {
  const waitMs = Math.min(BLOB_RETRY_MS_MAX, BLOB_RETRY_MS_MIN * 2 ** timeouts);
  const silentMs = Math.max(atMs, heardMs) + waitMs;
  return Math.min(silentMs, atMs + Math.max(waitMs, BLOB_REQUEST_MS_MAX));
}

/** A clock that went back must not make what is open wait for as long. */
function turnBack(link: Link, nowMs: number): void {
  link.heardMs = Math.min(link.heardMs, nowMs);
  for (const request of link.open.values()) request.atMs = Math.min(request.atMs, nowMs);
}

function keyOf({ want, key }: Request): string {
  return `${want.blobId}/${key}`;
}
