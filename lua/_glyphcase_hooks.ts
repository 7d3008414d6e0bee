import type { Row, RowChange, SqlValue } from "../capsule/mod.ts";
import { toStorable } from "./_glyphcase_values.ts";
import { LuaError } from "./errors.ts";
import { GlyphCaseError, messageOf } from "./glyphcase_errors.ts";
import type { ModEngine } from "./_mod_engine.ts";

/** How deep `before_save` hooks may cause one another. */
export const HOOK_DEPTH_MAX: number = 8;
/** How long a chain of commits may be in which each was made by a hook for the one before. */
export const HOOK_CHAIN_MAX: number = 16;

/** What the hooks need of those who have them. */
export interface HookHost {
  /** The engines that are on, in the order of their activation. */
  readonly engines: () => readonly ModEngine[];
  /** Told of failures that nobody else is told of. */
  readonly report: (error: GlyphCaseError) => void;
}

/**
 * Calls the hooks of mods. `before_save` runs inside the write and can refuse it; `after_save` and
 * `on_data_changed` run after the commit. What these write themselves is told when every mod knows
 * of the commits before it, so all mods see all changes in the same order.
 */
export class ModHooks {
  readonly #host: HookHost;
  #depth = 0;
  /** The mods whose `before_save` runs, the outermost first. */
  readonly #saving: string[] = [];

  /** Nothing is told yet. */
  constructor(host: HookHost) {
    this.#host = host;
  }

  /**
   * What is to be saved, as the mods want it.
   *
   * @throws {GlyphCaseError} `veto`, `mod_failed` or `hook_loop`; then nothing may be saved.
   */
  beforeSave(table: string, data: Row): Row | undefined {
    if (!Object.values(data).every(isStorable)) return undefined; // the capsule refuses it
    if (this.#depth >= HOOK_DEPTH_MAX) {
      throw loop(`before_save hooks save within one another`, HOOK_DEPTH_MAX, this.#saving);
    }
    this.#depth++;
    try {
      let row: Row = Object.fromEntries(
        Object.entries(data).map(([name, value]) => [name, asStored(value)]),
      );
      for (const engine of this.#host.engines()) {
        if (engine.isOver || !engine.access.may("write", table)) continue;
        this.#saving.push(engine.mod);
        try {
          row = transformed(engine, table, row);
        } finally {
          this.#saving.pop();
        }
      }
      return row;
    } finally {
      this.#depth--;
    }
  }

  /**
   * Tells the mods of what was committed.
   *
   * @param depth How many hooks stand between this and a write from outside.
   */
  changed(changes: readonly RowChange[], depth: number): void {
    if (depth > HOOK_CHAIN_MAX) {
      const mods = this.#host.engines()
        .filter(({ access }) => changes.some(({ table }) => access.may("read", table)))
        .map(({ mod }) => mod);
      if (mods.length === 0) return;
      this.#host.report(loop("hooks write because of what hooks wrote", HOOK_CHAIN_MAX, mods));
      return;
    }
    for (const change of changes) this.#tell(change);
  }

  #tell({ table, operation, row }: RowChange): void {
    for (const engine of this.#host.engines()) {
      if (!engine.access.may("read", table)) continue;
      if (operation !== "DELETE") this.#call(engine, "after_save", table, row);
      this.#call(engine, "on_data_changed", table, operation, row);
    }
  }

  #call(engine: ModEngine, hook: string, ...args: readonly unknown[]): void {
    if (engine.isOver) return;
    try {
      engine.hook(hook, ...args);
    } catch (error) {
      if (!(error instanceof GlyphCaseError)) throw error;
      if (!engine.isOver) this.#host.report(error); // else whoever ended it has
    }
  }
}

function loop(what: string, count: number, mods: readonly string[]): GlyphCaseError {
  const named = [...new Set(mods)].map((mod) => `"${mod}"`).join(", ");
  return new GlyphCaseError("hook_loop", `Cannot go on: ${what} ${count} times, in mods ${named}`, {
    mod: mods.at(-1),
  });
}

function isStorable(value: unknown): boolean {
  return typeof value !== "object" || value === null || value instanceof Uint8Array;
}

/** Mods see what will be in the row, whoever saves it. */
function asStored(value: SqlValue): SqlValue {
  return typeof value === "boolean" ? Number(value) : value;
}

/** What one mod makes of a row. */
function transformed(engine: ModEngine, table: string, row: Row): Row {
  const { mod } = engine;
  let answered: unknown;
  try {
    answered = engine.hook("before_save", table, row);
  } catch (error) {
    throw refusal(error, mod);
  }
  if (answered === undefined) return row;
  if (typeof answered !== "object" || answered === null || Array.isArray(answered)) {
    throw new GlyphCaseError(
      "mod_failed",
      `before_save of mod "${mod}" answered no table with named fields`,
      { mod },
    );
  }
  // Lua has no field without a value: what was NULL stays so unless the mod gives it one.
  const nulls = Object.entries(row).filter(([, value]) => value === null);
  return { ...Object.fromEntries(nulls), ...fromLua(answered as Record<string, unknown>) };
}

/** A hook that ends by itself has refused; one that was ended has failed. */
function refusal(error: unknown, mod: string): unknown {
  if (!(error instanceof GlyphCaseError) || !(error.cause instanceof LuaError)) return error;
  const lua = error.cause;
  for (let inner = lua.cause; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof GlyphCaseError && inner.code === "hook_loop") return inner;
  }
  if (lua.code !== "runtime") return error;
  return new GlyphCaseError("veto", `mod "${mod}" refused it: ${messageOf(lua)}`, {
    mod,
    cause: lua,
  });
}

function fromLua(values: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, toStorable(value, key)]),
  );
}
