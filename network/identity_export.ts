/**
 * An identity as one blob of bytes, to be kept safe or carried to another machine.
 *
 * ```text
 * blob        head, body, first 8 bytes of the BLAKE3 of both
 * head        "indra-id" (8), version 1 (1), kind (1)
 * body        kind 0: secret (32)
 *             kind 1: log2 N (1), r (1), p (1), salt (16), nonce (12), sealed secret (32 + 16)
 * sealed      ChaCha20-Poly1305 with the head and all of the body before it as associated data,
 *             the key from scrypt over the passphrase in UTF-8 (NFC)
 * ```
 *
 * @module
 */
import { blake3 } from "../sync/mod.ts";
import type { Sources } from "../sync/mod.ts";
import { BOX_EXTRA_BYTES, faultOfBox, lock, passphraseBytes, unlock } from "./_passphrase_box.ts";
import { identityOf, SECRET_KEY_BYTES, secretOf } from "./_secret_key.ts";
import { NetworkError } from "./errors.ts";
import type { Identity } from "./identity.ts";

export { PASSPHRASE_LENGTH_MAX, SCRYPT_MEMORY_BYTES_MAX } from "./_passphrase_box.ts";

/** What {@linkcode exportIdentity} takes besides the identity. */
export interface ExportIdentityOptions {
  /** Salt and nonce, which are needed with a passphrase only. */
  readonly sources: Pick<Sources, "randomBytes">;
  /** Encrypts the secret key. @default {none: whoever has the blob is the member} */
  readonly passphrase?: string;
}

/** What {@linkcode importIdentity} takes besides the bytes. */
export interface ImportIdentityOptions {
  /** The one that it was exported with. @default {none} */
  readonly passphrase?: string;
}

/** The version of the format that this release writes and reads. */
export const IDENTITY_EXPORT_VERSION: number = 1;

const MAGIC = new TextEncoder().encode("indra-id");
const KIND = { plain: 0, passphrase: 1 };
const HEAD_BYTES = MAGIC.length + 2;
const CHECKSUM_BYTES = 8;
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [KIND.plain, HEAD_BYTES + SECRET_KEY_BYTES + CHECKSUM_BYTES],
  [KIND.passphrase, HEAD_BYTES + SECRET_KEY_BYTES + BOX_EXTRA_BYTES + CHECKSUM_BYTES],
]);

/** Bytes of the longest blob. */
export const IDENTITY_EXPORT_BYTES_MAX: number = Math.max(...LENGTHS.values());
/** Characters of a blob as text, white space included. */
export const IDENTITY_EXPORT_TEXT_LENGTH_MAX: number = 1024;

/**
 * Writes the secret key of an identity; with a passphrase it is encrypted.
 *
 * A passphrase takes a tenth of a second and 32 MiB, here and again at the import.
 *
 * @throws {NetworkError} `passphrase_needed` if the passphrase is empty, `invalid_operation` if it
 * is longer than {@linkcode PASSPHRASE_LENGTH_MAX} or not well-formed Unicode.
 * @throws {TypeError} if the secret key is not the member's.
 *
 * @example An identity moves to another machine
 * ```ts
 * import { createIdentity, exportIdentity, importIdentity } from "@indras/toolkit/network";
 * import { systemSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const sources = systemSources();
 * const ada = createIdentity(sources);
 * const blob = exportIdentity(ada, { sources, passphrase: "correct horse" });
 * assertEquals(importIdentity(blob, { passphrase: "correct horse" }).memberId, ada.memberId);
 * ```
 */
export function exportIdentity(identity: Identity, options: ExportIdentityOptions): Uint8Array {
  const { sources, passphrase: text } = options;
  const passphrase = text === undefined ? undefined : passphraseBytes(text);
  const secret = secretOf(identity);
  try {
    if (passphrase === undefined) return sealed(headOf(KIND.plain), secret);
    const associated = headOf(KIND.passphrase);
    const { randomBytes } = sources;
    return sealed(associated, lock(secret, { passphrase, associated, randomBytes }));
  } finally {
    secret.fill(0);
  }
}

/**
 * Reads what {@linkcode exportIdentity} wrote. The bytes are hostile until checked: damage is found
 * by the checksum, and no blob makes scrypt take more than {@linkcode SCRYPT_MEMORY_BYTES_MAX}.
 *
 * @throws {NetworkError} `bad_identity` if it is no such blob, a damaged one, one of a version that
 * this release does not know, or one without a passphrase although a passphrase is given (somebody
 * may have put it in place of the protected one); `passphrase_needed` if it has one and none is
 * given; `wrong_passphrase` if it has another one.
 *
 * @example Damage is noticed
 * ```ts
 * import {
 *   createIdentity, exportIdentity, importIdentity, NetworkError,
 * } from "@indras/toolkit/network";
 * import { systemSources } from "@indras/toolkit/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const sources = systemSources();
 * const blob = exportIdentity(createIdentity(sources), { sources });
 * blob[20]! ^= 1;
 * const error = assertThrows(() => importIdentity(blob), NetworkError);
 * assertEquals(error.code, "bad_identity");
 * ```
 */
export function importIdentity(bytes: Uint8Array, options: ImportIdentityOptions = {}): Identity {
  const { head, body } = opened(bytes);
  const isPlain = head[HEAD_BYTES - 1] === KIND.plain;
  if (isPlain && options.passphrase !== undefined) throw bad("no passphrase protects it");
  const secret = isPlain ? body.slice() : unlocked(head, body, options.passphrase);
  try {
    return identityOf(secret);
  } finally {
    secret.fill(0);
  }
}

/**
 * A blob as text: base64, the standard alphabet with padding.
 *
 * @example It has no line ends
 * ```ts
 * import { formatIdentityExport } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatIdentityExport(new Uint8Array([1, 255])), "Af8=");
 * ```
 */
export function formatIdentityExport(bytes: Uint8Array): string {
  return bytes.toBase64();
}

/**
 * The bytes of a blob that came as text. White space is ignored, so it may be broken into lines.
 *
 * @throws {NetworkError} `bad_identity` if it is no standard base64 with padding, or longer than
 * {@linkcode IDENTITY_EXPORT_TEXT_LENGTH_MAX}.
 *
 * @example The bytes come back
 * ```ts
 * import { parseIdentityExport } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseIdentityExport(" Af8=\n"), new Uint8Array([1, 255]));
 * ```
 */
export function parseIdentityExport(text: string): Uint8Array {
  if (text.length > IDENTITY_EXPORT_TEXT_LENGTH_MAX) {
    throw bad(`${text.length} characters, at most ${IDENTITY_EXPORT_TEXT_LENGTH_MAX}`);
  }
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch (cause) {
    throw bad("it is not base64", cause);
  }
}

function headOf(kind: number): Uint8Array {
  return new Uint8Array([...MAGIC, IDENTITY_EXPORT_VERSION, kind]);
}

function sealed(head: Uint8Array, body: Uint8Array): Uint8Array {
  const blob = new Uint8Array(head.length + body.length + CHECKSUM_BYTES);
  blob.set(head);
  blob.set(body, head.length);
  blob.set(checksum(blob), blob.length - CHECKSUM_BYTES);
  return blob;
}

function opened(blob: Uint8Array): { readonly head: Uint8Array; readonly body: Uint8Array } {
  if (blob.length < HEAD_BYTES || MAGIC.some((byte, at) => blob[at] !== byte)) {
    throw bad("it is no exported identity");
  }
  const [version, kind] = [blob[HEAD_BYTES - 2]!, blob[HEAD_BYTES - 1]!];
  if (version !== IDENTITY_EXPORT_VERSION) {
    throw bad(`version ${version}, this release reads ${IDENTITY_EXPORT_VERSION}`);
  }
  const length = LENGTHS.get(kind);
  if (length === undefined) throw bad(`kind ${kind} is unknown`);
  if (length !== blob.length) throw bad(`expected ${length} bytes, found ${blob.length}`);
  const end = length - CHECKSUM_BYTES;
  if (checksum(blob).some((byte, at) => blob[end + at] !== byte)) throw bad("it is damaged");
  return { head: blob.subarray(0, HEAD_BYTES), body: blob.subarray(HEAD_BYTES, end) };
}

function unlocked(head: Uint8Array, box: Uint8Array, text: string | undefined): Uint8Array {
  const fault = faultOfBox(box);
  if (fault !== undefined) throw bad(fault);
  if (text === undefined || text === "") {
    throw new NetworkError("passphrase_needed", "Cannot import identity: a passphrase protects it");
  }
  const secret = unlock(box, { passphrase: passphraseBytes(text), associated: head });
  if (secret !== undefined) return secret;
  throw new NetworkError("wrong_passphrase", "Cannot import identity: wrong passphrase");
}

/** Over all but the place of the checksum. */
function checksum(blob: Uint8Array): Uint8Array {
  return blake3(blob.subarray(0, -CHECKSUM_BYTES)).subarray(0, CHECKSUM_BYTES);
}

function bad(why: string, cause?: unknown): NetworkError {
  const options = cause === undefined ? {} : { cause };
  return new NetworkError("bad_identity", `Cannot import identity: ${why}`, options);
}
