import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { parseMemberId } from "../sync/mod.ts";
import type { Identity } from "./identity.ts";

/** Bytes of an Ed25519 secret key (RFC 8032 calls it the seed). */
export const SECRET_KEY_BYTES: number = 32;

/** What stands before the 32 secret bytes in PKCS #8 (RFC 8410, section 7). */
const PKCS8_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");

/** The identity of 32 secret bytes; any 32 bytes are one. The bytes are not kept. */
export function identityOf(secret: Uint8Array): Identity {
  if (secret.length !== SECRET_KEY_BYTES) {
    throw new RangeError(
      `Cannot make keys of ${secret.length} bytes: expected ${SECRET_KEY_BYTES}`,
    );
  }
  const key = Buffer.concat([PKCS8_PREFIX, secret]);
  const secretKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  key.fill(0);
  const { x } = createPublicKey(secretKey).export({ format: "jwk" });
  return { memberId: parseMemberId(Buffer.from(x ?? "", "base64url").toString("hex")), secretKey };
}

/** The 32 secret bytes of an identity; whoever asks for them wipes them. */
export function secretOf({ memberId, secretKey }: Identity): Uint8Array {
  if (secretKey.type !== "private" || secretKey.asymmetricKeyType !== "ed25519") {
    throw new TypeError("Cannot read a secret key: it is not an Ed25519 one");
  }
  const encoded = secretKey.export({ format: "der", type: "pkcs8" });
  const secret = new Uint8Array(encoded.subarray(PKCS8_PREFIX.length));
  encoded.fill(0);
  if (identityOf(secret).memberId === memberId) return secret;
  throw new TypeError(`Cannot read the secret key of "${memberId}": it is another member's`);
}
