import { systemSources } from "../sync/mod.ts";

/** Time for tasks, watchers and caches: the system's, or a world's. */
export interface GlyphCaseClock {
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  /** Does `work` once, after that time; disposing it before means never. */
  readonly setTimer: (work: () => void, delayMs: number) => Disposable;
}

/** The longest time that the system's timers take, in milliseconds. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The system's clock. Its timers do not keep a process alive. */
export function systemClock(): GlyphCaseClock {
  const { nowMs } = systemSources();
  return { nowMs, setTimer };
}

function setTimer(work: () => void, delayMs: number): Disposable {
  let id: ReturnType<typeof setTimeout> | undefined;
  const wait = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, TIMER_MS_MAX);
    id = setTimeout(() => leftMs > stepMs ? wait(leftMs - stepMs) : work(), stepMs);
    Deno.unrefTimer(id);
  };
  wait(delayMs);
  return { [Symbol.dispose]: () => clearTimeout(id) };
}
