import { VoucherBook } from "./_voucher_book.ts";
import { decodeWire, encodeWire } from "./codec.ts";
import type { SyncedDocument } from "./synced_document.ts";
import { SyncError } from "./errors.ts";
import type { HeadTracker } from "./head_tracker.ts";
import type { DocumentId, MemberId } from "./ids.ts";
import type { MemberKeys } from "./keys.ts";
import { ENVELOPE_PARTS_MAX } from "./mailbox.ts";
import type { Mailbox, TakenParts } from "./mailbox.ts";
import { decodeReceipt, encodePayload, encodeReceipt } from "./payload.ts";
import type { ArtifactSyncPayload, Receipt } from "./payload.ts";
import { preparePayload } from "./raw_sync.ts";
import { openEnvelope, sealBody, sealEnvelope } from "./envelope.ts";
import type { SealedBody } from "./envelope.ts";
import type { Riders } from "./engine_options.ts";
import type { Sources } from "./sources.ts";
import type { SyncEvent } from "./sync_event.ts";
import type { Voucher } from "./voucher.ts";

/** Bytes of payloads in one envelope, unless a single payload is larger. */
export const ENVELOPE_PAYLOAD_BYTES: number = 8 * 1024 * 1024;
/**
 * Bytes from which on a payload is encrypted once for all of its recipients. A smaller one is
 * encrypted for each: that takes less than the bytes of a key and a tag of its own are worth.
 */
export const SHARED_PAYLOAD_BYTES_MIN: number = 1024;
/** Payloads that are kept because the next recipient may lack just the same. */
const BODIES_SHARED_MAX = 64;
/** Envelope numbers that are spoken for at once, so that not each of them has to be kept. */
const NUMBERS_RESERVED = 1024;

/** What a {@linkcode Courier} is made of. */
export interface CourierOptions {
  readonly keys: MemberKeys;
  readonly sources: Sources;
  readonly riders: Riders | undefined;
  /** Envelopes up to this number may have been sent in earlier sessions, if there were any. */
  readonly number: number | undefined;
}

/** What a {@linkcode Courier} tells its engine. */
export interface CourierHooks {
  readonly tell: (event: SyncEvent) => void;
  /** Numbers below this are spoken for. */
  readonly reserve: (ceiling: number) => void;
}

/** A payload, made once for everybody who lacks the same. */
interface Parcel {
  readonly payload: ArtifactSyncPayload;
  /** Sealed, unless it is so small that each recipient gets its own. */
  readonly body: SealedBody | Uint8Array;
}

/** What was in an envelope that was opened. */
export interface OpenedParts {
  readonly from: MemberId;
  /** The sender's number of the envelope; higher ones were sent later. */
  readonly number: number;
  readonly bodies: readonly Uint8Array[];
  /** What rode along. */
  readonly riders: readonly Uint8Array[];
  readonly receipts: readonly Receipt[];
}

/** Packs envelopes and opens them: payloads with vouchers, sealed, and receipts beside them. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #tracker: HeadTracker;
  readonly #hooks: CourierHooks;
  readonly #vouchers: VoucherBook;
  readonly #parcels: Map<string, Parcel> = new Map();
  readonly #taken: Map<MemberId, TakenParts> = new Map();
  /** The number of the latest envelope in which a peer spoke of a document. */
  readonly #latest: Map<MemberId, Map<DocumentId, number>> = new Map();
  #number: number;
  #numberCeiling: number;
  #fullSyncs = 0;

  constructor(options: CourierOptions, tracker: HeadTracker, hooks: CourierHooks) {
    this.#options = options;
    this.#tracker = tracker;
    this.#hooks = hooks;
    this.#number = options.number ?? firstNumber(options.sources.nowMs());
    this.#numberCeiling = this.#number;
    this.#vouchers = new VoucherBook(options.keys);
  }

  /** Payloads that held a whole document because nothing was known of the peer. */
  get fullSyncs(): number {
    return this.#fullSyncs;
  }

  /** Packs what is due to a peer, as much as an envelope holds. */
  take(
    peer: MemberId,
    mailbox: Mailbox,
    documentFor: (artifactId: DocumentId) => SyncedDocument | undefined,
  ): Uint8Array | undefined {
    const { keys, sources } = this.#options;
    const parcels = this.#takeParcels(peer, mailbox, documentFor);
    const receipts = mailbox.takeReceipts().map(([artifactId, answers]): Receipt => {
      const heads = documentFor(artifactId)?.getHeads() ?? [];
      mailbox.told.set(artifactId, heads);
      if (answers.length === 0 && heads.length > 0) mailbox.asked(artifactId, sources.nowMs());
      return { artifactId, heads, answers };
    });
    const riders = this.#takeRiders(peer, parcels);
    if (parcels.length + receipts.length + riders.length === 0) return undefined;
    const payloads = parcels.map(({ payload }) => payload.artifactId);
    this.#taken.set(peer, { payloads, receipts });
    this.#number++;
    if (this.#number >= this.#numberCeiling) {
      this.#numberCeiling = this.#number + NUMBERS_RESERVED;
      this.#hooks.reserve(this.#numberCeiling);
    }
    return sealEnvelope({
      keys,
      recipient: peer,
      number: this.#number,
      bodies: [...parcels.map(({ body }) => body), ...riders],
      note: receipts.length === 0 ? NO_RECEIPTS : encodeWire(receipts.map(encodeReceipt)),
      sources,
    });
  }

  /** What was taken last for a peer is due again. */
  giveBack(peer: MemberId, mailbox: Mailbox): void {
    const taken = this.#taken.get(peer);
    if (taken !== undefined) mailbox.giveBack(taken);
    this.#taken.delete(peer);
  }

  /**
   * Opens an envelope.
   *
   * @throws {SyncError} as `openEnvelope()` and `decodeReceipt()` do.
   */
  open(bytes: Uint8Array): OpenedParts {
    const { from, number, bodies, note } = openEnvelope(this.#options.keys, bytes);
    const payloads = bodies.filter(([first]) => first !== RIDER);
    const riders = bodies.filter(([first]) => first === RIDER).map((body) => body.subarray(1));
    return { from, number, bodies: payloads, riders, receipts: readNote(note) };
  }

  /**
   * Whether no later envelope of a peer has spoken of a document; from then on this one is it. So
   * replays and envelopes that arrive late move nothing back.
   */
  isLatest(from: MemberId, artifactId: DocumentId, number: number): boolean {
    const numbers = this.#latest.get(from) ?? new Map<DocumentId, number>();
    this.#latest.set(from, numbers);
    if (number < (numbers.get(artifactId) ?? 0)) return false;
    numbers.set(artifactId, number);
    return true;
  }

  /** Keeps vouchers that were found good, to pass them on. */
  keepVouchers(artifactId: DocumentId, vouchers: readonly Voucher[]): void {
    this.#vouchers.keep(artifactId, vouchers);
  }

  /** Forgets what belongs to a document. */
  forget(artifactId: DocumentId): void {
    this.#vouchers.forget(artifactId);
    for (const numbers of this.#latest.values()) numbers.delete(artifactId);
  }

  #takeRiders(peer: MemberId, parcels: readonly Parcel[]): Uint8Array[] {
    const sizes = parcels.map(({ body }) => sizeOf(body));
    const left = ENVELOPE_PAYLOAD_BYTES - sizes.reduce((sum, size) => sum + size, 0);
    const partsLeft = ENVELOPE_PARTS_MAX - parcels.length;
    if (left <= 0 || partsLeft <= 0) return [];
    const messages = this.#options.riders?.take(peer, left) ?? [];
    return messages.slice(0, partsLeft).map((message) => concat([RIDER], message));
  }

  #takeParcels(
    peer: MemberId,
    mailbox: Mailbox,
    documentFor: (artifactId: DocumentId) => SyncedDocument | undefined,
  ): Parcel[] {
    const parcels: Parcel[] = [];
    let bytes = 0;
    for (const artifactId of mailbox.due) {
      if (mailbox.onTheWay.has(artifactId)) continue;
      if (parcels.length === ENVELOPE_PARTS_MAX || bytes >= ENVELOPE_PAYLOAD_BYTES) break;
      mailbox.due.delete(artifactId);
      const document = documentFor(artifactId);
      const parcel = document && this.#prepare(document, peer);
      if (parcel === undefined) continue;
      const base = this.#tracker.get(artifactId, peer);
      mailbox.sent(artifactId, base, parcel.payload.senderHeads, this.#options.sources.nowMs());
      parcels.push(parcel);
      bytes += sizeOf(parcel.body);
    }
    return parcels;
  }

  #prepare(document: SyncedDocument, peer: MemberId): Parcel | undefined {
    const { documentId: artifactId } = document;
    const base = this.#tracker.get(artifactId, peer);
    const key = `${artifactId} ${base.join()} ${document.getHeads().join()}`;
    try {
      const parcel = this.#parcels.get(key) ?? this.#seal(document, peer);
      if (parcel === undefined) return undefined;
      this.#parcels.set(key, parcel);
      if (this.#parcels.size > BODIES_SHARED_MAX) {
        this.#parcels.delete(this.#parcels.keys().next().value!);
      }
      if (base.length === 0) this.#fullSyncs++;
      return parcel;
    } catch (error) {
      // Automerge panics on documents that it should never have taken; others must not suffer.
      const message = error instanceof Error ? error.message : String(error);
      this.#hooks.tell({ type: "unsendable", artifactId, to: peer, message });
      return undefined;
    }
  }

  #seal(document: SyncedDocument, peer: MemberId): Parcel | undefined {
    const prepared = preparePayload(document, this.#tracker, peer);
    if (prepared.changes.length === 0) return undefined;
    const base = this.#tracker.get(document.documentId, peer);
    const payload = { ...prepared, vouchers: this.#vouchers.since(document, base) };
    const { keys, sources } = this.#options;
    const plaintext = encodePayload(payload, keys.memberId);
    const isShared = plaintext.length >= SHARED_PAYLOAD_BYTES_MIN;
    return { payload, body: isShared ? sealBody(plaintext, sources) : plaintext };
  }
}

function sizeOf(body: SealedBody | Uint8Array): number {
  return body instanceof Uint8Array ? body.length : body.ciphertext.length;
}

/** The first byte of what rides along; no CBOR begins with it, so no payload does. */
const RIDER = 0xff;

function concat(first: readonly number[], rest: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + rest.length);
  whole.set(first);
  whole.set(rest, first.length);
  return whole;
}

const NO_RECEIPTS = new Uint8Array(0);

function readNote(note: Uint8Array): Receipt[] {
  if (note.length === 0) return [];
  const receipts = decodeWire(note);
  if (!Array.isArray(receipts) || receipts.length > ENVELOPE_PARTS_MAX) {
    throw new SyncError("bad_encoding", "Cannot open envelope: its receipts are not a list");
  }
  return receipts.map((receipt) => {
    if (receipt instanceof Uint8Array) return decodeReceipt(receipt);
    throw new SyncError("bad_encoding", "Cannot open envelope: a receipt is not bytes");
  });
}

/**
 * Where envelopes begin to be counted. Whoever has lost its store must not begin below where it was:
 * this is above, as long as nobody seals a hundred envelopes in each second of its life.
 */
function firstNumber(nowMs: number): number {
  return Math.max(0, Math.floor(nowMs / 10));
}
