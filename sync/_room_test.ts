import { assertEquals, assertThrows } from "@std/assert";
import { change, writers } from "../tests/_hostile_changes.ts";
import { LOCAL_SHARE, MEASURE_AFTER, Room } from "./_room.ts";
import { SyncError } from "./errors.ts";
import { SCAN_LIMITS } from "./scan.ts";

const SMALL = change();
/** So many heads that a payload can still carry them, but no local change may be added. */
const LARGE = writers(SCAN_LIMITS.headsMax * LOCAL_SHARE + 1);

/** Asks for room and counts how often the document was measured. */
function asking(room: Room, save: () => Uint8Array): { readonly ask: () => void; saves: number } {
  const counter = {
    saves: 0,
    ask: () =>
      room.make(() => {
        counter.saves++;
        return save();
      }),
  };
  return counter;
}

Deno.test("Room.make() measures nothing until enough has changed", () => {
  const room = new Room();
  const { ask } = asking(room, () => {
    throw new Error("measured");
  });
  for (let n = 0; n < MEASURE_AFTER.changes; n++) {
    ask();
    room.take(1);
  }
  assertThrows(ask, Error, "measured");
});

Deno.test("Room.make() measures after that many bytes, however few the changes", () => {
  const room = new Room();
  const counter = asking(room, () => SMALL);
  room.take(MEASURE_AFTER.bytes - 1);
  counter.ask();
  assertEquals(counter.saves, 0);
  room.take(1);
  counter.ask();
  assertEquals(counter.saves, 1);
  counter.ask(); // and then counts anew
  assertEquals(counter.saves, 1);
});

Deno.test("Room.make() refuses beyond its share of a limit, and goes on refusing", () => {
  const room = new Room();
  room.take(MEASURE_AFTER.bytes);
  for (let n = 0; n < 3; n++) {
    const error = assertThrows(() => room.make(() => LARGE), SyncError);
    assertEquals(error.code, "too_large");
  }
});

Deno.test("Room.make() takes what just fits", () => {
  const room = new Room();
  room.take(MEASURE_AFTER.bytes);
  room.make(() => writers(SCAN_LIMITS.headsMax * LOCAL_SHARE));
});

Deno.test("Room.make() hands on what else is wrong with a document", () => {
  const room = new Room();
  room.take(MEASURE_AFTER.bytes);
  const error = assertThrows(() => room.make(() => new Uint8Array(9)), SyncError);
  assertEquals(error.code, "bad_changes");
});
