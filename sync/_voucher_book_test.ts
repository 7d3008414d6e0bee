import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { Buffer } from "node:buffer";
import { VoucherBook } from "./_voucher_book.ts";
import { ArtifactDocument } from "./artifact_document.ts";
import { checkAuthorship } from "./authorship.ts";
import { actorOf, parseArtifactId, parseMemberId } from "./ids.ts";
import type { MemberKeys } from "./keys.ts";
import { seededSources } from "./sources.ts";

const SEED = 20260112;
const nowMs = () => 5_000;
const child = (n: number) => parseArtifactId(n.toString(16).padStart(64, "0"));

function keysOf(name: string): MemberKeys {
  const seed = seededSources(`keys of ${name}`, nowMs).randomBytes(32);
  const key = Buffer.concat([Uint8Array.fromHex("302e020100300506032b657004220420"), seed]);
  const secretKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(secretKey).export({ format: "jwk" });
  return { memberId: parseMemberId(Buffer.from(x!, "base64url").toString("hex")), secretKey };
}
const KEYS = ["ada", "ben", "cyd"].map(keysOf);
const [ada, ben] = KEYS as [MemberKeys, MemberKeys];
const writer = ({ memberId }: MemberKeys, session = 0) => ({
  actor: actorOf(memberId, session),
  nowMs,
});
const story = () =>
  ArtifactDocument.create({ nonce: new Uint8Array(32), artifactType: "story", ...writer(ada) });

Deno.test("VoucherBook.since() vouches for one's own latest change, and for nothing twice", () => {
  using document = story();
  const book = new VoucherBook(ada);
  document.appendRef(child(1));
  const vouchers = book.since(document, []);
  assertEquals(vouchers.map(({ change }) => change), document.getHeads());
  assertEquals(vouchers[0]!.member, ada.memberId);
  assertEquals(checkAuthorship(document.artifactId, document.authorsSince([]), vouchers), vouchers);
  assertEquals(book.since(document, document.getHeads()), []);
  assert(book.since(document, [])[0] === vouchers[0], "it was signed once");
});

Deno.test("VoucherBook.since() passes on what others vouched for, and cannot make it up", () => {
  using adas = story();
  using bens = adas.fork(writer(ben));
  bens.appendRef(child(2));
  const base = adas.getHeads();
  adas.applyEncoded(bens.encodeChangesSince(base));
  const book = new VoucherBook(ada);
  assertEquals(book.since(adas, base), []);
  const theirs = new VoucherBook(ben).since(bens, base);
  book.keep(adas.artifactId, theirs);
  assertEquals(book.since(adas, base), theirs);
  book.forget(adas.artifactId);
  assertEquals(book.since(adas, base), []);
});

Deno.test("VoucherBook keeps the vouchers of each document apart", () => {
  using document = story();
  const book = new VoucherBook(ben);
  const vouchers = new VoucherBook(ada).since(document, []);
  book.keep(child(7), vouchers);
  assertEquals(book.since(document, []), []);
  book.keep(document.artifactId, vouchers);
  book.forget(child(7));
  assertEquals(book.since(document, []), vouchers);
});

Deno.test(`law: whatever two members exchange, their books convince a third (seed ${SEED})`, () => {
  const step = fc.record({
    does: fc.constantFrom("write", "write", "bring"),
    who: fc.nat(2),
    to: fc.nat(2),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 16 }), (steps) => {
      const first = story();
      const peers = KEYS.map((keys, n) => ({
        book: new VoucherBook(keys),
        document: n === 0 ? first : ArtifactDocument.awaiting(first.artifactId, writer(keys)),
      }));
      const bring = (from: number, to: number) => {
        const [source, target] = [peers[from]!, peers[to]!];
        const base = target.document.getHeads();
        const vouchers = source.book.since(source.document, base);
        const changes = source.document.encodeChangesSince(base);
        target.document.applyEncoded(changes, source.document.getHeads(), (judged) => {
          const useful = checkAuthorship(first.artifactId, judged, vouchers);
          target.book.keep(first.artifactId, useful);
        });
      };
      for (const { does, who, to } of steps) {
        if (does === "bring" && who !== to) bring(who, to);
        else if (peers[who]!.document.isCreated) peers[who]!.document.appendRef(child(to));
      }
      for (const [from, to] of [[1, 0], [2, 0], [0, 1], [0, 2]] as const) bring(from, to);
      for (const { document } of peers) {
        assertEquals(document.getHeads(), first.getHeads());
        document[Symbol.dispose]();
      }
    }),
    { seed: SEED, numRuns: 60 },
  );
});
