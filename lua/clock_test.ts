import { assertEquals, assertThrows } from "@std/assert";
import { makeOsTime } from "./clock.ts";

const NOW_MS = Date.UTC(2026, 1, 3, 4, 5, 6, 789);
const os = makeOsTime(() => NOW_MS);

Deno.test("os.time() reads the clock, or a table in UTC", () => {
  assertEquals(os["time"]!(), Math.floor(NOW_MS / 1000));
  const table = Object.assign(Object.create(null), { year: 2026, month: 2, day: 3 });
  assertEquals(os["time"]!(table), Date.UTC(2026, 1, 3, 12) / 1000);
  table.hour = "25"; // Fields may be out of range, and texts.
  assertEquals(os["time"]!(table), Date.UTC(2026, 1, 4, 1) / 1000);
  assertThrows(() => os["time"]!(Object.create(null)), TypeError, "'year' missing");
  assertThrows(() => os["time"]!(5), TypeError, "table expected");
});

Deno.test("os.date() formats as strftime in the C locale", () => {
  assertEquals(
    os["date"]!("%Y-%m-%d %H:%M:%S %a %A %b %B %j %p %y %%"),
    "2026-02-03 04:05:06 Tue Tuesday Feb February 034 AM 26 %",
  );
  assertEquals(os["date"]!(), "Tue Feb  3 04:05:06 2026");
  assertEquals(os["date"]!("!%c", 0), "Thu Jan  1 00:00:00 1970");
  assertEquals(
    os["date"]!("%F %T %D %R %I %z %Z", 0),
    "1970-01-01 00:00:00 01/01/70 00:00 12 +0000 UTC",
  );
  assertThrows(() => os["date"]!("%Q"), TypeError, "invalid conversion specifier '%Q'");
  assertThrows(() => os["date"]!("%"), TypeError, "invalid conversion specifier");
  assertThrows(() => os["date"]!("%Y", 1e300), TypeError);
});

Deno.test("os.date('*t') gives the fields that os.time() takes", () => {
  const table = os["date"]!("*t", 86_400);
  assertEquals(table, {
    ...{ year: 1970, month: 1, day: 2, hour: 0, min: 0, sec: 0 },
    ...{ wday: 6, yday: 2, isdst: false },
  });
  assertEquals(os["time"]!(Object.assign(Object.create(null), table)), 86_400);
});

Deno.test("os.clock() counts from the start, os.difftime() subtracts", () => {
  let nowMs = 5000;
  const moving = makeOsTime(() => nowMs);
  nowMs += 250;
  assertEquals(moving["clock"]!(), 0.25);
  assertEquals(moving["difftime"]!(10, 4), 6);
});
