import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { checkAuthority } from "./authority.ts";
import type { JudgedChange, PastAuthority } from "./authority.ts";
import { SyncError } from "./errors.ts";
import { parseChangeHash, parseMemberId } from "./ids.ts";
import type { ChangeHash, Heads, MemberId } from "./ids.ts";

const SEED = 20260108;
const hash = (n: number) => parseChangeHash(n.toString(16).padStart(64, "0"));
const member = (n: number) => parseMemberId((n + 160).toString(16).repeat(32));
const [ada, ben, eve] = [0, 1, 2].map(member) as [MemberId, MemberId, MemberId];
const change = (
  n: number,
  author: MemberId,
  needs: JudgedChange["needs"],
  deps: readonly number[] = [n - 1],
): JudgedChange => ({ hash: hash(n), author, needs, deps: deps.map(hash) });

/** Ada decides and Ben may write, always. */
const settled = (): PastAuthority => ({ steward: ada, grantees: new Set([ben]) });

function refused(changes: readonly JudgedChange[], at: (heads: Heads) => PastAuthority) {
  const error = assertThrows(() => checkAuthority(changes, at), SyncError);
  assertEquals(error.code, "not_allowed");
  return changes.find(({ hash }) => error.message.includes(hash));
}

Deno.test("checkAuthority() lets the steward write everything", () => {
  const needs = ["steward", "audience", "nothing"] as const;
  checkAuthority(needs.map((need, n) => change(n + 1, ada, need)), settled);
});

Deno.test("checkAuthority() lets a member with a grant write what is not the steward's", () => {
  checkAuthority([change(1, ben, "audience")], settled);
  const forbidden = change(2, ben, "steward");
  assertEquals(refused([change(1, ben, "audience"), forbidden], settled), forbidden);
});

Deno.test("checkAuthority() lets nobody else write anything", () => {
  for (const needs of ["steward", "audience"] as const) {
    refused([change(1, eve, needs)], settled);
    checkAuthority([change(1, eve, "nothing")], settled);
  }
});

Deno.test("checkAuthority() lets nobody with a grant write before there is a steward", () => {
  const at = () => ({ steward: undefined, grantees: new Set([ben]) });
  for (const needs of ["steward", "audience"] as const) refused([change(1, ben, needs)], at);
});

Deno.test("checkAuthority() judges by what a change builds upon, not by what is true now", () => {
  // Ada hands over in change 2; Ben, who saw only change 1, decides at the same time.
  const at = (heads: Heads): PastAuthority => ({
    steward: heads[0] === hash(2) ? ben : ada,
    grantees: new Set(),
  });
  const handover = change(2, ada, "steward", [1]);
  checkAuthority([handover, change(3, ben, "steward", [2])], at);
  const early = change(3, ben, "steward", [1]);
  assertEquals(refused([handover, early], at), early);
  const late = change(3, ada, "steward", [2]);
  assertEquals(refused([handover, late], at), late);
});

Deno.test("checkAuthority() looks once at the past of a run of changes that decide nothing", () => {
  let looks = 0;
  const at = () => {
    looks++;
    return settled();
  };
  const run = Array.from({ length: 100 }, (_, n) => change(n + 1, ben, "audience"));
  checkAuthority(run, at);
  assertEquals(looks, 1);
  // After a steward's change, what was seen before it is not what holds.
  checkAuthority([change(1, ada, "steward"), change(2, ben, "audience")], at);
  assertEquals(looks, 3);
});

Deno.test("checkAuthority() names the first change that was not allowed", () => {
  const changes = [
    change(1, ben, "audience"),
    change(2, eve, "audience"),
    change(3, eve, "steward"),
  ];
  assertEquals(refused(changes, settled), changes[1]);
});

/** A step of a random history: who does what, building upon which of the changes before it. */
const someSteps = fc.array(
  fc.record({
    author: fc.constantFrom(0, 0, 0, 1, 1, 2),
    does: fc.constantFrom("write", "write", "grant", "revoke", "hand over"),
    whom: fc.nat(3),
    upon: fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 14 },
);
type Step = { author: number; does: string; whom: number; upon: number[] };

/** A history after its creation, change 0, and who decided at any point of it. */
function historyOf(steps: readonly Step[]) {
  const upon = steps.map((step, n) => [...new Set(step.upon.map((at) => at % (n + 1)))].sort());
  const past = (heads: Iterable<number>): Set<number> => {
    const seen = new Set(heads);
    for (const at of seen) for (const dep of at === 0 ? [] : upon[at - 1]!) seen.add(dep);
    return seen;
  };
  /** Each in a row of numbers that all agree on, as if it had been written so. */
  const stateAt = (heads: Iterable<number>): PastAuthority => {
    let steward = ada;
    const grantees = new Set<MemberId>([ben]);
    for (const at of [...past(heads)].sort((left, right) => left - right)) {
      const step = steps[at - 1];
      if (step?.does === "hand over") steward = member(step.whom);
      if (step?.does === "grant") grantees.add(member(step.whom));
      if (step?.does === "revoke") grantees.delete(member(step.whom));
    }
    return { steward, grantees };
  };
  const changes = steps.map(({ author, does }, n) =>
    change(n + 1, member(author), does === "write" ? "audience" : "steward", upon[n]!)
  );
  return { changes, upon, stateAt };
}

const numberOf = (hash: ChangeHash) => parseInt(hash, 16);

Deno.test(`law: checkAuthority() judges as one who looks anew each time (seed ${SEED})`, () => {
  let allowed = 0;
  let forbidden = 0;
  fc.assert(
    fc.property(someSteps, (steps) => {
      const { changes, upon, stateAt } = historyOf(steps);
      const naive = steps.findIndex(({ author, does }, n) => {
        const { steward, grantees } = stateAt(upon[n]!);
        const who = member(author);
        return !(steward === who || (does === "write" && grantees.has(who)));
      });
      const at = (heads: Heads) => stateAt(heads.map(numberOf));
      if (naive === -1) {
        checkAuthority(changes, at);
        allowed++;
      } else {
        assertEquals(refused(changes, at), changes[naive]);
        forbidden++;
        checkAuthority(changes.slice(0, naive), at);
        if (naive > 1) allowed++;
      }
    }),
    { seed: SEED, numRuns: 2000 },
  );
  assertEquals([allowed > 300, forbidden > 300], [true, true], `${allowed}, ${forbidden}`);
});

Deno.test(`law: checkAuthority() judges alike in any order of arrival (seed ${SEED})`, () => {
  fc.assert(
    fc.property(someSteps, fc.integer(), (steps, salt) => {
      const { changes, stateAt } = historyOf(steps);
      const at = (heads: Heads) => stateAt(heads.map(numberOf));
      const verdict = (some: readonly JudgedChange[]) => {
        try {
          checkAuthority(some, at);
          return true;
        } catch {
          return false;
        }
      };
      // Another order in which each still comes after those that it builds upon.
      const weight = ({ hash }: JudgedChange) => Math.imul(numberOf(hash), salt | 1) % 7;
      const waiting = [...changes];
      const other: JudgedChange[] = [];
      const here = new Set([hash(0)]);
      while (waiting.length > 0) {
        const ready = waiting.filter(({ deps }) => deps.every((dep) => here.has(dep)));
        const next = ready.sort((left, right) => weight(left) - weight(right))[0]!;
        waiting.splice(waiting.indexOf(next), 1);
        here.add(next.hash);
        other.push(next);
      }
      assertEquals(verdict(other), verdict(changes));
    }),
    { seed: SEED, numRuns: 500 },
  );
});
