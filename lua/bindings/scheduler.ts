/**
 * `scheduler`: what a mod does later, or again and again.
 *
 * @module
 */
import type { ModScheduler } from "../_mod_scheduler.ts";
import { callback } from "./_callback.ts";
import { duration } from "./_durations.ts";
import { nothing } from "./network.ts";

/** The functions of the table `scheduler`, over the mod's own tasks. */
export function schedulerFunctions(
  scheduler: ModScheduler,
): Record<string, (...args: unknown[]) => unknown> {
  return {
    every: (interval, task) =>
      scheduler.every(duration(interval, "interval"), callback(task, "task")),
    after: (delay, task) => scheduler.after(duration(delay, "delay"), callback(task, "task")),
    stop_all: () => nothing(scheduler.stopAll()),
  };
}
