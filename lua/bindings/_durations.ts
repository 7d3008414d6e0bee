/** The longest time that tasks and caches take, in milliseconds: a year. */
export const DURATION_MS_MAX: number = 365 * 24 * 60 * 60 * 1000;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A time such as `"10s"`, `"5m"`, `"1h"`, `"1d"` or `"500ms"`, or seconds; in milliseconds. */
export function duration(value: unknown, name: string): number {
  const ms = msOf(value);
  if (ms >= 1 && ms <= DURATION_MS_MAX) return Math.round(ms);
  const shown = typeof value === "string" ? `"${value.slice(0, 40)}"` : String(value);
  throw new TypeError(
    `bad argument '${name}': expected a time such as "10s", "5m", "1h" or "1d", got ${shown}`,
  );
}

function msOf(value: unknown): number {
  if (typeof value === "number") return value * 1000;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(String(value)) ?? [];
  return amount === undefined ? NaN : Number(amount) * UNIT_MS[unit!]!;
}
