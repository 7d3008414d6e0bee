import type { GlyphCaseClock } from "./glyphcase_clock.ts";
import { GlyphCaseError } from "./glyphcase_errors.ts";

/** Tasks that one mod can have at a time. */
export const TASKS_MAX: number = 1000;
/** The shortest time between two runs of a task, in milliseconds. */
export const TASK_INTERVAL_MS_MIN: number = 100;

/** Runs a task; a promise says when it has ended. Errors are its own business. */
export type RunTask = (task: unknown) => void | Promise<void>;

/**
 * The tasks of one mod.
 *
 * A task that repeats keeps its beat: the next run is due a whole number of intervals after the
 * first moment. A run that takes longer than an interval makes the task skip beats, not overlap.
 */
export class ModScheduler implements Disposable {
  readonly #mod: string;
  readonly #clock: GlyphCaseClock;
  readonly #run: RunTask;
  readonly #timers: Map<number, Disposable> = new Map();
  #nextId = 1;

  /** Starts without a task. */
  constructor(mod: string, clock: GlyphCaseClock, run: RunTask) {
    this.#mod = mod;
    this.#clock = clock;
    this.#run = run;
  }

  /** How many tasks wait or run. */
  get size(): number {
    return this.#timers.size;
  }

  /** Runs a task again and again; answers how to stop it. */
  every(intervalMs: number, task: unknown): () => boolean {
    if (intervalMs < TASK_INTERVAL_MS_MIN) {
      throw new RangeError(
        `Cannot run a task every ${intervalMs} ms: at least ${TASK_INTERVAL_MS_MIN} ms apart`,
      );
    }
    const id = this.#newId();
    let dueMs = this.#clock.nowMs();
    const wait = (): void => {
      const nowMs = this.#clock.nowMs();
      dueMs += intervalMs * Math.max(1, Math.ceil((nowMs - dueMs) / intervalMs));
      this.#timers.set(id, this.#clock.setTimer(beat, dueMs - nowMs));
    };
    const goOn = (): void => {
      if (this.#timers.has(id)) wait();
    };
    const beat = (): void => {
      const ended = this.#run(task);
      if (ended === undefined) goOn();
      else ended.then(goOn); // it never rejects: see RunTask
    };
    wait();
    return () => this.#stop(id);
  }

  /** Runs a task once; answers how to stop it before. */
  after(delayMs: number, task: unknown): () => boolean {
    const id = this.#newId();
    const once = (): void => {
      this.#timers.delete(id);
      this.#run(task);
    };
    this.#timers.set(id, this.#clock.setTimer(once, delayMs));
    return () => this.#stop(id);
  }

  /** Stops every task. A run that has begun ends by itself. */
  stopAll(): void {
    for (const id of [...this.#timers.keys()]) this.#stop(id);
  }

  /** Stops every task. */
  [Symbol.dispose](): void {
    this.stopAll();
  }

  #newId(): number {
    if (this.#timers.size < TASKS_MAX) return this.#nextId++;
    throw new GlyphCaseError(
      "limit",
      `Cannot schedule a task: mod "${this.#mod}" has ${TASKS_MAX} already`,
      { mod: this.#mod },
    );
  }

  #stop(id: number): boolean {
    this.#timers.get(id)?.[Symbol.dispose]();
    return this.#timers.delete(id);
  }
}
