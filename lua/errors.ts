/** What went wrong in or around Lua. */
export type LuaErrorCode =
  /** The text is not Lua; `chunk` and `line` say where. */
  | "syntax"
  /** A script raised an error, or a binding did and no `pcall` caught it: see `cause`. */
  | "runtime"
  /** More memory than the limit; the runtime may be dead. */
  | "memory"
  /** One entry into Lua took longer than its slice, or a promise did not settle in time. */
  | "timeout"
  /** A value that cannot cross between Lua and TypeScript, or is larger than a limit. */
  | "value"
  /** The runtime was killed or disposed before. */
  | "dead"
  /** Lua and TypeScript called each other too deeply. */
  | "recursion"
  /** A promise where Lua cannot wait for one. */
  | "await";

/** What a {@linkcode LuaError} knows besides its message. */
export interface LuaErrorDetails extends ErrorOptions {
  /** The name of the chunk, such as `scenario.lua`. */
  readonly chunk?: string | undefined;
  /** The line in the chunk, from 1. */
  readonly line?: number | undefined;
  /** Lua's own "stack traceback:" text. */
  readonly traceback?: string | undefined;
  /** What the script raised, as TypeScript sees it. */
  readonly value?: unknown;
}

/**
 * A fault in a script or at the border to it; branch on {@linkcode LuaError.code}.
 *
 * An error that a binding threw is its {@linkcode LuaError.cause}, also when the script caught it
 * and raised it again.
 *
 * @example The line of the script and the error of the binding
 * ```ts
 * import { createLuaRuntime, loadLuaModule, LuaError } from "@indras/toolkit/lua";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * using lua = await createLuaRuntime({ module: await loadLuaModule() });
 * const refusal = new RangeError("no such realm");
 * lua.setGlobal("join", () => {
 *   throw refusal;
 * });
 * const error = assertThrows(() => lua.run("\njoin()", { chunkName: "a.lua" }), LuaError);
 * assertEquals(error.message, "a.lua:2: no such realm");
 * assertEquals([error.code, error.line, error.cause], ["runtime", 2, refusal]);
 * ```
 */
export class LuaError extends Error {
  /** The name of the class. */
  override readonly name: string = "LuaError";
  /** Which kind of fault this is. */
  readonly code: LuaErrorCode;
  /** The name of the chunk, where Lua knows it. */
  readonly chunk: string | undefined;
  /** The line in the chunk, from 1, where Lua knows it. */
  readonly line: number | undefined;
  /** Lua's traceback, where there is one. */
  readonly traceback: string | undefined;
  /** What the script raised: a string, a table, or the error of a binding. */
  readonly value: unknown;

  /** Makes an error; `chunk` and `line` are read from the message when they are not given. */
  constructor(code: LuaErrorCode, message: string, details: LuaErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    const place = findPlace(message) ?? findPlace(details.traceback ?? "");
    this.code = code;
    this.chunk = details.chunk ?? place?.chunk;
    this.line = details.line ?? place?.line;
    this.traceback = details.traceback;
    this.value = details.value;
  }
}

/** The first `chunk:line:` at the start of a line, or `undefined`. */
function findPlace(text: string): { chunk: string; line: number } | undefined {
  // Each character is looked at once or twice: the text may be a script's, and made to be slow.
  const match = /^[ \t]*(\S[^\n]*?):(\d+): /m.exec(text);
  return match?.[1] === undefined ? undefined : { chunk: match[1], line: Number(match[2]) };
}
