import { assertEquals } from "@std/assert";
import { EVENTS_BUFFERED_MAX, EventStream } from "./event_stream.ts";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** What a reader gets until it ends. */
async function all<Event>(reader: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of reader) events.push(event);
  return events;
}

Deno.test("EventStream: every reader gets what happens after it came, in order", async () => {
  const stream = new EventStream<number>();
  stream.emit(0); // nobody is there
  const first = stream[Symbol.asyncIterator]();
  stream.emit(1);
  const second = stream[Symbol.asyncIterator]();
  assertEquals(stream.readers, 2);
  stream.emit(2);
  stream.emit(3);
  stream.close();
  assertEquals([await all(first), await all(second)], [[1, 2, 3], [2, 3]]);
  assertEquals([stream.readers, stream.dropped], [0, 0]);
});

Deno.test("EventStream: who waits is told at once, and each event goes to one question", async () => {
  const stream = new EventStream<string>();
  const reader = stream[Symbol.asyncIterator]();
  const asked = [reader.next(), reader.next(), reader.next()];
  stream.emit("a");
  stream.emit("b");
  stream.close();
  assertEquals(await Promise.all(asked), [
    { done: false, value: "a" },
    { done: false, value: "b" },
    DONE,
  ]);
  assertEquals(await reader.next(), DONE);
});

Deno.test("EventStream: a slow reader loses the oldest, which is counted, and no other reader does", async () => {
  const stream = new EventStream<number>();
  const [slow, quick] = [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()];
  const got: number[] = [];
  for (let n = 0; n < EVENTS_BUFFERED_MAX + 3; n++) {
    stream.emit(n);
    got.push((await quick.next()).value!);
    assertEquals(stream.dropped, Math.max(0, n + 1 - EVENTS_BUFFERED_MAX));
  }
  stream.close();
  const kept = await all(slow);
  assertEquals([kept.length, kept[0], kept.at(-1)], [
    EVENTS_BUFFERED_MAX,
    3,
    EVENTS_BUFFERED_MAX + 2,
  ]);
  assertEquals(got.length, EVENTS_BUFFERED_MAX + 3);
});

Deno.test("EventStream: leaving a loop unsubscribes, whichever way", async () => {
  const stream = new EventStream<number>();
  const leave = {
    break: async () => {
      for await (const _ of stream) break;
    },
    return: async () => {
      for await (const event of stream) return event;
      return undefined;
    },
    throw: async () => {
      for await (const _ of stream) throw new Error("enough");
    },
  };
  for (const [how, loop] of Object.entries(leave)) {
    const left = loop().then(() => "ended", () => "failed");
    assertEquals(stream.readers, 1, how);
    stream.emit(1);
    stream.emit(2);
    assertEquals([await left, stream.readers], [how === "throw" ? "failed" : "ended", 0], how);
  }
  assertEquals(stream.dropped, 0);
});

Deno.test("EventStream: return() ends who waits, drops what waits, and may be called again", async () => {
  const stream = new EventStream<number>();
  const [idle, asking] = [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()];
  const asked = asking.next();
  assertEquals(await asking.return!(), DONE);
  assertEquals([await asked, stream.readers], [DONE, 1]);
  stream.emit(1);
  assertEquals([await idle.return!(), await idle.return!()], [DONE, DONE]);
  assertEquals([await idle.next(), await asking.next()], [DONE, DONE]);
  stream.emit(2);
  assertEquals([stream.readers, await idle.next()], [0, DONE]);
});

Deno.test("EventStream: close() ends readers once they have read, and later ones at once", async () => {
  const stream = new EventStream<number>();
  const reader = stream[Symbol.asyncIterator]();
  stream.emit(1);
  stream.close();
  stream.close();
  stream.emit(2);
  assertEquals([await all(reader), await all(stream)], [[1], []]);
  assertEquals(stream.readers, 0);
});

Deno.test("EventStream: a reader is what it iterates over, so a loop goes on where another stopped", async () => {
  const stream = new EventStream<number>();
  const reader = stream[Symbol.asyncIterator]();
  assertEquals(reader[Symbol.asyncIterator](), reader);
  for (const n of [1, 2, 3]) stream.emit(n);
  assertEquals((await reader.next()).value, 1);
  stream.close();
  assertEquals(await all(reader), [2, 3]);
});
