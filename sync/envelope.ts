/**
 * Sealed envelopes: from one member to one other, with bodies that many envelopes can share.
 *
 * A body is encrypted once, under a fresh key. An envelope holds, for its recipient alone, the keys
 * of its bodies and a note; so a body that is sealed costs each further recipient some 130 bytes. Or
 * a body is put beside the note, and encrypted with it: for a small one that is better, as it needs
 * no key, commitment and tag of its own, which are 67 bytes.
 *
 * ```text
 * envelope    [1, header bytes, sealed manifest bytes, shared body bytes...]
 * header      from (32) + the recipient's first 4 bytes + nonce (12)
 *             + number (0 to 7, big-endian, no zeros in front)
 * manifest    [note bytes, body...], under the pairwise key;
 *             associated data: [1, header bytes, to bytes(32)]
 * body        its plaintext: bytes; or for one that is shared, [key (32) + commitment (16): bytes]
 * shared body plaintext under its own key, nonce 0
 * commitment  SHA-256("indras body 1\0" + shared body), the first 16 bytes
 * ```
 *
 * The cipher is ChaCha20-Poly1305 (RFC 8439), its 16-byte tag behind the ciphertext. Who knows a
 * body's key could encrypt another body under it; the commitment, which each recipient gets
 * under its own pairwise key, is what refuses that one. Shared bodies stand last, so that envelopes
 * with the same ones end in the same bytes. Of the recipient's id there is only what tells that an
 * envelope went astray: the transport knows the id, and the pairwise key and the associated data
 * depend on all of it.
 *
 * Not protected: who writes to whom, when, how much, and the envelope's number. Whoever gets one of
 * the two secret keys reads what is inside, past envelopes included (see
 * {@linkcode pairwiseKeys}). The recipient can make what the sender can, so an envelope convinces
 * nobody else. An envelope opens as often as it comes; that it came before, the number tells.
 *
 * @module
 */
import { createHash, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { decrypt, encrypt, NONCE_BYTES, TAG_BYTES } from "./_aead.ts";
import {
  associatedWith,
  BODY_KEY_BYTES,
  checkCount,
  COMMITMENT_BYTES,
  decodeManifest,
  encodeHeader,
  encodeManifest,
  encodeOutside,
  hintOf,
  isEnvelopeNumber,
  readOutside,
  SEALING_LIMITS_DEFAULT,
} from "./_sealed_fields.ts";
import type { BodyAccess, SealingLimits } from "./_sealed_fields.ts";
import { SyncError } from "./errors.ts";
import type { MemberId } from "./ids.ts";
import { pairwiseKeys } from "./keys.ts";
import type { MemberKeys } from "./keys.ts";
import type { Sources } from "./sources.ts";

export type { SealingLimits };
export { SEALED_ENVELOPE_VERSION, SEALING_LIMITS_DEFAULT } from "./_sealed_fields.ts";

const COMMITMENT_PURPOSE = new TextEncoder().encode("indras body 1\0");
/** All that goes with a body's key: it encrypts one message, so its nonce can be 0. */
const BODY_CONTEXT = { nonce: new Uint8Array(NONCE_BYTES), associated: new Uint8Array(0) };

/** A body, encrypted once for all of its recipients. */
export interface SealedBody {
  /** The fresh key, 32 bytes; it does not show them when printed. */
  readonly key: KeyObject;
  /** The encrypted body and its tag. */
  readonly ciphertext: Uint8Array;
  /** 16 bytes that no other ciphertext has. */
  readonly commitment: Uint8Array;
}

/** What {@linkcode sealEnvelope} makes an envelope of. */
export interface SealOptions {
  /** The sender's. */
  readonly keys: MemberKeys;
  /** Who shall open it; not the sender. */
  readonly recipient: MemberId;
  /** The sender's count of its envelopes, from 0 to 2^53 - 1. */
  readonly number: number;
  /** In order: a sealed body is shared with others, a plaintext is for this recipient alone. */
  readonly bodies: readonly (SealedBody | Uint8Array)[];
  /** What is for this recipient alone; may be empty. */
  readonly note: Uint8Array;
  /** Gives the nonce. */
  readonly sources: Pick<Sources, "randomBytes">;
}

/** What was in an envelope; its sender is who it says. */
export interface OpenedEnvelope {
  /** Who sealed it. */
  readonly from: MemberId;
  /** The sender's count; one that came before is a repetition. */
  readonly number: number;
  /** What was for the recipient alone. */
  readonly note: Uint8Array;
  /** The plaintexts, in the sender's order. */
  readonly bodies: readonly Uint8Array[];
}

/**
 * Encrypts a body under a fresh key, for any number of envelopes.
 *
 * @throws {SyncError} `too_large` if no envelope could hold it.
 *
 * @example Sealed twice, a body does not look the same
 * ```ts
 * import { sealBody, systemSources } from "@indras/toolkit/sync";
 * import { assertNotEquals } from "@std/assert";
 *
 * const body = () => sealBody(new Uint8Array(100), systemSources());
 * assertNotEquals(body().ciphertext, body().ciphertext);
 * ```
 */
export function sealBody(
  plaintext: Uint8Array,
  sources: Pick<Sources, "randomBytes">,
): SealedBody {
  checkSize(plaintext.length + TAG_BYTES, SEALING_LIMITS_DEFAULT.bytesMax);
  const key = createSecretKey(sources.randomBytes(BODY_KEY_BYTES));
  const ciphertext = encrypt({ key, ...BODY_CONTEXT }, plaintext);
  return { key, ciphertext, commitment: commitmentTo(ciphertext) };
}

/**
 * Seals bodies and a note into an envelope that only the recipient can open.
 *
 * A nonce is 12 random bytes: up to 2^32 envelopes from one member to another, the chance that any
 * two share one stays below 2^-32.
 *
 * @throws {SyncError} `bad_key` if the recipient is no member to write to (see
 * {@linkcode pairwiseKeys}), `too_large` beyond {@linkcode SEALING_LIMITS_DEFAULT}.
 * @throws {RangeError} if `number` is not an integer from 0 to 2^53 - 1.
 *
 * @example One body for two recipients
 * ```ts
 * import { createIdentity } from "@indras/toolkit/network";
 * import { openEnvelope, sealBody, sealEnvelope, systemSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const sources = systemSources();
 * const [ada, ben, cleo] = [1, 2, 3].map(() => createIdentity(sources));
 * const bodies = [sealBody(new TextEncoder().encode("to both"), sources)];
 * [ben!, cleo!].forEach((recipient, number) => {
 *   const note = new Uint8Array([number]);
 *   const { memberId } = recipient;
 *   const bytes = sealEnvelope({ keys: ada!, recipient: memberId, number, bodies, note, sources });
 *   const opened = openEnvelope(recipient, bytes);
 *   assertEquals(new TextDecoder().decode(opened.bodies[0]), "to both");
 *   assertEquals([opened.from, opened.number, opened.note], [ada!.memberId, number, note]);
 * });
 * ```
 */
export function sealEnvelope(options: SealOptions): Uint8Array {
  const { keys, recipient, number, bodies, note, sources } = options;
  if (!isEnvelopeNumber(number)) {
    throw new RangeError(`Cannot seal envelope: number ${number} is not from 0 to 2^53 - 1`);
  }
  checkCount(bodies.length, SEALING_LIMITS_DEFAULT.bodiesMax);
  const { outgoing } = pairwiseKeys(keys, recipient);
  const nonce = sources.randomBytes(NONCE_BYTES);
  const header = encodeHeader({ from: keys.memberId, hint: hintOf(recipient), nonce, number });
  const context = { key: outgoing, nonce, associated: associatedWith(header, recipient) };
  const bytes = encodeOutside({
    header,
    manifest: encrypt(context, encodeManifest({ note, bodies })),
    ciphertexts: bodies.flatMap((body) => body instanceof Uint8Array ? [] : [body.ciphertext]),
  });
  checkSize(bytes.length, SEALING_LIMITS_DEFAULT.bytesMax);
  return bytes;
}

/**
 * Opens an envelope that came from elsewhere. One that was altered by a bit does not open, whoever
 * altered it; nor does one under a false name.
 *
 * @throws {SyncError} In this order: `too_large` or `bad_encoding` for bytes that are not CBOR
 * within the limits; `unknown_version`; `bad_encoding` for other parts; `not_for_us` if the
 * recipient's id begins in another way; `bad_seal` if the manifest was not sealed by that sender for
 * us, or the bodies are not exactly those it names.
 * `bad_encoding`, too, for a sender who sealed a manifest that is none.
 *
 * @example Nobody else can open it
 * ```ts
 * import { createIdentity } from "@indras/toolkit/network";
 * import { openEnvelope, sealEnvelope, SyncError, systemSources } from "@indras/toolkit/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const sources = systemSources();
 * const [ada, ben, eve] = [1, 2, 3].map(() => createIdentity(sources));
 * const note = new TextEncoder().encode("for Ben");
 * const recipient = ben!.memberId;
 * const bytes = sealEnvelope({ keys: ada!, recipient, number: 0, bodies: [], note, sources });
 * assertEquals(openEnvelope(ben!, bytes).note, note);
 * assertEquals(assertThrows(() => openEnvelope(eve!, bytes), SyncError).code, "not_for_us");
 * ```
 */
export function openEnvelope(
  keys: MemberKeys,
  bytes: Uint8Array,
  limits?: Partial<SealingLimits>,
): OpenedEnvelope {
  const { bytesMax, bodiesMax } = { ...SEALING_LIMITS_DEFAULT, ...limits };
  const outside = readOutside(bytes, { bytesMax, bodiesMax });
  const { from, hint, number, nonce, header, ciphertexts } = outside;
  if (hint !== hintOf(keys.memberId)) {
    throw new SyncError("not_for_us", `Cannot open envelope: it is for "${hint}..."`);
  }
  const associated = associatedWith(header, keys.memberId);
  const manifest = decrypt({ key: incomingKey(keys, from), nonce, associated }, outside.manifest);
  if (manifest === undefined) throw badSeal(`its manifest was not sealed for us by "${from}"`);
  const { note, bodies } = decodeManifest(manifest, bodiesMax);
  const shared = bodies.flatMap((body) => body instanceof Uint8Array ? [] : [body]);
  if (shared.length !== ciphertexts.length) {
    throw badSeal(`it has ${ciphertexts.length} shared bodies, its manifest ${shared.length}`);
  }
  const opened = new Map(shared.map((each, at) => [each, openBody(each, ciphertexts[at]!)]));
  return {
    from,
    number,
    note,
    bodies: bodies.map((body) => body instanceof Uint8Array ? body : opened.get(body)!),
  };
}

function openBody({ key, commitment }: BodyAccess, ciphertext: Uint8Array): Uint8Array {
  if (commitment.toHex() !== commitmentTo(ciphertext).toHex()) {
    throw badSeal("a body is not the one that its manifest names");
  }
  const plaintext = decrypt({ key, ...BODY_CONTEXT }, ciphertext);
  if (plaintext === undefined) throw badSeal("a body has another key");
  return plaintext;
}

function incomingKey(keys: MemberKeys, from: MemberId): KeyObject {
  try {
    return pairwiseKeys(keys, from).incoming;
  } catch (error) {
    throw badSeal(`nobody can have sealed it for us as "${from}"`, error);
  }
}

function commitmentTo(ciphertext: Uint8Array): Uint8Array {
  const hash = createHash("sha256").update(COMMITMENT_PURPOSE).update(ciphertext).digest();
  return new Uint8Array(hash.subarray(0, COMMITMENT_BYTES));
}

function checkSize(size: number, bytesMax: number): void {
  if (size <= bytesMax) return;
  throw new SyncError("too_large", `Cannot seal: ${size} bytes, at most ${bytesMax}`);
}

function badSeal(why: string, cause?: unknown): SyncError {
  const options = cause === undefined ? {} : { cause };
  return new SyncError("bad_seal", `Cannot open envelope: ${why}`, options);
}
