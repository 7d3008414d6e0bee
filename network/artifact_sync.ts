/**
 * Keeps a peer's artifacts in sync with everybody who may have them.
 *
 * Sans-IO: what happened goes in (a local change, an envelope, a peer that can be reached), what is
 * to be sent comes out. Each payload is prepared when it is handed over, from what the peer has
 * acknowledged, so whatever happened while it was away is one payload per document. One payload per
 * document and peer is on its way at a time; its receipt says what is still lacking.
 *
 * Delivery is direct: a change goes from its author to each member, or through another member when
 * that one next meets the recipient.
 *
 * @module
 */
import {
  applyPayload,
  ArtifactDocument,
  decodeEnvelope,
  decodePayload,
  decodeReceipt,
  ENVELOPE_PARTS_MAX,
  HeadTracker,
  parseHeads,
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
import { audienceOf, compareAudiences } from "./_audience.ts";
import type { Audience } from "./_audience.ts";
import { Exchange } from "./_exchange.ts";
import type { SyncEvent, SyncStats } from "./sync_event.ts";

/** Bytes of payloads in one envelope, unless a single payload is larger. */
export const ENVELOPE_PAYLOAD_BYTES: number = 8 * 1024 * 1024;
/** Events that wait to be taken; the ones after are dropped and counted. */
export const SYNC_EVENTS_MAX: number = 10_000;

/** What {@linkcode ArtifactSyncRegistry} needs. */
export interface ArtifactSyncOptions extends Writer {
  /** Whose registry this is. */
  readonly self: MemberId;
}

/** The documents of one peer, and what goes between it and the others about them. */
export class ArtifactSyncRegistry implements Disposable {
  readonly #options: ArtifactSyncOptions;
  readonly #documents: Map<ArtifactId, ArtifactDocument> = new Map();
  readonly #audiences: Map<ArtifactId, Audience> = new Map();
  readonly #tracker: HeadTracker = new HeadTracker();
  readonly #exchanges: Map<MemberId, Exchange> = new Map();
  readonly #counts = {
    payloadsFrom: new Map<MemberId, number>(),
    receipts: 0,
    duplicates: 0,
    fullSyncs: 0,
  };
  readonly #events: SyncEvent[] = [];
  #eventsDropped = 0;

  /** An empty registry. */
  constructor(options: ArtifactSyncOptions) {
    this.#options = options;
  }

  /** The documents that are here, by id. */
  get documents(): ReadonlyMap<ArtifactId, ArtifactDocument> {
    return this.#documents;
  }

  /** How many events there was no room for. */
  get eventsDropped(): number {
    return this.#eventsDropped;
  }

  /** What a peer has acknowledged of an artifact; `[]` if nothing is known. */
  knownHeads(artifactId: ArtifactId, peer: MemberId): Heads {
    return this.#tracker.get(artifactId, peer);
  }

  /** Counts since the beginning. */
  stats(): SyncStats {
    const waiting = [...this.#exchanges.values()].reduce((sum, one) => sum + one.waiting, 0);
    return { ...this.#counts, payloadsFrom: new Map(this.#counts.payloadsFrom), waiting };
  }

  /** Takes what has happened since it was last asked, in order. */
  takeEvents(): SyncEvent[] {
    return this.#events.splice(0);
  }

  /** Everybody who may have an artifact now; nobody if it is not here. */
  audience(artifactId: ArtifactId): ReadonlySet<MemberId> {
    return new Set(this.#audience(artifactId).keys());
  }

  /**
   * Takes over a document that was created here.
   *
   * @throws {TypeError} if it is here already.
   */
  add(document: ArtifactDocument): void {
    if (this.#documents.has(document.artifactId)) {
      throw new TypeError(`Cannot add artifact "${document.artifactId}": it is here already`);
    }
    this.#documents.set(document.artifactId, document);
    this.onLocalMutation(document.artifactId);
  }

  /** A document was changed here: everybody else in its audience lacks something now. */
  onLocalMutation(artifactId: ArtifactId): void {
    this.#reconcile(artifactId, "here");
    for (const peer of this.#others(artifactId)) this.#exchange(peer).due.add(artifactId);
  }

  /** A peer can be reached: whatever it is not known to hold is due to it. */
  onReachable(peer: MemberId): void {
    for (const [artifactId, document] of this.#documents) {
      if (this.#audience(artifactId).has(peer)) this.#meet(peer, document);
    }
  }

  /** A peer can no longer be reached: what was on its way to it has to be sent again. */
  onUnreachable(peer: MemberId): void {
    this.#exchange(peer).cut();
  }

  /** What is to be sent to a peer now; `undefined` if nothing is. Ask until nothing is. */
  takeEnvelope(peer: MemberId): Envelope | undefined {
    const exchange = this.#exchange(peer);
    const payloads: ArtifactSyncPayload[] = [];
    let bytes = 0;
    for (const artifactId of exchange.due) {
      if (exchange.onTheWay.has(artifactId)) continue;
      if (payloads.length === ENVELOPE_PARTS_MAX || bytes >= ENVELOPE_PAYLOAD_BYTES) break;
      exchange.due.delete(artifactId);
      const payload = this.#prepare(artifactId, peer);
      if (payload === undefined) continue;
      const { senderHeads } = payload;
      exchange.onTheWay.set(artifactId, { base: this.#tracker.get(artifactId, peer), senderHeads });
      exchange.told.set(artifactId, senderHeads);
      payloads.push(payload);
      bytes += payload.changes.length;
    }
    const receipts = exchange.takeReceipts().map(([artifactId, answers]): Receipt => {
      const mayHave = this.#audience(artifactId).has(peer);
      const heads = mayHave ? this.#documents.get(artifactId)!.getHeads() : [];
      if (mayHave) exchange.told.set(artifactId, heads);
      return { artifactId, heads, answers };
    });
    return payloads.length + receipts.length === 0 ? undefined : { payloads, receipts };
  }

  /** An envelope that was taken could not be handed over. */
  returnEnvelope(peer: MemberId, envelope: Envelope): void {
    this.#exchange(peer).giveBack(envelope);
  }

  /**
   * An envelope has arrived. Nothing in it can make this throw: what is wrong becomes an event, and
   * the parts beside it are taken all the same.
   */
  onEnvelope(from: MemberId, bytes: Uint8Array): void {
    const parts = this.#guarded(from, undefined, () => decodeEnvelope(bytes));
    for (const part of parts?.payloads ?? []) {
      const payload = this.#guarded(from, undefined, () => decodePayload(part));
      if (payload === undefined) continue;
      // Also one that is refused is answered, or its sender would wait for ever.
      this.#exchange(from).receiptsDue.set(payload.artifactId, payload.senderHeads);
      this.#guarded(from, payload.artifactId, () => this.#onPayload(from, payload));
    }
    for (const part of parts?.receipts ?? []) {
      const receipt = this.#guarded(from, undefined, () => decodeReceipt(part));
      if (receipt !== undefined) this.#onReceipt(from, receipt);
    }
  }

  /** Gives the memory of the documents back. */
  [Symbol.dispose](): void {
    for (const document of this.#documents.values()) document[Symbol.dispose]();
    this.#documents.clear();
  }

  #onPayload(from: MemberId, payload: ArtifactSyncPayload): void {
    const { artifactId } = payload;
    const { payloadsFrom } = this.#counts;
    payloadsFrom.set(from, (payloadsFrom.get(from) ?? 0) + 1);
    const known = this.#documents.get(artifactId);
    if (known !== undefined && !this.#audience(artifactId).has(from)) throw noAccess(from);
    const outcome = known === undefined
      ? this.#accept(from, payload)
      : applyPayload(known, this.#tracker, payload, from);
    if (outcome.type === "already_had") this.#counts.duplicates++;
    if (outcome.type === "applied") this.#reconcile(artifactId, "elsewhere");
    this.#note({ type: outcome.type, artifactId, from, changes: countOf(outcome) });
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
      this.#audiences.set(artifactId, audience);
      accepted = true;
      return outcome;
    } finally {
      if (!accepted) {
        this.#tracker.removeArtifact(artifactId);
        document[Symbol.dispose]();
      }
    }
  }

  #onReceipt(from: MemberId, { artifactId, heads, answers }: Receipt): void {
    this.#counts.receipts++;
    const exchange = this.#exchange(from);
    const sent = exchange.onTheWay.get(artifactId);
    const isAnswer = sent !== undefined && sameHeads(sent.senderHeads, answers);
    if (isAnswer) exchange.onTheWay.delete(artifactId);
    const document = this.#documents.get(artifactId);
    if (document === undefined) {
      // It was let in by somebody and expects us to be: it learns that nothing is here.
      if (heads.length > 0) exchange.receiptsDue.set(artifactId, []);
      return;
    }
    this.#reconcile(artifactId, "elsewhere");
    if (!this.#audience(artifactId).has(from)) return;
    const lacking = !document.hasHeads(heads);
    // Heads that are not here yet say nothing about ours: what is known of the peer still holds.
    const before = isAnswer ? answers : this.#tracker.get(artifactId, from);
    const known = lacking ? parseHeads([...before, ...heads]) : heads;
    this.#tracker.update(artifactId, from, known);
    const own = document.getHeads();
    // An answer is not answered again, so two that lack something of each other do not go on for ever.
    const isNews = answers.length === 0 && (lacking || sameHeads(known, own));
    if (isNews) exchange.receiptsDue.set(artifactId, heads);
    if (sameHeads(known, own) || (sent !== undefined && !isAnswer)) return;
    if (!isAnswer || !sameHeads(sent.base, known)) exchange.due.add(artifactId);
    else this.#note({ type: "stalled", artifactId, from });
  }

  #prepare(artifactId: ArtifactId, peer: MemberId): ArtifactSyncPayload | undefined {
    const document = this.#documents.get(artifactId);
    if (document === undefined || !this.#audience(artifactId).has(peer)) return undefined;
    try {
      const payload = preparePayload(document, this.#tracker, peer);
      if (payload.changes.length === 0) return undefined;
      if (this.#tracker.get(artifactId, peer).length === 0) this.#counts.fullSyncs++;
      return payload;
    } catch (error) {
      // Automerge panics on documents that it should never have taken; others must not suffer.
      const message = error instanceof Error ? error.message : String(error);
      this.#note({ type: "unsendable", artifactId, to: peer, message });
      return undefined;
    }
  }

  /**
   * Acts on who came into the audience and who left it. Where a grant was given here, the whole
   * artifact is due; where it was given elsewhere, the member hears which heads are here, and what
   * it lacks of them is due once it answers.
   */
  #reconcile(artifactId: ArtifactId, given: "here" | "elsewhere"): void {
    const document = this.#documents.get(artifactId);
    if (document === undefined) return;
    const now = this.#audience(artifactId);
    const before = this.#audiences.get(artifactId) ?? now;
    this.#audiences.set(artifactId, now);
    const { entered, left } = compareAudiences(before, now);
    for (const peer of left) {
      this.#tracker.remove(artifactId, peer);
      this.#exchange(peer).forget(artifactId);
    }
    const others = this.#others(artifactId);
    const isAnew = entered.includes(this.#options.self);
    for (const peer of others.filter((other) => isAnew || entered.includes(other))) {
      // Before, it may have refused what it was sent.
      this.#exchange(peer).forget(artifactId);
      if (given === "here") this.#exchange(peer).due.add(artifactId);
      else this.#meet(peer, document);
    }
    // What somebody wrote before it left reaches the others only through those who hold it.
    if (left.length > 0) { for (const peer of others) this.#meet(peer, document); }
  }

  /** What a peer lacks is due; one of which nothing is known is told first which heads are here. */
  #meet(peer: MemberId, document: ArtifactDocument): void {
    const known = this.#tracker.get(document.artifactId, peer);
    if (known.length === 0) this.#exchange(peer).tell(document.artifactId, document.getHeads());
    else if (!sameHeads(known, document.getHeads())) {
      this.#exchange(peer).due.add(document.artifactId);
    }
  }

  #audience(artifactId: ArtifactId): Audience {
    const document = this.#documents.get(artifactId);
    return document === undefined ? new Map() : audienceOf(document, this.#options.nowMs());
  }

  #others(artifactId: ArtifactId): MemberId[] {
    return [...this.#audience(artifactId).keys()].filter((peer) => peer !== this.#options.self);
  }

  #exchange(peer: MemberId): Exchange {
    const exchange = this.#exchanges.get(peer) ?? new Exchange();
    this.#exchanges.set(peer, exchange);
    return exchange;
  }

  #guarded<T>(from: MemberId, artifactId: ArtifactId | undefined, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      const { code, message } = error;
      this.#note({ type: "refused", artifactId, from, code, message });
      return undefined;
    }
  }

  #note(event: SyncEvent): void {
    if (this.#events.length < SYNC_EVENTS_MAX) this.#events.push(event);
    else this.#eventsDropped++;
  }
}

function countOf(outcome: ApplyOutcome): number {
  if (outcome.type === "applied") return outcome.changes.length;
  return outcome.type === "waiting" ? outcome.missing.length : 0;
}

function noAccess(from: MemberId): SyncError {
  return new SyncError("no_access", `Cannot apply payload: "${from}" has no access`);
}
