/**
 * The sync engine: what happened goes in (a local change, an envelope, a peer that can be reached,
 * the time), what is to be sent and what is to be known comes out.
 *
 * Synchronous and sans-IO: nothing in it awaits, reads a clock or draws chance that was not given.
 * Envelopes are sealed to their recipient. Each payload is prepared when it is handed over, from what
 * the peer has acknowledged, so whatever happened while it was away is one payload per document. One
 * payload per document and peer is on its way at a time; its receipt says what is still lacking, and
 * without one it is sent again.
 *
 * Delivery is direct: a change goes from its author to each member, or through another member when
 * that one next meets the recipient.
 *
 * @module
 */
import { Courier } from "./_courier.ts";
import { Changed, EngineStore } from "./_engine_store.ts";
import { HeldDocuments } from "./_held_documents.ts";
import { Mailboxes } from "./_mailboxes.ts";
import { PairSet } from "./_pair_set.ts";
import { SyncLog } from "./_sync_log.ts";
import { ArtifactDocument } from "./artifact_document.ts";
import { checkAuthorship } from "./authorship.ts";
import type { EngineOptions } from "./engine_options.ts";
import { SyncError } from "./errors.ts";
import type { HeadTracker } from "./head_tracker.ts";
import type { ApplyOutcome, Writer } from "./history.ts";
import { actorOf, parseHeads, sameHeads } from "./ids.ts";
import type { ArtifactId, DocumentId, Heads, MemberId } from "./ids.ts";
import { MemoryStore } from "./memory_store.ts";
import { decodePayload } from "./payload.ts";
import type { ArtifactSyncPayload, Receipt } from "./payload.ts";
import type { SyncedDocument } from "./synced_document.ts";
import type { SyncEvent, SyncStats } from "./sync_event.ts";
import type { Voucher } from "./voucher.ts";

export { SYNC_EVENTS_MAX } from "./_sync_log.ts";
/** Documents that one peer may bring that others are stewards of. */
export const DOCUMENTS_PER_PEER_MAX: number = 10_000;

/** Peers that are asked again, by document, once somebody was let in; more wait until they meet. */
export const TOO_EARLY_MAX: number = 10_000;

/** The documents of one peer, and what goes between it and the others about them. */
export class Engine implements Disposable {
  readonly #options: EngineOptions;
  readonly #writer: Writer;
  readonly #held: HeldDocuments;
  readonly #tracker: HeadTracker;
  readonly #mailboxes: Mailboxes = new Mailboxes();
  /** Who has sent what nobody may write. */
  readonly #quarantined: PairSet = new PairSet();
  /** Who has brought what somebody had no access to, as far as this peer knew. */
  readonly #tooEarly: PairSet = new PairSet(TOO_EARLY_MAX);
  /** How many documents a peer has brought. */
  readonly #brought: Map<MemberId, number> = new Map();
  readonly #courier: Courier;
  readonly #log: SyncLog = new SyncLog();
  readonly #store: EngineStore;
  #changed: Changed = new Changed();

  /**
   * An engine with what its store holds: a new session of this peer.
   *
   * @throws {SyncError} `bad_changes` and the like if the store does not hold what was put there.
   */
  constructor(options: EngineOptions) {
    const { keys, sources, store = new MemoryStore() } = options;
    this.#options = options;
    this.#held = new HeldDocuments(options);
    this.#store = new EngineStore(store, keys.memberId, this.#held.rules);
    const session = this.#store.openSession(sources);
    this.#writer = { actor: actorOf(keys.memberId, session), nowMs: sources.nowMs };
    this.#tracker = this.#store.readTracker();
    for (const document of this.#store.readDocuments(this.#writer)) this.#held.add(document);
    for (const artifactId of this.#held.all.keys()) this.#held.news(artifactId);
    for (const [artifactId, peer] of this.#store.readQuarantined()) {
      this.#quarantined.add(artifactId, peer);
    }
    const { riders } = options;
    const number = this.#store.readNumberCeiling();
    this.#courier = new Courier({ keys, sources, riders, number }, this.#tracker, {
      tell: (event) => this.#log.note(event),
      reserve: (ceiling) => this.#changed.numberCeiling = ceiling,
    });
    for (const [artifactId, voucher] of this.#store.readVouchers()) {
      this.#courier.keepVouchers(artifactId, [voucher]);
    }
  }

  /** Who writes what is created here. */
  get writer(): Writer {
    return this.#writer;
  }

  /** The artifacts' documents that are here, by id. */
  get documents(): ReadonlyMap<ArtifactId, ArtifactDocument> {
    return this.#held.artifacts;
  }

  /** Every document that is here, by id. */
  get allDocuments(): ReadonlyMap<DocumentId, SyncedDocument> {
    return this.#held.all;
  }

  /** How many events there was no room for. */
  get eventsDropped(): number {
    return this.#log.dropped;
  }

  /** When {@linkcode onTime} is to be called next; `Infinity` if nothing waits for the time. */
  get nextMs(): number {
    return this.#mailboxes.nextMs;
  }

  /** What a peer has acknowledged of an artifact; `[]` if nothing is known. */
  knownHeads(artifactId: DocumentId, peer: MemberId): Heads {
    return this.#tracker.get(artifactId, peer);
  }

  /** Whether nothing is taken from a peer for a document any more. */
  isQuarantined(artifactId: DocumentId, peer: MemberId): boolean {
    return this.#quarantined.has(artifactId, peer);
  }

  /** Counts since the beginning. */
  stats(): SyncStats {
    const { waiting } = this.#mailboxes;
    const { counts } = this.#log;
    const payloadsFrom = new Map(counts.payloadsFrom);
    return { ...counts, payloadsFrom, fullSyncs: this.#courier.fullSyncs, waiting };
  }

  /** Takes what has happened since it was last asked, in order. */
  takeEvents(): SyncEvent[] {
    return this.#log.take();
  }

  /** Everybody who may have a document now; nobody if it is not here. */
  audience(artifactId: DocumentId): ReadonlySet<MemberId> {
    const members = [...this.#held.audience(artifactId).keys()];
    return new Set(members.filter((member) => !this.#held.isRecalledFor(artifactId, member)));
  }

  /**
   * Takes over a document that was created here.
   *
   * @throws {TypeError} if it is here already.
   */
  add(document: SyncedDocument): void {
    if (this.#held.all.has(document.documentId)) {
      throw new TypeError(`Cannot add document "${document.documentId}": it is here already`);
    }
    this.#held.add(document);
    this.onLocalMutation(document.documentId);
  }

  /**
   * Takes over a document of which nothing is here yet but its id; what others hold is asked for.
   *
   * @throws {TypeError} if it is here already.
   */
  await(document: SyncedDocument): void {
    if (this.#held.all.has(document.documentId)) {
      throw new TypeError(`Cannot await document "${document.documentId}": it is here already`);
    }
    this.#held.add(document);
    this.#changed.documents.add(document);
    this.#held.news(document.documentId);
    for (const peer of this.#others(document.documentId)) this.#meet(peer, document);
    this.#keep();
  }

  /**
   * A document was changed here: everybody else in its audience lacks something now. When this
   * returns, the change is in the store.
   */
  onLocalMutation(artifactId: DocumentId): void {
    const document = this.#held.all.get(artifactId);
    if (document !== undefined) this.#changed.documents.add(document);
    this.#reconcile(artifactId, "here");
    for (const peer of this.#others(artifactId)) this.#mailboxes.of(peer).due.add(artifactId);
    this.#keep();
  }

  /**
   * Who may have a document has changed for another reason than a change of that document: whoever
   * came in is sent it, whoever left is not any more.
   *
   * @param given Where that was decided: what was decided here is sent at once.
   */
  reconcile(artifactId: DocumentId, given: "here" | "elsewhere"): void {
    this.#reconcile(artifactId, given);
    this.#keep();
  }

  /** Passes a document on to members of its audience of whom whoever changed it may not know. */
  passOn(artifactId: DocumentId, peers: Iterable<MemberId>): void {
    const document = this.#held.all.get(artifactId);
    if (document === undefined) return;
    for (const peer of peers) this.#meet(peer, document);
  }

  /** Lets go of a document: it was recalled here, and nobody needs it any more. */
  remove(artifactId: DocumentId): void {
    this.#drop(artifactId);
    this.#keep();
  }

  /** A peer can be reached: whatever it is not known to hold is due to it. */
  onReachable(peer: MemberId): void {
    for (const [artifactId, document] of this.#held.all) {
      if (this.#held.audience(artifactId).has(peer)) this.#meet(peer, document);
    }
  }

  /** A peer can no longer be reached: what was on its way to it has to be sent again. */
  onUnreachable(peer: MemberId): void {
    this.#mailboxes.of(peer).cut();
  }

  /** A peer has lost what it had: it is told of all that it may have, as if it had just come in. */
  onLost(peer: MemberId): void {
    for (const [artifactId, document] of this.#held.all) {
      if (!this.#held.audience(artifactId).has(peer)) continue;
      this.#know(artifactId, peer, []);
      this.#mailboxes.of(peer).forget(artifactId);
      this.#meet(peer, document);
    }
    this.#keep();
  }

  /** Time has passed: payloads whose receipt did not come are due again. */
  onTime(): void {
    const nowMs = this.#options.sources.nowMs();
    const isBlocked = (peer: MemberId) => this.#options.isBlocked?.(peer) ?? false;
    for (const { peer: from, again, givenUp } of this.#mailboxes.retry(nowMs, isBlocked)) {
      this.#log.counts.retries += again.length;
      for (const artifactId of givenUp) this.#log.note({ type: "stalled", artifactId, from });
    }
  }

  /** A sealed envelope for a peer; `undefined` if nothing is due. Ask until nothing is. */
  takeEnvelope(peer: MemberId): Uint8Array | undefined {
    const envelope = this.#courier.take(peer, this.#mailboxes.of(peer), (artifactId) => {
      const document = this.#held.all.get(artifactId);
      return document && this.#held.audience(artifactId).has(peer) ? document : undefined;
    });
    this.#keep();
    return envelope;
  }

  /** The envelope that was taken last for a peer could not be handed over. */
  returnEnvelope(peer: MemberId): void {
    this.#courier.giveBack(peer, this.#mailboxes.of(peer));
  }

  /**
   * An envelope has arrived. Nothing in it can make this throw: what is wrong becomes an event, and
   * the parts beside it are taken all the same.
   *
   * @param carrier Who handed it over, as far as the transport knows.
   */
  onEnvelope(carrier: MemberId, bytes: Uint8Array): void {
    const opened = this.#log.guarded(carrier, undefined, () => this.#courier.open(bytes));
    if (opened === undefined) return;
    const { from, number } = opened;
    if (this.#options.isBlocked?.(from)) return;
    this.#mailboxes.of(from).heard(this.#options.sources.nowMs());
    for (const body of opened.bodies) {
      const payload = this.#log.guarded(from, undefined, () => decodePayload(body, from));
      if (payload === undefined) continue;
      // Also one that is refused is answered, or its sender would wait for ever.
      this.#mailboxes.of(from).heardOf(payload.artifactId);
      this.#mailboxes.of(from).receiptsDue.set(payload.artifactId, payload.senderHeads);
      this.#log.guarded(from, payload.artifactId, () => this.#onPayload(from, number, payload));
    }
    for (const receipt of opened.receipts) this.#onReceipt(from, number, receipt);
    for (const message of opened.riders) this.#options.riders?.receive(from, message);
    this.#keep();
  }

  /** Gives the memory of the documents back. */
  [Symbol.dispose](): void {
    this.#held[Symbol.dispose]();
  }

  #onPayload(from: MemberId, number: number, payload: ArtifactSyncPayload): void {
    const { artifactId } = payload;
    this.#log.countPayload(from);
    if (this.isQuarantined(artifactId, from)) {
      throw new SyncError("quarantined", `Cannot apply payload: "${from}" is quarantined`);
    }
    const known = this.#held.all.get(artifactId);
    const before = this.#tracker.get(artifactId, from);
    const outcome = known === undefined
      ? this.#accept(from, payload)
      : this.#applyFrom(known, from, payload);
    // What a peer said later still holds, whatever arrives late.
    const isLate = !this.#courier.isLatest(from, artifactId, number);
    this.#know(artifactId, from, isLate ? before : this.#tracker.get(artifactId, from));
    if (outcome.type === "applied") this.#reconcile(artifactId, "elsewhere");
    if (this.#held.isRecalledFor(artifactId, this.#options.keys.memberId)) {
      this.#drop(artifactId);
      this.#log.note({ type: "recalled", artifactId, from });
      return;
    }
    // What it sends says what it holds, as the answer to our heads would have, were it not lost.
    if (before.length === 0 && known !== undefined) this.#meet(from, known);
    this.#log.noteOutcome(artifactId, from, outcome);
  }

  /** Applies what somebody brings to a document that is here. */
  #applyFrom(document: SyncedDocument, from: MemberId, payload: ArtifactSyncPayload): ApplyOutcome {
    const { artifactId } = payload;
    try {
      if (!this.#held.audience(artifactId).has(from)) throw noAccess(from);
      return this.#apply(document, from, payload);
    } catch (error) {
      if (error instanceof SyncError && error.code === "no_access") {
        this.#tooEarly.add(artifactId, from);
      }
      throw error;
    }
  }

  /** Applies what its authors vouch for and were allowed to write. */
  #apply(document: SyncedDocument, from: MemberId, payload: ArtifactSyncPayload): ApplyOutcome {
    const { artifactId, changes: bytes, senderHeads: announced, vouchers } = payload;
    let useful: readonly Voucher[] = [];
    try {
      const outcome = this.#held.rulesOf(document).apply(document, {
        ...{ bytes, announced },
        checkAuthors: (changes) => useful = checkAuthorship(artifactId, changes, vouchers),
      });
      if (outcome.type !== "waiting") this.#tracker.update(artifactId, from, announced);
      this.#courier.keepVouchers(artifactId, useful);
      for (const voucher of useful) this.#changed.vouchers.push([artifactId, voucher]);
      if (outcome.type === "applied") this.#changed.documents.add(document);
      return outcome;
    } catch (error) {
      if (error instanceof SyncError && FORBIDDEN.has(error.code)) {
        this.#quarantine(artifactId, from);
      }
      throw error;
    }
  }

  #quarantine(artifactId: DocumentId, from: MemberId): void {
    this.#quarantined.add(artifactId, from);
    this.#changed.quarantined.push([artifactId, from]);
    this.#log.note({ type: "quarantined", artifactId, from });
  }

  /** A document that is new here is taken only if it says that sender and recipient may have it. */
  #accept(from: MemberId, payload: ArtifactSyncPayload): ApplyOutcome {
    const { artifactId } = payload;
    const brought = this.#brought.get(from) ?? 0;
    if (brought >= (this.#options.documentsMax?.(from) ?? DOCUMENTS_PER_PEER_MAX)) {
      throw new SyncError("too_large", `Cannot take document: "${from}" has brought ${brought}`);
    }
    const document = this.#options.awaited?.(artifactId, from, this.#writer) ??
      ArtifactDocument.awaiting(artifactId as ArtifactId, this.#writer);
    let accepted = false;
    try {
      const outcome = this.#apply(document, from, payload);
      if (outcome.type !== "applied") return outcome;
      const audience = this.#held.audienceOf(document);
      const self = this.#options.keys.memberId;
      const isRecalled = this.#held.rulesOf(document).isRecalledFor(document, self);
      if (!audience.has(from) || !audience.has(self) || isRecalled) throw noAccess(from);
      this.#held.add(document);
      this.#held.news(artifactId);
      this.#brought.set(from, brought + 1);
      accepted = true;
      return outcome;
    } finally {
      if (!accepted) {
        this.#tracker.removeArtifact(artifactId);
        this.#courier.forget(artifactId);
        this.#changed.documents.delete(document);
        this.#changed.vouchers = this.#changed.vouchers.filter(([id]) => id !== artifactId);
        document[Symbol.dispose]();
      }
    }
  }

  #onReceipt(from: MemberId, number: number, { artifactId, heads, answers }: Receipt): void {
    this.#log.counts.receipts++;
    const mailbox = this.#mailboxes.of(from);
    mailbox.heardOf(artifactId);
    const sent = mailbox.onTheWay.get(artifactId);
    const isAnswer = sent !== undefined && sameHeads(sent.senderHeads, answers);
    if (isAnswer) mailbox.answered(artifactId);
    if (!this.#courier.isLatest(from, artifactId, number)) return;
    const document = this.#held.all.get(artifactId);
    if (document === undefined) {
      // It was let in by somebody and expects us to be: it learns that nothing is here.
      if (heads.length > 0) mailbox.receiptsDue.set(artifactId, []);
      return;
    }
    this.#reconcile(artifactId, "elsewhere");
    const isQuestion = answers.length === 0 && heads.length > 0;
    if (!this.#held.audience(artifactId).has(from)) {
      // It has no access, or not yet: it is told that it was heard, and nothing else.
      if (isQuestion) {
        mailbox.receiptsDue.set(artifactId, heads);
        this.#tooEarly.add(artifactId, from);
      }
      return;
    }
    if ((isAnswer || heads.length === 0) && this.#held.isRecalledFor(artifactId, from)) {
      // It knows now, and has nothing any more.
      this.#know(artifactId, from, []);
      mailbox.forget(artifactId);
      return;
    }
    if (heads.length === 0 && answers.length > 0 && !isAnswer) return;
    const lacking = !document.hasHeads(heads);
    // Heads that are not here yet say nothing about ours, nor does an answer: it may be a refusal.
    const before = this.#tracker.get(artifactId, from);
    const known = lacking ? parseHeads([...before, ...heads]) : heads;
    this.#know(artifactId, from, known);
    const own = document.getHeads();
    // An answer is not answered again, so two that lack something of each other do not go on for ever.
    // Naming our own heads, it is not taken for the answer to a payload, however late it comes.
    if (isQuestion && (lacking || sameHeads(known, own))) mailbox.receiptsDue.set(artifactId, own);
    if (sameHeads(known, own) || (sent !== undefined && !isAnswer)) return;
    if (!isAnswer || !sameHeads(sent.base, known)) mailbox.due.add(artifactId);
    else this.#log.note({ type: "stalled", artifactId, from });
  }

  /**
   * Acts on who came into the audience and who left it. Where a grant was given here, the whole
   * artifact is due; where it was given elsewhere, the member hears which heads are here, and what
   * it lacks of them is due once it answers.
   */
  #reconcile(artifactId: DocumentId, given: "here" | "elsewhere"): void {
    const document = this.#held.all.get(artifactId);
    if (document === undefined) return;
    const { entered, left } = this.#held.news(artifactId);
    // What this peer holds itself is kept under its own id, and stays when it leaves.
    for (const peer of left.filter((member) => member !== this.#options.keys.memberId)) {
      this.#know(artifactId, peer, []);
      this.#mailboxes.of(peer).forget(artifactId);
    }
    const others = this.#others(artifactId);
    const isAnew = entered.includes(this.#options.keys.memberId);
    for (const peer of others.filter((other) => isAnew || entered.includes(other))) {
      // Before, it may have refused what it was sent.
      this.#mailboxes.of(peer).forget(artifactId);
      if (given === "here") this.#mailboxes.of(peer).due.add(artifactId);
      else this.#meet(peer, document);
    }
    if (entered.length > 0) this.#askAgain();
    // What somebody wrote before it left reaches the others only through those who hold it.
    if (left.length > 0) { for (const peer of others) this.#meet(peer, document); }
  }

  /** Somebody has come in somewhere: what came too early, here or below, may be good now. */
  #askAgain(): void {
    for (const [artifactId, peer] of this.#tooEarly.takeAll()) {
      if (this.#held.audience(artifactId).has(peer)) this.#mailboxes.of(peer).ask(artifactId);
    }
  }

  /** What a peer lacks is due; one of which nothing is known is told first which heads are here. */
  #meet(peer: MemberId, document: SyncedDocument): void {
    const { documentId: artifactId } = document;
    const known = this.#tracker.get(artifactId, peer);
    if (known.length === 0 && this.#held.isRecalledFor(artifactId, peer)) return;
    if (known.length === 0) this.#mailboxes.of(peer).tell(artifactId, document.getHeads());
    else if (!sameHeads(known, document.getHeads())) this.#mailboxes.of(peer).due.add(artifactId);
  }

  #others(artifactId: DocumentId): MemberId[] {
    const self = this.#options.keys.memberId;
    return [...this.#held.audience(artifactId).keys()].filter((peer) => peer !== self);
  }

  #drop(artifactId: DocumentId): void {
    const document = this.#held.remove(artifactId);
    if (document === undefined) return;
    this.#tooEarly.delete(artifactId);
    this.#tracker.removeArtifact(artifactId);
    this.#courier.forget(artifactId);
    this.#mailboxes.forget(artifactId);
    this.#changed.documents.delete(document);
    for (const key of [...this.#changed.known.keys()]) {
      if (key.startsWith(artifactId)) this.#changed.known.delete(key);
    }
    this.#changed.removed.add(artifactId);
    document[Symbol.dispose]();
  }

  #know(artifactId: DocumentId, peer: MemberId, heads: Heads): void {
    if (heads.length === 0) this.#tracker.remove(artifactId, peer);
    else this.#tracker.update(artifactId, peer, heads);
    if (this.#held.all.has(artifactId)) this.#changed.known.set(`${artifactId}/${peer}`, heads);
  }

  /** Keeps what this step has changed, in one transaction. */
  #keep(): void {
    const changed = this.#changed;
    this.#changed = new Changed();
    if (!changed.isEmpty) this.#store.write(changed);
  }
}

/** What only a cheat sends; damage and missing changes happen to the honest. */
const FORBIDDEN: ReadonlySet<string> = new Set(["bad_schema", "not_allowed", "not_vouched"]);

function noAccess(from: MemberId): SyncError {
  return new SyncError("no_access", `Cannot apply payload: "${from}" has no access`);
}
