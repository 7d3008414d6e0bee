import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { mutants } from "../tests/_mutations.ts";
import { encodeWire } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { HeadTracker } from "./head_tracker.ts";
import { parseArtifactId, parseHeads, parseMemberId } from "./ids.ts";

const SEED = 20260102;
const id = (n: number) => n.toString(16).padStart(64, "0");
const story = parseArtifactId(id(1));
const gallery = parseArtifactId(id(2));
const ada = parseMemberId(id(0xa));
const ben = parseMemberId(id(0xb));
const heads = (...ns: number[]) => parseHeads(ns.map(id));

function full(): HeadTracker {
  const tracker = new HeadTracker();
  tracker.update(story, ada, heads(1));
  tracker.update(story, ben, heads(2, 3));
  tracker.update(gallery, ada, heads(4));
  tracker.update(gallery, ben, []);
  return tracker;
}

Deno.test("HeadTracker.update() then get() gives the heads, sorted", () => {
  const tracker = new HeadTracker();
  tracker.update(story, ben, [...heads(2, 1)].reverse());
  assertEquals(tracker.get(story, ben), heads(1, 2));
  tracker.update(story, ben, heads(3));
  assertEquals(tracker.get(story, ben), heads(3));
});

Deno.test("HeadTracker.get() returns [] for a peer never seen", () => {
  const tracker = full();
  assertEquals(tracker.get(story, parseMemberId(id(0xc))), []);
  assertEquals(tracker.get(parseArtifactId(id(9)), ada), []);
});

Deno.test("HeadTracker.update() keeps its own copy", () => {
  const tracker = new HeadTracker();
  const mine = [...heads(1)];
  tracker.update(story, ada, mine);
  mine.pop();
  assertEquals(tracker.get(story, ada), heads(1));
});

Deno.test("HeadTracker.removePeer() clears all artifacts for that peer and no other", () => {
  const tracker = full();
  tracker.removePeer(ada);
  assertEquals([tracker.get(story, ada), tracker.get(gallery, ada)], [[], []]);
  assertEquals(tracker.get(story, ben), heads(2, 3));
});

Deno.test("HeadTracker.removeArtifact() clears all peers for that artifact and no other", () => {
  const tracker = full();
  tracker.removeArtifact(story);
  assertEquals([tracker.get(story, ada), tracker.get(story, ben)], [[], []]);
  assertEquals(tracker.get(gallery, ada), heads(4));
});

Deno.test("HeadTracker.remove() clears one pair", () => {
  const tracker = full();
  tracker.remove(story, ben);
  assertEquals(tracker.get(story, ben), []);
  assertEquals(tracker.get(story, ada), heads(1));
  assertEquals(tracker.get(gallery, ada), heads(4));
});

Deno.test(`HeadTracker.save() then load() is identity, whatever the order (seed ${SEED})`, () => {
  const record = fc.tuple(fc.nat(5), fc.nat(5), fc.array(fc.nat(20), { maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const tracker = new HeadTracker();
      for (const [artifact, peer, ns] of records) {
        tracker.update(parseArtifactId(id(artifact)), parseMemberId(id(peer)), heads(...ns));
      }
      const loaded = HeadTracker.load(tracker.save());
      assertEquals(loaded.save(), tracker.save());
      for (const [artifact, peer] of records) {
        const pair = [parseArtifactId(id(artifact)), parseMemberId(id(peer))] as const;
        assertEquals(loaded.get(...pair), tracker.get(...pair));
      }
      const reversed = new HeadTracker();
      for (const [artifact, peer] of records.toReversed()) {
        const pair = [parseArtifactId(id(artifact)), parseMemberId(id(peer))] as const;
        reversed.update(...pair, tracker.get(...pair));
      }
      assertEquals(reversed.save(), tracker.save());
    }),
    { seed: SEED },
  );
});

Deno.test("HeadTracker.save() gives golden bytes", () => {
  const tracker = new HeadTracker();
  tracker.update(story, ada, heads(7));
  assertEquals(
    tracker.save().toHex(),
    `a2617601677265636f726473818358` + `20${id(1)}5820${id(0xa)}815820${id(7)}`,
  );
});

Deno.test("HeadTracker.load() refuses what it did not write", () => {
  const one = Uint8Array.fromHex(id(1));
  const two = Uint8Array.fromHex(id(2));
  const cases: [string, Uint8Array, string][] = [
    ["another version", encodeWire({ v: 2, records: [] }), "unknown_version"],
    ["no version", encodeWire({ records: [] }), "bad_encoding"],
    ["a version that is text", encodeWire({ v: "1", records: [] }), "bad_encoding"],
    ["a field too many", encodeWire({ v: 1, records: [], x: 1 }), "bad_encoding"],
    ["no list", encodeWire({ v: 1, records: 5 }), "bad_encoding"],
    ["a list", encodeWire([]), "bad_encoding"],
    ["a short id", encodeWire({ v: 1, records: [[one.slice(1), two, []]] }), "bad_encoding"],
    ["a head that is text", encodeWire({ v: 1, records: [[one, two, ["a"]]] }), "bad_encoding"],
    [
      "a record twice",
      encodeWire({ v: 1, records: [[one, two, []], [one, two, []]] }),
      "bad_encoding",
    ],
    ["heads out of order", encodeWire({ v: 1, records: [[one, two, [two, one]]] }), "bad_encoding"],
    [
      "too many heads",
      encodeWire({ v: 1, records: [[one, two, Array(1001).fill(one)]] }),
      "too_large",
    ],
  ];
  for (const [what, bytes, code] of cases) {
    assertEquals(assertThrows(() => HeadTracker.load(bytes), SyncError).code, code, what);
  }
});

Deno.test(`HeadTracker.load() of 2,000 damaged inputs throws SyncError or loads (seed ${SEED})`, () => {
  let refused = 0;
  for (const bytes of mutants(full().save(), { seed: SEED, count: 2000 })) {
    try {
      HeadTracker.load(bytes);
    } catch (error) {
      assert(error instanceof SyncError, String(error));
      refused++;
    }
  }
  assert(refused > 1000, `only ${refused} were refused`);
});
