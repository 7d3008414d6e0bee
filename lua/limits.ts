import { LuaError } from "./errors.ts";

/** What one Lua runtime may use; each limit has a name, a default and a visible end. */
export interface LuaLimits {
  /**
   * Bytes of the WebAssembly memory that holds the whole Lua state. Lua raises "not enough
   * memory" beyond it. At least {@linkcode MEMORY_BYTES_MIN}. @default {67_108_864}
   */
  readonly memoryBytesMax: number;
  /**
   * Milliseconds that one entry from TypeScript into Lua may take, bindings included unless they
   * are errands. Beyond it the runtime dies with code `timeout`. @default {10_000}
   */
  readonly sliceMs: number;
  /** Milliseconds that Lua waits for one promise of a binding. @default {30_000} */
  readonly awaitMs: number;
  /** How often Lua may call TypeScript that calls Lua again, nested. @default {60} */
  readonly recursionMax: number;
  /** How deep a table or object may be nested when it crosses. @default {64} */
  readonly valueDepthMax: number;
  /** How many tables, fields and items may cross in one call. @default {1_000_000} */
  readonly valueItemsMax: number;
  /** How many bytes of strings may cross in one call. @default {33_554_432} */
  readonly valueBytesMax: number;
  /** Bytes of one chunk or module of source text. @default {4_194_304} */
  readonly sourceBytesMax: number;
  /** Bytes of printed text that are kept; the rest is counted and named. @default {1_048_576} */
  readonly outputBytesMax: number;
  /** Bytes of all virtual files together. @default {16_777_216} */
  readonly filesBytesMax: number;
}

/** The least memory a runtime can be given: what the compiled Lua starts with. */
export const MEMORY_BYTES_MIN: number = 16 * 1024 * 1024;

/**
 * How far the memory may be exceeded while TypeScript hands over or takes values, where Lua has no
 * way to raise "not enough memory".
 */
export const MEMORY_GRACE_BYTES: number = 48 * 1024 * 1024;

/** The limits of a runtime that names none. */
export const LUA_LIMITS_DEFAULT: LuaLimits = {
  memoryBytesMax: 64 * 1024 * 1024,
  sliceMs: 10_000,
  awaitMs: 30_000,
  recursionMax: 60,
  valueDepthMax: 64,
  valueItemsMax: 1_000_000,
  valueBytesMax: 32 * 1024 * 1024,
  sourceBytesMax: 4 * 1024 * 1024,
  outputBytesMax: 1024 * 1024,
  filesBytesMax: 16 * 1024 * 1024,
};

/** The longest that a timer of JavaScript can wait, in ms: about 24 days. */
export const TIMER_MS_MAX: number = 2 ** 31 - 1;

/** How much of an error's text is read out of Lua; the rest is counted. In bytes. */
export const ERROR_TEXT_MAX: number = 65_536;

/** Fills in the defaults and refuses what is not a positive number, or no time that can be waited. */
export function resolveLimits(limits: Partial<LuaLimits> = {}): LuaLimits {
  const resolved = { ...LUA_LIMITS_DEFAULT, ...limits };
  for (const [name, value] of Object.entries(resolved)) {
    if (!(value > 0)) {
      throw new RangeError(`Cannot use limit "${name}": expected a positive number, got ${value}`);
    }
  }
  for (const name of ["sliceMs", "awaitMs"] as const) {
    const value = resolved[name];
    if (!Number.isInteger(value) || value > TIMER_MS_MAX) {
      throw new RangeError(
        `Cannot use limit "${name}": expected whole milliseconds up to ${TIMER_MS_MAX}, ` +
          `got ${value}`,
      );
    }
  }
  if (resolved.memoryBytesMax < MEMORY_BYTES_MIN) {
    throw new RangeError(
      `Cannot use limit "memoryBytesMax": expected at least ${MEMORY_BYTES_MIN}, ` +
        `got ${resolved.memoryBytesMax}`,
    );
  }
  return resolved;
}

/** @throws {LuaError} `syntax` if a chunk or module is longer than `sourceBytesMax`. */
export function checkSource(limits: LuaLimits, name: string, bytes: number): void {
  if (bytes <= limits.sourceBytesMax) return;
  throw new LuaError(
    "syntax",
    `Cannot load "${name}": it has ${bytes} bytes, at most ${limits.sourceBytesMax}`,
  );
}
