/** What one mod may use. */
export interface ModLimits {
  /** Bytes of its whole Lua state. @default {67_108_864} */
  readonly memoryBytesMax: number;
  /**
   * Milliseconds that its Lua may run in one call; what the database, `crypto` and other mods take
   * meanwhile does not count. @default {1000}
   */
  readonly callMs: number;
  /** How often its Lua may call TypeScript that calls its Lua again, nested. @default {32} */
  readonly recursionMax: number;
  /** Bytes of printed text that are kept while it is on. @default {1_048_576} */
  readonly outputBytesMax: number;
}

/** The limits of a mod for which none are named. */
export const MOD_LIMITS_DEFAULT: ModLimits = {
  memoryBytesMax: 64 * 1024 * 1024,
  callMs: 1000,
  recursionMax: 32,
  outputBytesMax: 1024 * 1024,
};

/** The most that a mod can be given. */
export const MOD_LIMITS_MAX: ModLimits = {
  memoryBytesMax: 512 * 1024 * 1024,
  callMs: 30_000,
  recursionMax: 60,
  outputBytesMax: 16 * 1024 * 1024,
};

/**
 * Fills in what is not named.
 *
 * @throws {RangeError} for what is no positive number, or above {@linkcode MOD_LIMITS_MAX}.
 */
export function resolveModLimits(
  limits: Partial<ModLimits> = {},
  otherwise: ModLimits = MOD_LIMITS_DEFAULT,
): ModLimits {
  const resolved: Record<string, number> = { ...otherwise };
  for (const [name, value] of Object.entries(limits)) {
    const max = (MOD_LIMITS_MAX as unknown as Record<string, number>)[name];
    if (max === undefined) throw new RangeError(`Cannot use limit "${name}": there is none`);
    if (!(value > 0 && value <= max)) {
      throw new RangeError(`Cannot use limit "${name}": expected up to ${max}, got ${value}`);
    }
    resolved[name] = value;
  }
  return resolved as unknown as ModLimits;
}
