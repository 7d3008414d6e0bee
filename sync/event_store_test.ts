import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { mutants } from "../tests/_mutations.ts";
import { encodeWire } from "./codec.ts";
import { SyncError } from "./errors.ts";
import {
  EVENT_STORE_DEFAULTS,
  EventStore,
  LIGHT_EVENT_BODY_BYTES_MAX,
  LIGHT_EVENT_MEMBERS_MAX,
  LIGHT_EVENTS_HELD_MAX,
} from "./event_store.ts";
import type { EventStoreOptions, LightEvent } from "./event_store.ts";
import { parseMemberId } from "./ids.ts";
import type { MemberId } from "./ids.ts";

const SEED = 20260107;
const id = (n: number) => parseMemberId(n.toString(16).padStart(64, "0"));
const [ada, ben, cyd] = [id(0xa), id(0xb), id(0xc)];
const event = (sender: MemberId, counter: number, more: Partial<LightEvent> = {}): LightEvent => ({
  ...{ sender, counter, kind: "typing", body: Uint8Array.of(counter & 255) },
  ...{ expiresAtMs: undefined, ...more },
});
const storeOf = (members: readonly MemberId[] = [ada, ben, cyd], options?: EventStoreOptions) => {
  const store = new EventStore(options);
  for (const member of members) store.addMember(member);
  return store;
};
const pending = (store: EventStore, member: MemberId) =>
  store.pendingFor(member).map(({ sender, counter }) => `${sender.at(-1)}${counter}`);
const acknowledgeAll = (store: EventStore, member: MemberId) => {
  const last = store.pendingFor(member).at(-1);
  if (last !== undefined) store.acknowledge(member, last.sequence);
};

Deno.test("EventStore.append() then pendingFor() reaches everybody but the sender", () => {
  const store = storeOf();
  const outcome = store.append(event(ada, 1), 0);
  assertEquals(outcome, { type: "appended", events: [{ ...event(ada, 1), sequence: 1 }] });
  store.append(event(ben, 1), 0);
  assertEquals(pending(store, ada), ["b1"]);
  assertEquals(pending(store, ben), ["a1"]);
  assertEquals(pending(store, cyd), ["a1", "b1"]);
  assertEquals(pending(store, id(9)), []);
});

Deno.test("EventStore.append() takes each event once, from whomever it comes", () => {
  const store = storeOf();
  store.append(event(ada, 1), 0);
  store.append(event(ada, 2), 0);
  for (const counter of [1, 2, 1]) {
    assertEquals(store.append(event(ada, counter), 0), { type: "stale" });
  }
  assertEquals(pending(store, ben), ["a1", "a2"]);
  store.append(event(ada, 5), 0);
  assertEquals(store.append(event(ada, 5), 0), { type: "stale" }); // also while it is held
  assertEquals(store.counts.stale, 4);
  assertEquals(store.append(event(ben, 1), 0).type, "appended"); // counts are each sender's own
});

Deno.test("EventStore.append() keeps each sender's order, whatever the order of arrival", () => {
  const store = storeOf();
  store.append(event(ada, 1), 0);
  assertEquals(store.append(event(ada, 4), 0), { type: "held" });
  assertEquals(store.append(event(ada, 3), 0), { type: "held" });
  store.append(event(ben, 1), 0);
  assertEquals(pending(store, cyd), ["a1", "b1"]);
  const outcome = store.append(event(ada, 2), 0);
  assert(outcome.type === "appended");
  assertEquals(outcome.events.map(({ counter, sequence }) => [counter, sequence]), [
    ...[[2, 3], [3, 4], [4, 5]],
  ]);
  assertEquals(pending(store, cyd), ["a1", "b1", "a2", "a3", "a4"]);
});

Deno.test("EventStore.append() begins with whatever comes first", () => {
  const store = storeOf();
  assertEquals(store.append(event(ada, 70), 0).type, "appended");
  assertEquals(store.append(event(ada, 69), 0), { type: "stale" });
});

Deno.test("EventStore.append() stops waiting when too many wait", () => {
  const store = storeOf();
  store.append(event(ada, 1), 0);
  for (let n = 0; n < LIGHT_EVENTS_HELD_MAX; n++) {
    assertEquals(store.append(event(ada, 4 + n), 0).type, "held");
  }
  const outcome = store.append(event(ada, 4 + LIGHT_EVENTS_HELD_MAX), 0);
  assert(outcome.type === "appended");
  assertEquals(outcome.events.length, LIGHT_EVENTS_HELD_MAX + 1);
  assertEquals(store.counts.skipped, 2);
  assertEquals(store.append(event(ada, 2), 0), { type: "stale" });
});

Deno.test("EventStore.expire() stops waiting after a while", () => {
  const store = storeOf(undefined, { gapMs: 100 });
  store.append(event(ada, 1), 0);
  store.append(event(ada, 3), 50);
  store.append(event(ada, 6), 120);
  assertEquals(store.expire(149), []);
  assertEquals(store.expire(150).map(({ counter }) => counter), [3]);
  assertEquals(store.expire(219), []);
  assertEquals(store.expire(220).map(({ counter }) => counter), [6]);
  assertEquals(store.counts.skipped, 3);
  assertEquals(pending(store, ben), ["a1", "a3", "a6"]);
});

Deno.test("EventStore.append() and expire() take away what is over", () => {
  const store = storeOf();
  assertEquals(store.append(event(ada, 1, { expiresAtMs: 10 }), 10), { type: "expired" });
  assertEquals(store.append(event(ada, 1, { expiresAtMs: 99 }), 10), { type: "stale" });
  assertEquals(store.append(event(ada, 2, { expiresAtMs: 11 }), 10).type, "appended");
  store.append(event(ada, 3), 10);
  store.append(event(ben, 1, { expiresAtMs: 11 }), 10);
  for (const member of [ada, cyd]) acknowledgeAll(store, member);
  store.expire(10);
  assertEquals(pending(store, ben), ["a2", "a3"]);
  store.expire(11);
  assertEquals(pending(store, ben), ["a3"]);
  assertEquals(store.counts.expired, 2); // and what everybody had by then is not counted
  assertEquals(store.lostBy(ben), 0);
});

Deno.test("EventStore.append() lets what it held go by if it is over by then", () => {
  const store = storeOf();
  store.append(event(ada, 1), 0);
  store.append(event(ada, 3, { expiresAtMs: 5 }), 0);
  const outcome = store.append(event(ada, 2), 9);
  assert(outcome.type === "appended");
  assertEquals(outcome.events.map(({ counter }) => counter), [2]);
  assertEquals(store.append(event(ada, 4), 9).type, "appended");
});

Deno.test("EventStore.acknowledge() goes forward only, and not beyond what there is", () => {
  const store = storeOf();
  for (let n = 1; n <= 3; n++) store.append(event(ada, n), 0);
  assert(store.acknowledge(ben, 2));
  assertEquals(pending(store, ben), ["a3"]);
  for (const sequence of [2, 1, 0, -1, 4, 1.5, NaN, Infinity]) {
    assertFalse(store.acknowledge(ben, sequence), `${sequence}`);
  }
  assertFalse(store.acknowledge(id(9), 1));
  assertEquals(store.markOf(ben), 2);
  assertEquals([store.markOf(cyd), store.markOf(id(9))], [0, 0]);
});

Deno.test("EventStore.prune() waits for every member, also for one without a mark", () => {
  const store = storeOf();
  for (let n = 1; n <= 3; n++) store.append(event(ada, n), 0);
  acknowledgeAll(store, ben);
  assertEquals(store.prune(), 0); // Cyd has never said a word
  store.acknowledge(cyd, 2);
  assertEquals(store.prune(), 2);
  assertEquals(pending(store, cyd), ["a3"]);
  assertEquals(store.prune(), 0);
  store.removeMember(cyd);
  assertEquals(store.prune(), 1);
  assertEquals(store.counts.dropped, 0);
});

Deno.test("EventStore.addMember() and removeMember() are pairs", () => {
  const store = storeOf([ada]);
  store.append(event(ada, 1), 0);
  assert(store.addMember(ben));
  assertFalse(store.addMember(ben));
  assertEquals(pending(store, ben), ["a1"]); // all that is still here
  store.append(event(ben, 7), 0);
  store.append(event(ben, 9), 0); // held
  assert(store.removeMember(ben));
  assertFalse(store.removeMember(ben));
  assertEquals(store.members(), [ada]);
  assertEquals(pending(store, ben), []);
  assertEquals(pending(store, ada), ["b7"]);
  assertEquals(store.append(event(ben, 8), 0), { type: "not_member" });
  store.addMember(ben);
  assertEquals(store.append(event(ben, 1), 0).type, "appended");
  EventStore.load(store.save());
});

Deno.test("EventStore.addMember() stops at its limit", () => {
  const store = storeOf(Array.from({ length: LIGHT_EVENT_MEMBERS_MAX }, (_, n) => id(n)));
  assertThrows(() => store.addMember(id(LIGHT_EVENT_MEMBERS_MAX)), RangeError, "the most");
  assertFalse(store.addMember(id(0)));
});

Deno.test("EventStore drops the oldest beyond its limits, and says who lost it", () => {
  const store = storeOf(undefined, { eventsMax: 3 });
  for (let n = 1; n <= 3; n++) store.append(event(ada, n), 0);
  assertEquals(store.counts.dropped, 0);
  store.acknowledge(ben, 1);
  store.append(event(ada, 4), 0);
  assertEquals(pending(store, ben), ["a2", "a3", "a4"]);
  assertEquals(pending(store, cyd), ["a2", "a3", "a4"]);
  assertEquals([ada, ben, cyd].map((member) => store.lostBy(member)), [0, 0, 1]);
  assertEquals(store.counts.dropped, 1);

  for (const member of [ben, cyd]) acknowledgeAll(store, member);
  store.append(event(ada, 5), 0); // room is made by what everybody has
  assertEquals(store.counts.dropped, 1);
});

Deno.test("EventStore counts the bytes of bodies", () => {
  const body = new Uint8Array(100);
  const store = storeOf(undefined, { bodyBytesMax: 250 });
  for (let n = 1; n <= 2; n++) store.append(event(ada, n, { body }), 0);
  assertEquals(store.counts.dropped, 0);
  store.append(event(ada, 3, { body }), 0);
  assertEquals(pending(store, ben), ["a2", "a3"]);
  assertEquals(store.lostBy(ben), 1);
  assertEquals(EVENT_STORE_DEFAULTS.eventsMax, 1024);
});

Deno.test("EventStore.append() refuses what is no light event", () => {
  const store = storeOf();
  const cases: Partial<LightEvent>[] = [
    ...[0, -1, 0.5, NaN, 2 ** 53].map((counter) => ({ counter })),
    ...["", "two words", "x".repeat(65)].map((kind) => ({ kind })),
    ...[-1, 0.5].map((expiresAtMs) => ({ expiresAtMs })),
    { body: new Uint8Array(LIGHT_EVENT_BODY_BYTES_MAX + 1) },
  ];
  for (const more of cases) {
    assertThrows(() => store.append(event(ada, 1, more), 0), RangeError, "Cannot take");
  }
  const body = new Uint8Array(LIGHT_EVENT_BODY_BYTES_MAX);
  const largest = { kind: "x".repeat(64), body, counter: Number.MAX_SAFE_INTEGER };
  assertEquals(store.append(event(ada, 1, largest), 0).type, "appended");
  assertEquals(store.append(event(ada, 1), 0), { type: "stale" });
  assertEquals(EventStore.load(store.save()).save(), store.save());
});

Deno.test("EventStore counts no further than it can", () => {
  const store = storeOf([ada, ben], { gapMs: 0 });
  for (const sender of [ada, ben]) {
    store.append(event(sender, 1), 0);
    store.append(event(sender, Number.MAX_SAFE_INTEGER), 0);
  }
  store.expire(1);
  assertEquals(store.counts.skipped, Number.MAX_SAFE_INTEGER);
  EventStore.load(store.save());
});

Deno.test("EventStore.append() keeps its own copy of the body", () => {
  const store = storeOf();
  const body = Uint8Array.of(7);
  store.append(event(ada, 1, { body }), 0);
  body[0] = 0;
  assertEquals(store.pendingFor(ben)[0]!.body, Uint8Array.of(7));
});

Deno.test("EventStore.save() gives golden bytes", () => {
  const store = storeOf([ada]);
  store.append(event(ada, 1, { expiresAtMs: 9 }), 0);
  const key = `5820${ada}`;
  assertEquals(
    store.save().toHex(),
    "a6617601646c617374" + "01" + "66636f756e7473" + "850100000000" +
      "676d656d62657273" + `8183${key}0000` + "6773656e64657273" + `8183${key}0180` +
      "666576656e7473" + `818601${key}01` + "66747970696e67" + "4101" + "09",
  );
});

Deno.test("EventStore.load() with smaller limits drops and counts", () => {
  const store = storeOf();
  for (let n = 1; n <= 5; n++) store.append(event(ada, n), 0);
  const loaded = EventStore.load(store.save(), { eventsMax: 2 });
  assertEquals(pending(loaded, ben), ["a4", "a5"]);
  assertEquals([loaded.lostBy(ben), loaded.counts.dropped], [3, 3]);
});

Deno.test("EventStore.load() refuses what it did not write", () => {
  const [one, two] = [ada, ben].map((member) => Uint8Array.fromHex(member)) as [
    Uint8Array,
    Uint8Array,
  ];
  const good = { v: 1, last: 2, counts: [2, 0, 0, 0, 0], members: [[one, 0, 0]] };
  const content = [1, "typing", Uint8Array.of(1), null];
  const rest = { senders: [[one, 1, []]], events: [[1, one, ...content]] };
  EventStore.load(encodeWire({ ...good, ...rest }));
  const cases: [string, Parameters<typeof encodeWire>[0], string][] = [
    ["another version", { ...good, ...rest, v: 2 }, "unknown_version"],
    ["a field too many", { ...good, ...rest, x: 1 }, "bad_encoding"],
    ["a count too few", { ...good, ...rest, counts: [1] }, "bad_encoding"],
    ["a negative count", { ...good, ...rest, counts: [-1, 0, 0, 0, 0] }, "bad_encoding"],
    ["a mark beyond the end", { ...good, ...rest, members: [[one, 3, 0]] }, "bad_encoding"],
    ["a member twice", { ...good, ...rest, members: [[one, 0, 0], [one, 0, 0]] }, "bad_encoding"],
    [
      "members out of order",
      { ...good, ...rest, members: [[two, 0, 0], [one, 0, 0]] },
      "bad_encoding",
    ],
    [
      "too many members",
      { ...good, ...rest, members: Array(LIGHT_EVENT_MEMBERS_MAX + 1).fill([one, 0, 0]) },
      "too_large",
    ],
    ["a sender who is no member", { ...good, ...rest, senders: [[two, 1, []]] }, "bad_encoding"],
    [
      "a held event that does not wait",
      { ...good, ...rest, senders: [[one, 1, [[0, 2, "typing", one, null]]]] },
      "bad_encoding",
    ],
    [
      "an event beyond the end",
      { ...good, ...rest, events: [[3, one, ...content]] },
      "bad_encoding",
    ],
    [
      "an event twice",
      { ...good, ...rest, events: [[1, one, ...content], [1, one, ...content]] },
      "bad_encoding",
    ],
    ["an event of two words", {
      ...{ ...good, ...rest },
      events: [[1, one, 1, "two words", one, null]],
    }, "bad_encoding"],
    ["a body that is text", {
      ...{ ...good, ...rest },
      events: [[1, one, 1, "typing", "text", null]],
    }, "bad_encoding"],
    ["a list", [], "bad_encoding"],
  ];
  for (const [what, value, code] of cases) {
    const error = assertThrows(() => EventStore.load(encodeWire(value)), SyncError, "", what);
    assertEquals(error.code, code, what);
  }
});

const step = fc.oneof(
  fc.record({
    ...{
      type: fc.constant("append" as const),
      who: fc.nat(2),
      counter: fc.integer({ min: 1, max: 9 }),
    },
    expires: fc.option(fc.nat(40), { nil: undefined }),
  }),
  fc.record({ type: fc.constant("acknowledge" as const), who: fc.nat(2), sequence: fc.nat(20) }),
  fc.record({ type: fc.constantFrom("add", "remove"), who: fc.nat(2) }),
  fc.record({ type: fc.constantFrom("prune", "expire"), who: fc.nat(2) }),
);

Deno.test(`laws: nothing twice, in order, nothing lost unseen, save then load (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 6 }), (steps, max) => {
      const options = { eventsMax: max, gapMs: 10 };
      let store = storeOf(undefined, options);
      const members = [ada, ben, cyd];
      /** A naive second record: for each member what it must still get. */
      const owed = new Map(members.map((member) => [member, new Map<number, string>()]));
      let nowMs = 0;
      const appended = (events: readonly { sequence: number; sender: MemberId }[]) => {
        for (const { sequence, sender } of events) {
          for (const [member, list] of owed) if (member !== sender) list.set(sequence, sender);
        }
      };
      for (const one of steps) {
        nowMs++;
        const member = members[one.who]!;
        const gone = (each: MemberId) => store.lostBy(each) + store.counts.expired;
        const before = new Map(members.map((each) => [each, gone(each)]));
        if (one.type === "append" && "counter" in one) {
          const expiresAtMs = one.expires;
          const outcome = store.append(event(member, one.counter, { expiresAtMs }), nowMs);
          if (outcome.type === "appended") appended(outcome.events);
        } else if (one.type === "acknowledge" && "sequence" in one) {
          if (store.acknowledge(member, one.sequence)) {
            const list = owed.get(member)!;
            for (const sequence of list.keys()) if (sequence <= one.sequence) list.delete(sequence);
          }
        } else if (one.type === "add") {
          if (store.addMember(member)) {
            owed.set(
              member,
              new Map(
                store.pendingFor(member).map(({ sequence, sender }) => [sequence, sender]),
              ),
            );
          }
        } else if (one.type === "remove") {
          store.removeMember(member);
          owed.delete(member);
        } else if (one.type === "prune") store.prune();
        else appended(store.expire(nowMs));

        const loaded = EventStore.load(store.save(), options);
        assertEquals(loaded.save(), store.save());
        store = loaded;
        for (const [each, list] of owed) {
          const has = new Set(store.pendingFor(each).map(({ sequence }) => sequence));
          assert([...has].every((sequence) => list.has(sequence)));
          const missing = [...list.keys()].filter((sequence) => !has.has(sequence));
          // Whatever a member did not acknowledge and does not get, a count says.
          assert(missing.length <= gone(each) - before.get(each)!);
          for (const sequence of missing) list.delete(sequence);
        }
        assert(members.every((each) => store.pendingFor(each).length <= max));
      }
    }),
    { seed: SEED, numRuns: 300 },
  );
});

Deno.test(`law: what arrives in any order and many times is there once and in order (seed ${SEED})`, () => {
  const arrival = fc.record({
    sender: fc.constantFrom(ada, ben),
    counter: fc.integer({ min: 2, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 80 }), (arrivals) => {
      const store = storeOf();
      for (const sender of [ada, ben]) store.append(event(sender, 1), 0);
      for (const { sender, counter } of arrivals) store.append(event(sender, counter), 0);
      for (const sender of [ada, ben]) {
        const got = store.pendingFor(cyd).filter((one) => one.sender === sender);
        const came = new Set(
          arrivals.filter((one) => one.sender === sender).map((one) => one.counter),
        );
        let last = 1;
        while (came.has(last + 1)) last++;
        assertEquals(
          got.map(({ counter }) => counter),
          Array.from({ length: last }, (_, n) => n + 1),
        );
      }
    }),
    { seed: SEED },
  );
});

Deno.test(`EventStore.load() of 2,000 damaged inputs throws SyncError or loads (seed ${SEED})`, () => {
  const store = storeOf();
  for (let n = 1; n <= 4; n++) store.append(event(ada, n, { expiresAtMs: 1000 * n }), 0);
  store.append(event(ben, 3), 0);
  store.append(event(ben, 6), 5); // held
  acknowledgeAll(store, cyd);
  let refused = 0;
  for (const damaged of mutants(store.save(), { seed: SEED, count: 2000 })) {
    try {
      const loaded = EventStore.load(damaged);
      assertEquals(EventStore.load(loaded.save()).save(), loaded.save());
      loaded.expire(1e9);
      loaded.append(event(ada, 5), 1e9);
      EventStore.load(loaded.save());
    } catch (error) {
      assert(error instanceof SyncError, String(error));
      refused++;
    }
  }
  assert(refused > 500, `only ${refused} were refused`);
});
