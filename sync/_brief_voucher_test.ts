import { assertEquals, assertThrows } from "@std/assert";
import { decodeBriefVoucher, encodeBriefVoucher } from "./_brief_voucher.ts";
import { encodeVoucher } from "./voucher.ts";
import { SyncError } from "./errors.ts";
import { parseChangeHash, parseHeads, parseMemberId } from "./ids.ts";

const hex32 = (n: number) => n.toString(16).padStart(64, "0");
const change = (n: number) => parseChangeHash(hex32(n));
const [ada, ben] = [parseMemberId("a1".repeat(32)), parseMemberId("b2".repeat(32))];
const signature = Uint8Array.from({ length: 64 }, (_, at) => at);
const sealed = signature.toHex();
/** Ada sends, and has 300 heads. */
const context = {
  sender: ada,
  heads: parseHeads(Array.from({ length: 300 }, (_, n) => hex32(n))),
};

Deno.test("encodeBriefVoucher() gives golden bytes, and decodeBriefVoucher() answers it", () => {
  const cases: [typeof ada, number, string][] = [
    [ada, 0, `00${sealed}`],
    [ada, 255, `ff${sealed}`],
    [ada, 256, `${hex32(256)}${sealed}`],
    [ada, 1000, `${hex32(1000)}${sealed}`],
    [ben, 7, `${ben}07${sealed}`],
    [ben, 1000, `${ben}${hex32(1000)}${sealed}`],
  ];
  for (const [member, n, bytes] of cases) {
    const voucher = { member, change: change(n), signature };
    assertEquals(encodeBriefVoucher(voucher, context).toHex(), bytes);
    assertEquals(decodeBriefVoucher(Uint8Array.fromHex(bytes), context), voucher);
  }
});

Deno.test("a brief voucher that leaves nothing out is a voucher as it is kept", () => {
  const voucher = { member: ben, change: change(1000), signature };
  assertEquals(encodeBriefVoucher(voucher, context), encodeVoucher(voucher));
});

Deno.test("decodeBriefVoucher() refuses any other length, and a second spelling", () => {
  const lengths = new Set([65, 96, 97, 128]);
  for (let length = 0; length < 200; length++) {
    const decode = () => decodeBriefVoucher(new Uint8Array(length).fill(0xee), context);
    if (lengths.has(length)) decode();
    else assertEquals(assertThrows(decode, SyncError).code, "bad_encoding", `${length} bytes`);
  }
  const cases: [string, string][] = [
    ["the sender's name", `${ada}07${sealed}`],
    ["the sender's name, and a change", `${ada}${hex32(1000)}${sealed}`],
    ["a head, spelled out", `${hex32(255)}${sealed}`],
    ["a head of another's, spelled out", `${ben}${hex32(0)}${sealed}`],
  ];
  for (const [what, hex] of cases) {
    const error = assertThrows(
      () => decodeBriefVoucher(Uint8Array.fromHex(hex), context),
      SyncError,
    );
    assertEquals(error.code, "bad_encoding", what);
  }
});

Deno.test("decodeBriefVoucher() refuses a place without a head, and what is not bytes", () => {
  const few = { sender: ada, heads: context.heads.slice(0, 2) };
  const at = (place: number) =>
    decodeBriefVoucher(new Uint8Array([place, ...signature]), few).change;
  assertEquals([at(0), at(1)], [change(0), change(1)]);
  assertThrows(() => at(2), SyncError, "there is no head 2");
  for (const value of ["text", 1, null, [], {}, undefined]) {
    const error = assertThrows(() => decodeBriefVoucher(value, few), SyncError);
    assertEquals(error.code, "bad_encoding");
  }
});

Deno.test("decodeBriefVoucher() copies", () => {
  const bytes = new Uint8Array([0, ...signature]);
  const voucher = decodeBriefVoucher(bytes, context);
  bytes.fill(0);
  assertEquals(voucher.signature, signature);
});
