import { SimulatedWorld } from "../network/mod.ts";
import type { GlyphCaseClock } from "../lua/mod.ts";

/** A clock of an empty world, which stands until it is told to run. */
export class VirtualClock implements GlyphCaseClock {
  readonly world: SimulatedWorld = new SimulatedWorld({ seed: "7" });
  readonly nowMs = (): number => this.world.nowMs;
  readonly setTimer = (work: () => void, delayMs: number): Disposable =>
    this.world.setTimer(work, delayMs);
}
