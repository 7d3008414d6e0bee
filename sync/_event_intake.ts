import type { HeldEvent, Intake, LightEvent } from "./_event_store_state.ts";

/** What goes on, and what goes on waiting. */
export interface Released extends Intake {
  /** By counter, ascending. */
  readonly ready: readonly LightEvent[];
  /** Events that are no longer waited for. */
  readonly skipped: number;
}

/** When a gap is given up. */
export interface ReleaseOptions {
  readonly nowMs: number;
  /** Once an event has waited this long, nothing before it is waited for. */
  readonly gapMs: number;
  /** The first gap, because more wait than may. */
  readonly isFull: boolean;
}

/** Takes out the held events that nothing is missing before, in the order of their counters. */
export function release(
  intake: Intake,
  { nowMs, gapMs, isFull }: ReleaseOptions,
): Released {
  let { last } = intake;
  let skipped = 0;
  let isOverfull = isFull;
  const held = [...intake.held];
  const ready: LightEvent[] = [];
  const isTired = ({ sinceMs }: HeldEvent) => nowMs - sinceMs >= gapMs;
  for (; held.length > 0; held.shift()) {
    const { event } = held[0]!;
    if (event.counter > last + 1) {
      if (!isOverfull && !held.some(isTired)) break;
      skipped += event.counter - last - 1;
      isOverfull = false;
    }
    last = event.counter;
    ready.push(event);
  }
  return { last, held, ready, skipped };
}

/** Whether nobody needs an event any more. */
export function isOver({ expiresAtMs }: LightEvent, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}
