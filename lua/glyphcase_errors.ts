import { LuaError } from "./errors.ts";

/** What went wrong in or around a {@linkcode GlyphCase}. */
export type GlyphCaseErrorCode =
  /** The manifest of a mod is missing, or says something that it cannot say. */
  | "bad_manifest"
  /** The files of a mod are too many, too large, or not where the manifest says. */
  | "bad_files"
  /** A mod of that name is there. */
  | "already_installed"
  /** There is no mod of that name. */
  | "not_installed"
  /** The mod is on already. */
  | "already_active"
  /** The mod is off. */
  | "not_active"
  /** The manifest of the mod does not list an API or a table that it uses. */
  | "forbidden"
  /** A script or hook of a mod failed; `cause` is what it raised. */
  | "mod_failed"
  /** A mod refused a write in `before_save`; nothing of it was written. */
  | "veto"
  /** Hooks set each other off without an end. */
  | "hook_loop"
  /** A script or function that TypeScript ran failed; `cause` is what it raised. */
  | "lua_failed"
  /** There is no Lua function of that name. */
  | "no_function"
  /** Another mod handles that action. */
  | "action_taken"
  /** An application has a table that has the name of one of a network's. */
  | "table_taken"
  /** More of something than its limit. */
  | "limit"
  /** Mods are not switched within a transaction. */
  | "busy"
  /** The GlyphCase was disposed. */
  | "closed";

/** What a {@linkcode GlyphCaseError} knows besides its message. */
export interface GlyphCaseErrorDetails extends ErrorOptions {
  /** The mod that it is about. */
  readonly mod?: string | undefined;
}

/**
 * A fault of a mod or of how one is handled; branch on {@linkcode GlyphCaseError.code}.
 *
 * @example Whose fault it was, and where
 * ```ts
 * import { GlyphCase, GlyphCaseError } from "@indras/toolkit/lua";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using glyph = await GlyphCase.open();
 * const error = await assertRejects(() => glyph.executeLua("\nerror('no')"), GlyphCaseError);
 * assertEquals([error.code, error.mod, error.file, error.line], ["lua_failed", "main", "script", 2]);
 * ```
 */
export class GlyphCaseError extends Error {
  /** The name of the class. */
  override readonly name: string = "GlyphCaseError";
  /** Which kind of fault this is. */
  readonly code: GlyphCaseErrorCode;
  /** The mod that it is about; `main` for scripts that TypeScript runs. */
  readonly mod: string | undefined;
  /** The file of the mod, where Lua knows it. */
  readonly file: string | undefined;
  /** The line in the file, from 1, where Lua knows it. */
  readonly line: number | undefined;
  /** Lua's traceback, where there is one. */
  readonly traceback: string | undefined;

  /** Makes an error; file, line and traceback are those of a {@linkcode LuaError} as `cause`. */
  constructor(code: GlyphCaseErrorCode, message: string, details: GlyphCaseErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    const lua = details.cause instanceof LuaError ? details.cause : undefined;
    this.code = code;
    this.mod = details.mod;
    this.file = lua?.chunk;
    this.line = lua?.line;
    this.traceback = lua?.traceback;
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
