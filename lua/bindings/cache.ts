/**
 * `cache`: what a mod remembers for a while, in memory.
 *
 * @module
 */
import { toPlain } from "../_glyphcase_values.ts";
import type { ModCache } from "../_mod_cache.ts";
import { LuaFloat, withExactFloats } from "../values.ts";
import { text } from "./_arguments.ts";
import { duration } from "./_durations.ts";
import { nothing } from "./network.ts";

/** The functions of the table `cache`, over the mod's own one. */
export function cacheFunctions(
  cache: ModCache,
): Record<string, (...args: unknown[]) => unknown> {
  return {
    set: withExactFloats((key: unknown, value: unknown, ttl: unknown) => {
      const name = text(key, "key");
      const plain = toPlain(value, "value", "cache");
      if (plain === undefined) return nothing(cache.delete(name));
      const ttlMs = ttl === undefined ? ttl : duration(plainNumber(ttl), "ttl");
      return nothing(cache.set(name, plain, ttlMs));
    }),
    get: (key) => cache.get(text(key, "key")),
    delete: (key) => cache.delete(text(key, "key")),
    clear: () => nothing(cache.clear()),
  };
}

function plainNumber(value: unknown): unknown {
  return value instanceof LuaFloat ? value.value : value;
}
