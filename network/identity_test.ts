import { assertEquals, assertNotEquals } from "@std/assert";
import { sign, verify } from "node:crypto";
import { createPublicKey } from "node:crypto";
import { Buffer } from "node:buffer";
import { createIdentity } from "./identity.ts";

Deno.test("createIdentity() gives the key pair of RFC 8032, section 7.1, test 1", () => {
  const secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
  const { memberId } = createIdentity({ randomBytes: () => Uint8Array.fromHex(secret) });
  assertEquals<string>(
    memberId,
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  );
});

Deno.test("a member's id is the key that its signatures verify with", () => {
  const { memberId, secretKey } = createIdentity({ randomBytes: (n) => new Uint8Array(n).fill(5) });
  const x = Buffer.from(memberId, "hex").toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const said = new TextEncoder().encode("hello");
  assertEquals(verify(null, said, publicKey, sign(null, said, secretKey)), true);
});

Deno.test("a secret key does not show its bytes when printed", () => {
  const { secretKey } = createIdentity({ randomBytes: (n) => new Uint8Array(n).fill(0xab) });
  assertNotEquals(Deno.inspect(secretKey).includes("abab"), true);
});
