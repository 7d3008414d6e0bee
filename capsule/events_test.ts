import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Capsule, CapsuleError, EVENT_DEPTH_MAX, EventBus, EVENTS_WAITING_MAX } from "./mod.ts";

interface Events {
  "note.added": { readonly id: number };
  "note.removed": { readonly id: number };
  "closed": undefined;
}

Deno.test("EventBus.dispatch() calls handlers at once, in the order in which they came", () => {
  const bus = new EventBus<Events>();
  const seen: unknown[] = [];
  using _one = bus.on("note.added", ({ id }) => seen.push(["one", id]));
  const two = bus.on("note.added", ({ id }, name) => seen.push(["two", id, name]));
  bus.on("closed", () => seen.push("closed"));
  bus.dispatch("note.added", { id: 1 });
  two[Symbol.dispose]();
  bus.dispatch("note.added", { id: 2 });
  bus.dispatch("note.removed", { id: 3 });
  bus.dispatch("closed");
  assertEquals(seen, [["one", 1], ["two", 1, "note.added"], ["one", 2], "closed"]);
});

Deno.test("EventBus matches names with * for any text", () => {
  const cases: readonly [pattern: string, name: string, matches: boolean][] = [
    ["*", "anything", true],
    ["*", "", true],
    ["note.*", "note.added", true],
    ["note.*", "note.", true],
    ["note.*", "note", false],
    ["note.*", "a note.x", false],
    ["*.added", "note.added", true],
    ["*.added", "note.added.late", false],
    ["a*b*c", "abc", true],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["a*a", "a", false],
    ["a*b*b", "ab", false],
    ["**", "x", true],
    ["a.b", "axb", false],
    ["Note", "note", false],
  ];
  for (const [pattern, name, matches] of cases) {
    const bus = new EventBus();
    let calls = 0;
    bus.on(pattern, () => calls++);
    bus.dispatch(name, 1);
    assertEquals(calls === 1, matches, `${pattern} ${name}`);
  }
});

Deno.test("EventBus.once() calls a handler once, even if it dispatches the same", () => {
  const bus = new EventBus<Events>();
  const seen: unknown[] = [];
  bus.once("note.*", (payload, name) => {
    seen.push([name, payload]);
    bus.dispatch("note.added", { id: 2 });
  });
  bus.once("note.added", () => seen.push("never"))[Symbol.dispose]();
  bus.dispatch("note.added", { id: 1 });
  assertEquals(seen, [["note.added", { id: 1 }]]);
});

Deno.test("EventBus calls neither handlers that are added nor those that left meanwhile", () => {
  const bus = new EventBus<Events>();
  const seen: unknown[] = [];
  bus.on("closed", () => {
    seen.push("first");
    second[Symbol.dispose]();
    bus.on("closed", () => seen.push("third"));
  });
  const second = bus.on("closed", () => seen.push("second"));
  bus.dispatch("closed");
  assertEquals(seen, ["first"]);
});

Deno.test("EventBus reports what handlers throw, and calls the others", async () => {
  const errors: unknown[] = [];
  const bus = new EventBus<Events>({ onError: (error) => errors.push(error) });
  const seen: unknown[] = [];
  bus.on("closed", () => {
    throw "thrown";
  });
  bus.on("closed", () => Promise.reject("rejected"));
  bus.on("closed", () => seen.push("called"));
  bus.dispatch("closed");
  await Promise.resolve();
  assertEquals(errors, ["thrown", "rejected"]);
  assertEquals(seen, ["called"]);
});

Deno.test("EventBus.dispatch() ends a chain without an end, and works afterwards", () => {
  const bus = new EventBus<Events>();
  let calls = 0;
  const loop = bus.on("closed", () => {
    calls++;
    bus.dispatch("closed");
  });
  assertEquals(assertThrows(() => bus.dispatch("closed"), CapsuleError).code, "event_loop");
  assertEquals(calls, EVENT_DEPTH_MAX);
  loop[Symbol.dispose]();
  bus.dispatch("closed");
});

Deno.test("EventBus.dispatch() takes no pattern", () => {
  const bus = new EventBus();
  assertEquals(assertThrows(() => bus.dispatch("a.*", 1), CapsuleError).code, "bad_identifier");
});

Deno.test("EventBus.events() is a loop over events, from its beginning on", async () => {
  const bus = new EventBus<Events>();
  bus.dispatch("note.added", { id: 0 });
  const loop = bus.events("note.*");
  bus.dispatch("note.added", { id: 1 });
  bus.dispatch("closed");
  bus.dispatch("note.removed", { id: 2 });
  const seen: unknown[] = [];
  for await (const { name, payload } of loop) {
    seen.push([name, payload.id]);
    if (payload.id === 2) break;
  }
  assertEquals(seen, [["note.added", 1], ["note.removed", 2]]);
  assertEquals((await loop.next()).done, true);
});

Deno.test("EventBus.events() ends when the bus is disposed, or when it is not read", async () => {
  const bus = new EventBus<Events>();
  const ended = bus.events("closed");
  const full = bus.events("note.added");
  for (let id = 0; id <= EVENTS_WAITING_MAX; id++) bus.dispatch("note.added", { id });
  bus[Symbol.dispose]();
  assertEquals((await ended.next()).done, true);
  for (let id = 0; id < EVENTS_WAITING_MAX; id++) await full.next();
  assertEquals((await assertRejects(() => full.next(), CapsuleError)).code, "watch_overflow");
});

Deno.test("EventBus knows the types of events", () => {
  using capsule = Capsule.open<Events>();
  // @ts-expect-error There is no such event.
  capsule.events.on("note.aded", () => {});
  // @ts-expect-error No event begins so.
  capsule.events.on("message.*", () => {});
  // @ts-expect-error It comes with a number.
  capsule.events.dispatch("note.added", { id: "x" });
  // @ts-expect-error It comes with something.
  capsule.events.dispatch("note.added");
  capsule.events.on("note.*", (payload, name) => {
    const id: number = payload.id;
    const known: "note.added" | "note.removed" = name;
    assertEquals([id, known], [1, "note.added"]);
  });
  capsule.events.dispatch("note.added", { id: 1 });
});
