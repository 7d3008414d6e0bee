import { createCipheriv, createDecipheriv, scryptSync } from "node:crypto";
import { NetworkError } from "./errors.ts";

/** Characters of a passphrase. */
export const PASSPHRASE_LENGTH_MAX: number = 1024;
/** What scrypt (RFC 7914) may take, in bytes: 128 for each of its N rounds and r blocks. */
export const SCRYPT_MEMORY_BYTES_MAX: number = 128 * 1024 * 1024;

/** scrypt's N as a power of two, its r and its p. */
interface ScryptCost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

const COST_DEFAULT: ScryptCost = { log2N: 15, r: 8, p: 1 };
const COST_MIN: ScryptCost = { log2N: 10, r: 8, p: 1 };
const COST_MAX: ScryptCost = { log2N: 17, r: 16, p: 4 };

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SALT_AT = 3;
const NONCE_AT = SALT_AT + SALT_BYTES;
const SEALED_AT = NONCE_AT + NONCE_BYTES;
const ALGORITHM = "chacha20-poly1305";

/** Bytes that a box has more than what is in it. */
export const BOX_EXTRA_BYTES: number = SEALED_AT + TAG_BYTES;

/** What locking and unlocking need besides the text. */
export interface BoxOptions {
  /** From {@linkcode passphraseBytes}. */
  readonly passphrase: Uint8Array;
  /** What stands before the box and is authenticated with it. */
  readonly associated: Uint8Array;
}

/** Encrypts with ChaCha20-Poly1305 (RFC 8439), the key from scrypt: cost, salt, nonce, sealed. */
export function lock(
  plaintext: Uint8Array,
  { passphrase, associated, randomBytes }:
    & BoxOptions
    & { readonly randomBytes: (length: number) => Uint8Array },
): Uint8Array {
  const { log2N, r, p } = COST_DEFAULT;
  const box = new Uint8Array(plaintext.length + BOX_EXTRA_BYTES);
  box.set([log2N, r, p]);
  box.set(randomBytes(SALT_BYTES), SALT_AT);
  box.set(randomBytes(NONCE_BYTES), NONCE_AT);
  const [key, nonce] = [keyOf(box, passphrase), box.subarray(NONCE_AT, SEALED_AT)];
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  key.fill(0);
  const head = new Uint8Array([...associated, ...box.subarray(0, SEALED_AT)]);
  cipher.setAAD(head, { plaintextLength: plaintext.length });
  box.set(cipher.update(plaintext), SEALED_AT);
  cipher.final();
  box.set(cipher.getAuthTag(), box.length - TAG_BYTES);
  return box;
}

/** Decrypts what {@linkcode lock} gave; `undefined` if the passphrase does not fit. */
export function unlock(
  box: Uint8Array,
  { passphrase, associated }: BoxOptions,
): Uint8Array | undefined {
  const sealed = box.subarray(SEALED_AT, -TAG_BYTES);
  const [key, nonce] = [keyOf(box, passphrase), box.subarray(NONCE_AT, SEALED_AT)];
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  key.fill(0);
  const head = new Uint8Array([...associated, ...box.subarray(0, SEALED_AT)]);
  decipher.setAAD(head, { plaintextLength: sealed.length });
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  const plaintext = decipher.update(sealed);
  try {
    decipher.final();
    return new Uint8Array(plaintext);
  } catch {
    return undefined;
  } finally {
    plaintext.fill(0);
  }
}

/** What is wrong with the cost that a box asks for; `undefined` if nothing is. */
export function faultOfBox(box: Uint8Array): string | undefined {
  const cost = costOf(box);
  for (const name of ["log2N", "r", "p"] as const) {
    if (cost[name] >= COST_MIN[name] && cost[name] <= COST_MAX[name]) continue;
    return `scrypt's ${name} is ${cost[name]}, not from ${COST_MIN[name]} to ${COST_MAX[name]}`;
  }
  const bytes = memoryBytes(cost);
  if (bytes <= SCRYPT_MEMORY_BYTES_MAX) return undefined;
  return `scrypt asks for ${bytes} bytes, at most ${SCRYPT_MEMORY_BYTES_MAX}`;
}

/**
 * A passphrase as scrypt gets it: UTF-8 of its composed form (NFC), so that it is the same however
 * a keyboard puts its accents together.
 *
 * @throws {NetworkError} `passphrase_needed` if it is empty, `invalid_operation` if it is longer
 * than {@linkcode PASSPHRASE_LENGTH_MAX} or not well-formed.
 */
export function passphraseBytes(passphrase: string): Uint8Array {
  if (passphrase === "") throw new NetworkError("passphrase_needed", "The passphrase is empty");
  if (passphrase.length <= PASSPHRASE_LENGTH_MAX && passphrase.isWellFormed()) {
    return new TextEncoder().encode(passphrase.normalize("NFC"));
  }
  throw new NetworkError(
    "invalid_operation",
    `Invalid operation: a passphrase is Unicode text of at most ${PASSPHRASE_LENGTH_MAX} characters`,
  );
}

function keyOf(box: Uint8Array, passphrase: Uint8Array): Uint8Array {
  const { log2N, r, p } = costOf(box);
  const salt = box.subarray(SALT_AT, NONCE_AT);
  // scrypt wants some blocks more than its rounds; Node's own limit is the default cost exactly.
  const maxmem = memoryBytes({ log2N, r, p }) + 1024 * 1024;
  return scryptSync(passphrase, salt, KEY_BYTES, { N: 2 ** log2N, r, p, maxmem });
}

function costOf(box: Uint8Array): ScryptCost {
  return { log2N: box[0]!, r: box[1]!, p: box[2]! };
}

function memoryBytes({ log2N, r }: ScryptCost): number {
  return 128 * r * 2 ** log2N;
}
