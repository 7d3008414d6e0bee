/**
 * Keeps a peer's artifacts in sync with everybody who may have them.
 *
 * Sans-IO: what happened goes in (a local change, an envelope, a peer that can be reached), what is
 * to be sent comes out. Each payload is prepared when it is handed over, from what the peer has
 * acknowledged, so whatever happened while it was away is one payload per document. One payload per
 * document and peer is on its way at a time; its receipt says what is still lacking.
 *
 * @module
 */
import {
  applyPayload,
  ArtifactDocument,
  decodeEnvelope,
  ENVELOPE_PARTS_MAX,
  HeadTracker,
  isLive,
  preparePayload,
  sameHeads,
  SyncError,
} from "../sync/mod.ts";
import type {
  ApplyOutcome,
  ArtifactId,
  ArtifactSyncPayload,
  Envelope,
  Heads,
  MemberId,
  Receipt,
  Writer,
} from "../sync/mod.ts";

/** Something that happened to what a peer sent. */
export type SyncEvent =
  | {
    readonly type: "applied" | "already_had" | "waiting";
    readonly artifactId: ArtifactId;
    readonly from: MemberId;
    /** Changes that were new, or that must come first. */
    readonly changes: number;
  }
  | {
    readonly type: "refused";
    readonly artifactId: ArtifactId | undefined;
    readonly from: MemberId;
    /** Why: a `SyncError`'s code, or that the sender has no access. */
    readonly code: string;
    readonly message: string;
  }
  | {
    /** A receipt shows no progress; nothing more is sent until something changes. */
    readonly type: "stalled";
    readonly artifactId: ArtifactId;
    readonly from: MemberId;
  };

/** What the registry has counted since it began. */
export interface SyncStats {
  /** Payloads that arrived, by who sent them. */
  readonly payloadsFrom: ReadonlyMap<MemberId, number>;
  /** Receipts that arrived. */
  readonly receipts: number;
  /** Payloads that arrived and held nothing new. */
  readonly duplicates: number;
  /** Payloads prepared for peers of whom nothing was known. */
  readonly fullSyncs: number;
  /** Documents that wait for a peer, counted once per peer. */
  readonly waiting: number;
}

/** What {@linkcode ArtifactSyncRegistry} needs. */
export interface ArtifactSyncOptions extends Writer {
  /** Whose registry this is. */
  readonly self: MemberId;
  /** Told of what happened to arriving payloads. */
  readonly onEvent?: (event: SyncEvent) => void;
}

/** What is going on with one peer. */
interface Exchange {
  /** Documents of which the peer lacks something. */
  readonly due: Set<ArtifactId>;
  /** Documents whose payload is on its way, with the heads that it was computed from. */
  readonly onTheWay: Map<ArtifactId, Heads>;
  /** Documents of which the peer waits for a receipt. */
  readonly receiptsDue: Set<ArtifactId>;
}

/** The documents of one peer, and what goes between it and the others about them. */
export class ArtifactSyncRegistry implements Disposable {
  readonly #options: ArtifactSyncOptions;
  readonly #documents: Map<ArtifactId, ArtifactDocument> = new Map();
  readonly #tracker: HeadTracker = new HeadTracker();
  readonly #exchanges: Map<MemberId, Exchange> = new Map();
  readonly #payloadsFrom: Map<MemberId, number> = new Map();
  #receipts = 0;
  #duplicates = 0;
  #fullSyncs = 0;

  /** An empty registry. */
  constructor(options: ArtifactSyncOptions) {
    this.#options = options;
  }

  /** The documents that are here, by id. */
  get documents(): ReadonlyMap<ArtifactId, ArtifactDocument> {
    return this.#documents;
  }

  /** What a peer has acknowledged of an artifact; `[]` if nothing is known. */
  knownHeads(artifactId: ArtifactId, peer: MemberId): Heads {
    return this.#tracker.get(artifactId, peer);
  }

  /** Counts since the beginning. */
  stats(): SyncStats {
    const waiting = [...this.#exchanges.values()]
      .reduce((count, { due, onTheWay }) => count + due.union(new Set(onTheWay.keys())).size, 0);
    return {
      payloadsFrom: new Map(this.#payloadsFrom),
      receipts: this.#receipts,
      duplicates: this.#duplicates,
      fullSyncs: this.#fullSyncs,
      waiting,
    };
  }

  /** Takes over a document that was created here. */
  add(document: ArtifactDocument): void {
    this.#documents.set(document.artifactId, document);
    this.onLocalMutation(document.artifactId);
  }

  /** Everybody who may have an artifact now: its steward and whoever holds a live grant. */
  audience(artifactId: ArtifactId): ReadonlySet<MemberId> {
    const document = this.#documents.get(artifactId);
    return document === undefined ? new Set() : audienceOf(document, this.#options.nowMs());
  }

  /** A document was changed here: everybody else in its audience lacks something now. */
  onLocalMutation(artifactId: ArtifactId): void {
    for (const peer of this.audience(artifactId)) {
      if (peer !== this.#options.self) this.#exchange(peer).due.add(artifactId);
    }
  }

  /** A member's grant has ended: forget what it has, send it nothing more. */
  onRevoked(artifactId: ArtifactId, peer: MemberId): void {
    this.#tracker.remove(artifactId, peer);
    const { due, onTheWay, receiptsDue } = this.#exchange(peer);
    for (const one of [due, onTheWay, receiptsDue]) one.delete(artifactId);
  }

  /** A peer can be reached: whatever it is not known to hold is due to it. */
  onReachable(peer: MemberId): void {
    for (const [artifactId, document] of this.#documents) {
      if (!this.audience(artifactId).has(peer)) continue;
      if (sameHeads(this.#tracker.get(artifactId, peer), document.getHeads())) continue;
      this.#exchange(peer).due.add(artifactId);
    }
  }

  /** A peer can no longer be reached: what was on its way to it has to be sent again. */
  onUnreachable(peer: MemberId): void {
    const { due, onTheWay } = this.#exchange(peer);
    for (const artifactId of onTheWay.keys()) due.add(artifactId);
    onTheWay.clear();
  }

  /** What is to be sent to a peer now; `undefined` if nothing is. Ask until it is. */
  takeEnvelope(peer: MemberId): Envelope | undefined {
    const { due, onTheWay, receiptsDue } = this.#exchange(peer);
    const payloads: ArtifactSyncPayload[] = [];
    for (const artifactId of due) {
      if (payloads.length === ENVELOPE_PARTS_MAX) break;
      if (onTheWay.has(artifactId)) continue;
      due.delete(artifactId);
      const payload = this.#prepare(artifactId, peer);
      if (payload === undefined) continue;
      onTheWay.set(artifactId, this.#tracker.get(artifactId, peer));
      payloads.push(payload);
    }
    const receipts: Receipt[] = [...receiptsDue].slice(0, ENVELOPE_PARTS_MAX).map((artifactId) => {
      receiptsDue.delete(artifactId);
      return { artifactId, heads: this.#documents.get(artifactId)?.getHeads() ?? [] };
    });
    return payloads.length + receipts.length === 0 ? undefined : { payloads, receipts };
  }

  /** An envelope has arrived. Nothing in it can make this throw: what is wrong becomes an event. */
  onEnvelope(from: MemberId, bytes: Uint8Array): void {
    const envelope = this.#guarded(from, undefined, () => decodeEnvelope(bytes));
    for (const payload of envelope?.payloads ?? []) {
      this.#guarded(from, payload.artifactId, () => this.#onPayload(from, payload));
    }
    for (const receipt of envelope?.receipts ?? []) this.#onReceipt(from, receipt);
  }

  /** Gives the memory of the documents back. */
  [Symbol.dispose](): void {
    for (const document of this.#documents.values()) document[Symbol.dispose]();
    this.#documents.clear();
  }

  #onPayload(from: MemberId, payload: ArtifactSyncPayload): void {
    const { artifactId } = payload;
    this.#payloadsFrom.set(from, (this.#payloadsFrom.get(from) ?? 0) + 1);
    const known = this.#documents.get(artifactId);
    if (known !== undefined && !this.audience(artifactId).has(from)) throw noAccess(from);
    const outcome = known === undefined
      ? this.#accept(from, payload)
      : applyPayload(known, this.#tracker, payload, from);
    if (outcome.type === "already_had") this.#duplicates++;
    this.#exchange(from).receiptsDue.add(artifactId);
    this.#tell({ type: outcome.type, artifactId, from, changes: countOf(outcome) });
  }

  /** An artifact that is new here is taken only if it says that sender and recipient may have it. */
  #accept(from: MemberId, payload: ArtifactSyncPayload): ApplyOutcome {
    const { artifactId } = payload;
    const document = ArtifactDocument.awaiting(artifactId, this.#options);
    let accepted = false;
    try {
      const outcome = applyPayload(document, this.#tracker, payload, from);
      if (outcome.type !== "applied") return outcome;
      const audience = audienceOf(document, this.#options.nowMs());
      if (!audience.has(from) || !audience.has(this.#options.self)) throw noAccess(from);
      this.#documents.set(artifactId, document);
      accepted = true;
      return outcome;
    } finally {
      if (!accepted) {
        this.#tracker.removeArtifact(artifactId);
        document[Symbol.dispose]();
      }
    }
  }

  #onReceipt(from: MemberId, { artifactId, heads }: Receipt): void {
    this.#receipts++;
    const document = this.#documents.get(artifactId);
    if (document === undefined || !this.audience(artifactId).has(from)) return;
    const { due, onTheWay } = this.#exchange(from);
    const base = onTheWay.get(artifactId);
    onTheWay.delete(artifactId);
    this.#tracker.update(artifactId, from, heads);
    if (sameHeads(heads, document.getHeads())) return;
    if (base !== undefined && sameHeads(base, heads)) {
      this.#tell({ type: "stalled", artifactId, from });
    } else {
      due.add(artifactId);
    }
  }

  #prepare(artifactId: ArtifactId, peer: MemberId): ArtifactSyncPayload | undefined {
    const document = this.#documents.get(artifactId);
    if (document === undefined || !this.audience(artifactId).has(peer)) return undefined;
    const payload = preparePayload(document, this.#tracker, peer);
    if (payload.changes.length === 0) return undefined;
    if (this.#tracker.get(artifactId, peer).length === 0) this.#fullSyncs++;
    return payload;
  }

  #exchange(peer: MemberId): Exchange {
    const exchange = this.#exchanges.get(peer) ??
      { due: new Set(), onTheWay: new Map(), receiptsDue: new Set() };
    this.#exchanges.set(peer, exchange);
    return exchange;
  }

  #guarded<T>(from: MemberId, artifactId: ArtifactId | undefined, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      const { code, message } = error;
      this.#tell({ type: "refused", artifactId, from, code, message });
      return undefined;
    }
  }

  #tell(event: SyncEvent): void {
    this.#options.onEvent?.(event);
  }
}

function audienceOf(document: ArtifactDocument, nowMs: number): ReadonlySet<MemberId> {
  const granted = document.grants().filter((grant) => isLive(grant, nowMs));
  return new Set([document.steward(), ...granted.map(({ grantee }) => grantee)]);
}

function countOf(outcome: ApplyOutcome): number {
  if (outcome.type === "applied") return outcome.changes.length;
  return outcome.type === "waiting" ? outcome.missing.length : 0;
}

function noAccess(from: MemberId): SyncError {
  return new SyncError("no_access", `Cannot apply payload: "${from}" has no access`);
}
