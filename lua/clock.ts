import { isRecord } from "./_is_record.ts";

/** The part of Lua's `os` that tells the time: from a clock that is given, and in UTC. */
export function makeOsTime(nowMs: () => number): Readonly<Record<string, LuaOsFunction>> {
  const startMs = nowMs();
  const now = (): number => Math.floor(nowMs() / 1000);
  return {
    clock: () => (nowMs() - startMs) / 1000,
    time: (table) => table === undefined ? now() : timeOf(table),
    difftime: (later, earlier) => Number(later) - Number(earlier ?? 0),
    date: (format = "%c", time = now()) => formatDate(formatOf(format), secondsOf(time)),
  };
}

/** A function of the `os` table. */
export type LuaOsFunction = (...args: unknown[]) => unknown;

function formatOf(value: unknown): string {
  const format = String(value);
  if (format.length <= DATE_FORMAT_MAX) return format;
  throw new RangeError(
    `bad argument #1 to 'date' (a format has at most ${DATE_FORMAT_MAX} characters)`,
  );
}

function secondsOf(time: unknown): number {
  const seconds = typeof time === "string" ? Number(time) : time;
  if (typeof seconds === "number" && Number.isInteger(seconds) && Math.abs(seconds) <= 8.64e12) {
    return seconds;
  }
  throw new TypeError("bad argument #2 to 'date' (expected a time in whole seconds)");
}

function timeOf(table: unknown): number {
  if (!isRecord(table)) throw new TypeError("bad argument #1 to 'time' (table expected)");
  const field = (key: string, otherwise?: number): number => {
    const value = table[key] ?? otherwise;
    if (value === undefined) throw new TypeError(`field '${key}' missing in date table`);
    const number = Number(value);
    if (!Number.isInteger(number)) throw new TypeError(`field '${key}' is not an integer`);
    return number;
  };
  const date = new Date(0);
  date.setUTCFullYear(field("year"), field("month") - 1, field("day"));
  date.setUTCHours(field("hour", 12), field("min", 0), field("sec", 0));
  if (Number.isNaN(date.getTime())) {
    throw new RangeError("time result cannot be represented in this installation");
  }
  return date.getTime() / 1000;
}

/** How many characters the format of `os.date` may have: each may stand for many. */
export const DATE_FORMAT_MAX: number = 1024;

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July", "August", "September"],
  ...["October", "November", "December"],
];

function formatDate(format: string, seconds: number): unknown {
  const date = new Date(seconds * 1000);
  const text = format.replace(/^!/, "");
  if (text.startsWith("*t")) {
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      min: date.getUTCMinutes(),
      sec: date.getUTCSeconds(),
      wday: date.getUTCDay() + 1,
      yday: dayOfYear(date),
      isdst: false,
    };
  }
  return text.replace(/%(.?)/gs, (whole, letter: string) => {
    const conversion = CONVERSIONS[letter];
    if (conversion !== undefined) return conversion(date);
    throw new TypeError(`bad argument #1 to 'date' (invalid conversion specifier '${whole}')`);
  });
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

const pad = (value: number, width = 2): string => String(value).padStart(width, "0");
const as = (format: string) => (date: Date): string =>
  String(formatDate(format, date.getTime() / 1000));

/** As `strftime` in the C locale; week numbers are left out. */
const CONVERSIONS: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => DAYS[date.getUTCDay()]!.slice(0, 3),
  A: (date) => DAYS[date.getUTCDay()]!,
  b: (date) => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  B: (date) => MONTHS[date.getUTCMonth()]!,
  h: (date) => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  c: as("%a %b %e %H:%M:%S %Y"),
  d: (date) => pad(date.getUTCDate()),
  D: as("%m/%d/%y"),
  e: (date) => String(date.getUTCDate()).padStart(2, " "),
  F: as("%Y-%m-%d"),
  H: (date) => pad(date.getUTCHours()),
  I: (date) => pad(date.getUTCHours() % 12 || 12),
  j: (date) => pad(dayOfYear(date), 3),
  m: (date) => pad(date.getUTCMonth() + 1),
  M: (date) => pad(date.getUTCMinutes()),
  n: () => "\n",
  p: (date) => date.getUTCHours() < 12 ? "AM" : "PM",
  r: as("%I:%M:%S %p"),
  R: as("%H:%M"),
  s: (date) => String(date.getTime() / 1000),
  S: (date) => pad(date.getUTCSeconds()),
  t: () => "\t",
  T: as("%H:%M:%S"),
  u: (date) => String(date.getUTCDay() || 7),
  w: (date) => String(date.getUTCDay()),
  x: as("%m/%d/%y"),
  X: as("%H:%M:%S"),
  y: (date) => pad(date.getUTCFullYear() % 100),
  Y: (date) => String(date.getUTCFullYear()),
  z: () => "+0000",
  Z: () => "UTC",
  "%": () => "%",
};
