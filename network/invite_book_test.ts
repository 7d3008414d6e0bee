import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { blake3 } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import {
  decodeWire,
  encodeWire,
  INTERFACE_MEMBERS_MAX,
  parseMemberId,
  seededSources,
} from "../sync/mod.ts";
import type { MemberId, Sources, WireValue } from "../sync/mod.ts";
import { mutants } from "../tests/_mutations.ts";
import { NetworkError } from "./errors.ts";
import { INVITE_USES_MAX } from "./invite.ts";
import { INVITE_KEPT_MS, InviteBook, inviteRefused, INVITES_MAX } from "./invite_book.ts";
import type { InviteOutcome } from "./invite_book.ts";
import { inviteIdOf, inviteStatusOf } from "./issued_invite.ts";
import type { IssuedInvite } from "./issued_invite.ts";

const SEED = 20260316;
const member = (n: number) => parseMemberId(n.toString(16).padStart(64, "0"));
const [ada, ben, cem] = [member(1), member(2), member(3)];
const sourcesAt = (nowMs: number, seed = "invites") => seededSources(seed, () => nowMs);
const saved = (book: InviteBook) => InviteBook.load(decodeWire(encodeWire(book.save())));
const why = (outcome: InviteOutcome) =>
  outcome.type === "admitted" ? outcome.isFirst : outcome.code;

Deno.test("InviteBook.issue() gives a secret, a name and what was asked for", () => {
  const book = new InviteBook();
  const sources = sourcesAt(5);
  const invite = book.issue({ sources, expiresAtMs: 100, usesMax: 2 });
  const id = new Uint8Array(
    blake3(new Uint8Array([...new TextEncoder().encode("indras-invite-v1:"), ...invite.secret])),
  ).toHex();
  assertEquals(invite, {
    ...{ id, secret: invite.secret, issuedAtMs: 5, expiresAtMs: 100, usesMax: 2, usedBy: [] },
  } as unknown as IssuedInvite);
  assertEquals([inviteIdOf(invite.secret), invite.secret.length], [invite.id, 32]);
  const other = book.issue({ sources });
  assertEquals([book.list(), book.find(other.id)], [[invite, other], other]);
  assertNotEquals(other.id, invite.id);
});

Deno.test("InviteBook.use() lets in as many members as the invite says, each once", () => {
  const book = new InviteBook();
  const { id, secret } = book.issue({ sources: sourcesAt(0), usesMax: 2 });
  const use = (member: MemberId) => why(book.use(secret, { member, nowMs: 0 }));
  assertEquals([use(ada), use(ada), use(ben)], [true, false, true]);
  assertEquals([use(cem), use(ada), use(ben), use(cem)], [
    "realm_full",
    false,
    false,
    "realm_full",
  ]);
  assertEquals(book.find(id)?.usedBy, [ada, ben]);
});

Deno.test("InviteBook.check() counts nothing", () => {
  const book = new InviteBook();
  const { id, secret } = book.issue({ sources: sourcesAt(0), usesMax: 1 });
  for (const member of [ada, ben]) {
    assertEquals(why(book.check(secret, { member, nowMs: 0 })), true);
  }
  assertEquals(book.find(id)?.usedBy, []);
});

Deno.test("InviteBook.use() refuses an expired invite on the millisecond, whoever comes", () => {
  const book = new InviteBook();
  const { secret } = book.issue({ sources: sourcesAt(0), expiresAtMs: 100 });
  assertEquals(why(book.use(secret, { member: ada, nowMs: 99 })), true);
  for (const member of [ada, ben]) {
    assertEquals(why(book.use(secret, { member, nowMs: 100 })), "invite_expired");
  }
});

Deno.test("InviteBook.revoke() is for good, and for who was let in before, too", () => {
  const book = new InviteBook();
  const { id, secret } = book.issue({ sources: sourcesAt(0), expiresAtMs: 100, usesMax: 1 });
  book.use(secret, { member: ada, nowMs: 1 });
  assertEquals([book.revoke(id, 2), book.revoke(id, 3)], [true, false]);
  assertEquals(book.find(id)?.revokedAtMs, 2);
  for (const nowMs of [0, 2, 1000]) {
    for (const member of [ada, ben]) {
      assertEquals(why(book.use(secret, { member, nowMs })), "invite_revoked");
    }
  }
  assertEquals(book.revoke(inviteIdOf(new Uint8Array(32)), 2), false);
});

Deno.test("InviteBook.use() refuses secrets that it did not issue", () => {
  const book = new InviteBook();
  const { secret } = book.issue({ sources: sourcesAt(0) });
  const use = (bytes: Uint8Array) => why(book.use(bytes, { member: ada, nowMs: 0 }));
  for (let bit = 0; bit < 8 * secret.length; bit++) {
    const flipped = secret.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assertEquals(use(flipped), "unknown_invite");
  }
  for (let length = 0; length < 32; length++) {
    assertEquals(use(secret.subarray(0, length)), "unknown_invite");
  }
  assertEquals(use(new Uint8Array([...secret, 0])), "unknown_invite");
  // The name of an invite, which is no secret, does not let in.
  assertEquals(use(Uint8Array.fromHex(inviteIdOf(secret))), "unknown_invite");
  assertEquals(use(secret), true);
});

Deno.test("inviteIdOf() refuses a secret of another length", () => {
  assertThrows(() => inviteIdOf(new Uint8Array(31)), RangeError, "31 bytes, not 32");
});

Deno.test("inviteRefused() has the code and a text for each refusal", () => {
  const codes = ["unknown_invite", "invite_revoked", "invite_expired", "realm_full"] as const;
  const errors = codes.map(inviteRefused);
  assertEquals(errors.map(({ code }) => code), [...codes]);
  assertEquals(errors.map(({ message }) => message), [
    "Invite unknown",
    "Invite revoked",
    "Invite expired",
    "Realm full: the invite is used up",
  ]);
});

Deno.test("InviteBook.issue() refuses terms that are none", () => {
  const book = new InviteBook();
  const terms = [
    { usesMax: 0 },
    { usesMax: 1.5 },
    { usesMax: INVITE_USES_MAX + 1 },
    { expiresAtMs: -1 },
    { expiresAtMs: 0.5 },
    { expiresAtMs: NaN },
  ];
  for (const wrong of terms) {
    const error = assertThrows(
      () => book.issue({ sources: sourcesAt(0), ...wrong }),
      NetworkError,
      "Invalid operation: cannot issue invite: its ",
    );
    assertEquals(error.code, "invalid_operation");
  }
  assertEquals(book.list(), []);
});

Deno.test("InviteBook.issue() does not bring back an invite whose secret is drawn again", () => {
  const book = new InviteBook();
  const { id } = book.issue({ sources: sourcesAt(0) });
  book.revoke(id, 1);
  assertThrows(() => book.issue({ sources: sourcesAt(2) }), NetworkError, "secret is not new");
  assertEquals(book.find(id)?.revokedAtMs, 1);
});

Deno.test("InviteBook holds a number of invites and makes room by forgetting ended ones", () => {
  const book = new InviteBook();
  const sources = sourcesAt(50);
  const ids = Array.from({ length: INVITES_MAX }, (_, at) => {
    const terms = at === 7 ? { usesMax: 1 } : at === 9 ? { expiresAtMs: 50 } : { expiresAtMs: 51 };
    return book.issue({ sources, ...terms }).id;
  });
  const isKnown = (at: number) => book.find(ids[at]!) !== undefined;
  book.revoke(ids[11]!, 40);
  book.use(book.find(ids[7]!)!.secret, { member: ada, nowMs: 50 });
  for (const at of [9, 11, 7]) {
    assert(isKnown(at));
    book.issue({ sources });
    assertEquals([isKnown(at), book.list().length], [false, INVITES_MAX]);
  }
  const error = assertThrows(() => book.issue({ sources }), NetworkError, "at most 128");
  assertEquals(error.code, "limit_reached");
  assertEquals(ids.filter((_, at) => isKnown(at)).length, INVITES_MAX - 3);
  // With the clock they end by themselves.
  book.issue({ sources: sourcesAt(51, "others") });
  assert(!isKnown(0) && isKnown(1));
});

Deno.test("an invite without a number of uses lets in as many as a realm has members", () => {
  assertEquals(INVITE_USES_MAX, INTERFACE_MEMBERS_MAX);
  const book = new InviteBook();
  const { secret } = book.issue({ sources: sourcesAt(0) });
  const use = (n: number) => why(book.use(secret, { member: member(n), nowMs: 0 }));
  for (let n = 0; n < INVITE_USES_MAX; n++) assertEquals(use(n), true);
  assertEquals([use(INVITE_USES_MAX), use(0)], ["realm_full", false]);
  assertEquals(why(saved(book).use(secret, { member: member(5000), nowMs: 0 })), "realm_full");
});

Deno.test("InviteBook.expire() forgets a month after the end", () => {
  const book = new InviteBook();
  const sources = sourcesAt(0);
  const [expiring, revoked, open] = [
    book.issue({ sources, expiresAtMs: 100 }),
    book.issue({ sources, expiresAtMs: 1000 }),
    book.issue({ sources }),
  ];
  book.revoke(revoked.id, 50);
  const use = (secret: Uint8Array, nowMs: number) => why(book.use(secret, { member: ada, nowMs }));
  assertEquals(book.expire(INVITE_KEPT_MS + 49), 0);
  assertEquals(use(revoked.secret, INVITE_KEPT_MS), "invite_revoked");
  assertEquals(book.expire(INVITE_KEPT_MS + 50), 1);
  assertEquals(use(revoked.secret, INVITE_KEPT_MS), "unknown_invite");
  assertEquals(use(expiring.secret, INVITE_KEPT_MS), "invite_expired");
  assertEquals(book.expire(Number.MAX_SAFE_INTEGER), 1);
  assertEquals(book.list(), [open]);
});

Deno.test("inviteStatusOf() names revoked before expired before used up", () => {
  const book = new InviteBook();
  const { id, secret } = book.issue({ sources: sourcesAt(0), expiresAtMs: 100, usesMax: 1 });
  const status = (nowMs: number) => inviteStatusOf(book.find(id)!, nowMs);
  assertEquals([status(0), status(100)], ["open", "expired"]);
  book.use(secret, { member: ada, nowMs: 0 });
  assertEquals([status(0), status(100)], ["used_up", "expired"]);
  book.revoke(id, 1);
  assertEquals([status(0), status(100)], ["revoked", "revoked"]);
});

Deno.test("what InviteBook hands out cannot change it", () => {
  const book = new InviteBook();
  const secret = book.issue({ sources: sourcesAt(0) }).secret.slice();
  const before = encodeWire(book.save());
  const outcome = book.check(secret, { member: ada, nowMs: 0 });
  assert(outcome.type === "admitted");
  for (const invite of [...book.list(), book.find(inviteIdOf(secret))!, outcome.invite]) {
    invite.secret.fill(0);
    (invite.usedBy as MemberId[]).push(ben);
  }
  const state = book.save() as { invites: { secret: Uint8Array }[] };
  state.invites[0]!.secret.fill(0);
  assertEquals(encodeWire(book.save()), before);
  const used = book.use(secret, { member: ada, nowMs: 0 });
  assert(used.type === "admitted");
  used.invite.secret.fill(0);
  (used.invite.usedBy as MemberId[]).length = 0;
  assertEquals(why(book.use(secret, { member: ada, nowMs: 0 })), false);
});

/** What a person would write down: the model that the book is held against. */
interface Line {
  readonly secret: Uint8Array;
  readonly expiresAtMs: number;
  readonly usesMax: number;
  isRevoked: boolean;
  readonly used: Set<MemberId>;
}

Deno.test(`InviteBook says what a plain list says, also after saving (seed ${SEED})`, () => {
  const step = fc.record({
    what: fc.constantFrom("issue", "use", "use", "use", "revoke", "save", "wait"),
    at: fc.nat(),
    who: fc.constantFrom(ada, ben, cem),
    expires: fc.integer({ min: 1, max: 30 }),
    usesMax: fc.integer({ min: 1, max: 3 }),
    has: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let [book, nowMs] = [new InviteBook(), 0];
      const sources = seededSources("model", () => nowMs);
      const lines: Line[] = [];
      for (const { what, at, who, expires, usesMax, has } of steps) {
        const line = lines[at % lines.length];
        if (what === "wait") nowMs += expires % 7;
        if (what === "save") book = saved(book);
        if (what === "issue") {
          const terms = {
            ...(has & 1 && { expiresAtMs: nowMs + expires }),
            ...(has & 2 && { usesMax }),
          };
          const { secret } = book.issue({ sources, ...terms });
          const line = { secret, expiresAtMs: Infinity, usesMax: Infinity, ...terms };
          lines.push({ ...line, isRevoked: false, used: new Set() });
        }
        if (line === undefined) continue;
        if (what === "revoke") {
          assertEquals(book.revoke(inviteIdOf(line.secret), nowMs), !line.isRevoked);
          line.isRevoked = true;
        }
        if (what === "use") {
          const expected = line.isRevoked
            ? "invite_revoked"
            : nowMs >= line.expiresAtMs
            ? "invite_expired"
            : line.used.has(who)
            ? false
            : line.used.size >= line.usesMax
            ? "realm_full"
            : true;
          assertEquals(why(book.check(line.secret, { member: who, nowMs })), expected);
          assertEquals(why(book.use(line.secret, { member: who, nowMs })), expected);
          if (expected === true) line.used.add(who);
        }
      }
      assertEquals(
        book.list().map(({ secret, usedBy }) => [secret, usedBy]),
        lines.map(({ secret, used }) => [secret, [...used]]),
      );
      assertEquals(saved(book).list(), book.list());
    }),
    { seed: SEED, numRuns: 200 },
  );
});

function filled(): InviteBook {
  const book = new InviteBook();
  const sources = sourcesAt(7);
  const { secret } = book.issue({ sources, expiresAtMs: 100, usesMax: 2 });
  book.use(secret, { member: ada, nowMs: 8 });
  book.use(secret, { member: ben, nowMs: 8 });
  book.revoke(book.issue({ sources }).id, 9);
  book.issue({ sources, usesMax: 1 });
  return book;
}

Deno.test("InviteBook.load() refuses what InviteBook.save() never gave", () => {
  const { v, invites } = filled().save() as {
    v: number;
    invites: readonly Readonly<Record<string, WireValue>>[];
  };
  const first = invites[0]!;
  const one = (other: Readonly<Record<string, WireValue>>) => ({
    v,
    invites: [{ ...first, ...other }],
  });
  const twice = new Uint8Array(64).fill(1);
  const wrongs: WireValue[] = [
    ...[null, 1, "", [], new Uint8Array(3), {}, { v }, { invites }, { v: 2, invites }],
    ...[{ v, invites: {} }, { v, invites: [1] }, { v, invites: [null] }, { v, invites: [[]] }],
    { v, invites: [first, first] },
    { v, invites: Array.from({ length: INVITES_MAX + 1 }, () => first) },
    ...[new Uint8Array(31), "x", null].map((secret) => one({ secret })),
    ...[null, -1, NaN, Infinity, "1"].map((time) => one({ issued_at: time })),
    ...[-1, 1.5, "1", 2 ** 53].map((time) => one({ expires_at: time })),
    ...[-1, NaN, "1"].map((time) => one({ revoked_at: time })),
    ...[0, 1, 1.5, INVITE_USES_MAX + 1, "1"].map((uses) => one({ uses })),
    ...[null, [], new Uint8Array(33), twice].map((members) => one({ used_by: members })),
    ...Object.keys(first).map((key) => {
      const { [key]: _, ...without } = first;
      return { v, invites: [without] };
    }),
  ];
  for (const wrong of wrongs) {
    const error = assertThrows(() => InviteBook.load(wrong), NetworkError);
    assertEquals(error.code, "storage_error");
    assert(error.message.startsWith("Storage error: cannot read invites: "));
  }
  assertEquals(InviteBook.load({ v, invites }).list(), filled().list());
});

Deno.test(`InviteBook.load() refuses damage or gives a book that can be saved (seed ${SEED})`, () => {
  let [refused, loaded] = [0, 0];
  const [good, sources] = [encodeWire(filled().save()), sourcesAt(0, `${SEED}`)];
  const others = [...mutants(good, { seed: SEED, count: 1000 })];
  for (let run = 0; run < 2000; run++) others.push(scratched(good, sources));
  for (const damaged of others) {
    const state = tried(() => decodeWire(damaged));
    if (state === undefined) continue;
    const book = tried(() => InviteBook.load(state));
    if (book === undefined) {
      refused++;
      continue;
    }
    assertEquals(saved(book).list(), book.list());
    loaded++;
  }
  assert(refused > 100 && loaded > 100, `${refused} refused, ${loaded} loaded`);
});

/** Up to three bytes anywhere are others; where damage is, is as likely as anywhere else. */
function scratched(bytes: Uint8Array, sources: Pick<Sources, "random">): Uint8Array {
  const copy = bytes.slice();
  const below = (end: number) => Math.floor(sources.random() * end);
  for (let left = 1 + below(3); left > 0; left--) copy[below(copy.length)] = below(256);
  return copy;
}

function tried<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
