/**
 * `crypto`: fresh ids, and passwords that are kept as hashes.
 *
 * @module
 */
import bcrypt from "bcryptjs";
import type { Sources } from "../../sync/mod.ts";
import { asErrand } from "../errand.ts";
import { optionalInteger, text } from "./_arguments.ts";

/** The cost of a hash that names none: 2^10 rounds, about a tenth of a second. */
export const BCRYPT_COST_DEFAULT: number = 10;
/** The least cost of a hash; for tests. */
export const BCRYPT_COST_MIN: number = 4;
/** The highest cost of a hash, about three seconds; one with a higher cost is not verified. */
export const BCRYPT_COST_MAX: number = 15;
/** Bytes of a password: bcrypt would ignore the rest. */
export const PASSWORD_BYTES_MAX: number = 72;

const HASH = /^\$2[aby]\$(\d\d)\$[./A-Za-z\d]{53}$/;

/**
 * The functions of the table `crypto`.
 *
 * The slow ones are errands: their time is the host's, not the mod's.
 */
export function cryptoFunctions(
  sources: Pick<Sources, "randomBytes">,
  costDefault: number = BCRYPT_COST_DEFAULT,
): Record<string, (...args: unknown[]) => unknown> {
  return {
    uuid: () => uuid(sources.randomBytes(16)),
    bcrypt: asErrand((password, cost) => {
      const clear = passwordOf(password);
      const chosen = checkCost(optionalInteger(cost, "cost") ?? costDefault);
      const salt = bcrypt.encodeBase64(sources.randomBytes(16), 16);
      return bcrypt.hashSync(clear, `$2b$${String(chosen).padStart(2, "0")}$${salt}`);
    }),
    verify: asErrand((password, hash) => {
      const clear = passwordOf(password);
      const [, cost] = HASH.exec(text(hash, "hash")) ?? [];
      if (cost === undefined) return false;
      checkCost(Number(cost));
      return bcrypt.compareSync(clear, text(hash, "hash"));
    }),
  };
}

/** @throws {RangeError} for a cost that is not from {@linkcode BCRYPT_COST_MIN} to the highest. */
export function checkCost(cost: number): number {
  if (Number.isInteger(cost) && cost >= BCRYPT_COST_MIN && cost <= BCRYPT_COST_MAX) return cost;
  throw new RangeError(
    `bad argument 'cost': expected ${BCRYPT_COST_MIN} to ${BCRYPT_COST_MAX}, got ${cost}`,
  );
}

function passwordOf(value: unknown): string {
  const password = text(value, "password");
  const bytes = new TextEncoder().encode(password).length;
  if (bytes <= PASSWORD_BYTES_MAX) return password;
  throw new RangeError(
    `bad argument 'password': it has ${bytes} bytes, at most ${PASSWORD_BYTES_MAX}`,
  );
}

/** A version 4 UUID (RFC 9562) of 16 random bytes. */
function uuid(bytes: Uint8Array): string {
  const marked = bytes.slice();
  marked[6] = (marked[6]! & 0x0f) | 0x40;
  marked[8] = (marked[8]! & 0x3f) | 0x80;
  return marked.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
