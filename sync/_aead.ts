import { createCipheriv, createDecipheriv } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** Bytes of a nonce. */
export const NONCE_BYTES: number = 12;
/** Bytes of the tag behind a ciphertext. */
export const TAG_BYTES: number = 16;

/** What encrypting and decrypting need besides the text. */
export interface AeadOptions {
  readonly key: KeyObject;
  /** Never twice under one key. */
  readonly nonce: Uint8Array;
  /** What is authenticated with the text and travels outside of it. */
  readonly associated: Uint8Array;
}

/** ChaCha20-Poly1305 (RFC 8439): the ciphertext, then the tag. */
export function encrypt(
  { key, nonce, associated }: AeadOptions,
  plaintext: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated, { plaintextLength: plaintext.length });
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return joined(ciphertext, cipher.getAuthTag());
}

/** The plaintext; `undefined` if the tag does not fit. */
export function decrypt(
  { key, nonce, associated }: AeadOptions,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const length = sealed.length - TAG_BYTES;
  if (length < 0) return undefined;
  const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated, { plaintextLength: length });
  decipher.setAuthTag(sealed.subarray(length));
  const plaintext = decipher.update(sealed.subarray(0, length));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return new Uint8Array(plaintext);
}

/** Two pieces in a row, in an array of their own. */
export function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
