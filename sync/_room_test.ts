import { assertEquals, assertThrows } from "@std/assert";
import { change, writers } from "../tests/_hostile_changes.ts";
import { METADATA_VALUE_BYTES_MAX } from "./_metadata.ts";
import { LOCAL_SHARE, MEASURE_AFTER, Room } from "./_room.ts";
import { ArtifactDocument } from "./artifact_document.ts";
import { SyncError } from "./errors.ts";
import { actorOf, parseMemberId } from "./ids.ts";
import { SCAN_LIMITS } from "./scan.ts";

const MEMBER = parseMemberId("a1".repeat(32));
const SMALL = change();
/** What a change costs that was deflated to next to nothing. */
const changeOf = (inflatedBytes: number) => ({
  ...{ bytes: 10, inflatedBytes, rows: 1, changes: 1, objects: 1 },
});
/** As much as may need to be measured. */
const MUCH = changeOf(SCAN_LIMITS.inflatedBytesMax! * LOCAL_SHARE);
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
      }, false),
  };
  return counter;
}

const unmeasurable = () => {
  throw new Error("measured");
};

Deno.test("Room.make() measures nothing while what was taken surely fits", () => {
  const room = new Room();
  for (let n = 0; n < 3 * MEASURE_AFTER.changes; n++) {
    room.make(unmeasurable, false);
    room.take(changeOf(1000));
  }
});

Deno.test("Room.make() measures what may be too large, after so many changes", () => {
  const room = new Room();
  room.measured([MUCH]);
  for (let n = 0; n < MEASURE_AFTER.changes; n++) {
    room.make(unmeasurable, false);
    room.take(changeOf(1));
  }
  assertThrows(() => room.make(unmeasurable, false), Error, "measured");
});

Deno.test("Room.make() measures what may be too large, after so many bytes", () => {
  const room = new Room();
  room.measured([MUCH]);
  const counter = asking(room, () => SMALL);
  room.take(changeOf(MEASURE_AFTER.bytes - 1));
  counter.ask();
  assertEquals(counter.saves, 0);
  room.take(changeOf(1));
  counter.ask();
  assertEquals(counter.saves, 1);
  room.take(changeOf(MEASURE_AFTER.bytes));
  counter.ask(); // it is known to be small now
  assertEquals(counter.saves, 1);
});

Deno.test("Room.make() refuses beyond its share of a limit, and goes on refusing", () => {
  const room = new Room();
  room.take(MUCH);
  room.take(changeOf(MEASURE_AFTER.bytes));
  for (let n = 0; n < 3; n++) {
    const error = assertThrows(() => room.make(() => LARGE, true), SyncError);
    assertEquals(error.code, "too_large");
  }
});

Deno.test("Room.make() takes what just fits", () => {
  const room = new Room();
  room.take(MUCH);
  room.take(changeOf(MEASURE_AFTER.bytes));
  room.make(() => writers(SCAN_LIMITS.headsMax * LOCAL_SHARE), true);
});

Deno.test("Room.make() hands on what else is wrong with a document", () => {
  const room = new Room();
  room.take(MUCH);
  room.take(changeOf(MEASURE_AFTER.bytes));
  const error = assertThrows(() => room.make(() => new Uint8Array(9), true), SyncError);
  assertEquals(error.code, "bad_changes");
});

Deno.test("a document that deflates well ends while another peer can still take all of it", () => {
  const writer = (session: number) => ({ actor: actorOf(MEMBER, session), nowMs: () => 0 });
  using document = ArtifactDocument.create({
    ...{ nonce: new Uint8Array(32), artifactType: "story" },
    ...writer(1),
  });
  const zeros = new Uint8Array(METADATA_VALUE_BYTES_MAX);
  const error = assertThrows(() => {
    for (let n = 0; n < 1_000; n++) document.setMetadata(`${n}`, zeros);
  }, SyncError);
  assertEquals(error.code, "too_large");
  using other = ArtifactDocument.load(document.save(), writer(2));
  assertEquals(other.getHeads(), document.getHeads());
});
