import { Kept } from "./_bridge.ts";
import type { LuaCalls } from "./_calls.ts";
import { LOADED_TABLE, REGISTRY } from "./_exports.ts";
import { PRELUDE_NAME } from "./_failures.ts";
import { HOST_ERROR_CLASS } from "./host_error.ts";
import { PRELUDE } from "./_prelude.ts";
import type { LuaState } from "./_state.ts";
import { makeOsTime } from "./clock.ts";
import type { VirtualFiles } from "./files.ts";
import { makeIo } from "./io.ts";
import { checkSource } from "./limits.ts";
import { type LuaModules, PACKAGE_PATH_DEFAULT, searchModule } from "./modules.ts";
import type { LuaOutput } from "./output.ts";
import { type LuaFunction, LuaMulti, NOTHING } from "./values.ts";

/** What a sandbox is furnished with. */
export interface SandboxOptions {
  readonly files: VirtualFiles;
  readonly output: LuaOutput;
  readonly modules: LuaModules;
  readonly nowMs: () => number;
  readonly seed: number | bigint;
}

/**
 * Opens the libraries that a script may have and puts ours in place of the rest.
 *
 * The list is of what is allowed: `debug`, `package.loadlib` and C's `io` and `os` are never
 * opened, so there is nothing to remove.
 */
export function furnish(
  state: LuaState,
  calls: LuaCalls,
  options: SandboxOptions,
): void {
  const { c } = state;
  state.openLibrary("_G", c.luaopen_base);
  state.openLibrary("table", c.luaopen_table);
  state.openLibrary("string", c.luaopen_string);
  state.openLibrary("math", c.luaopen_math);
  state.openLibrary("utf8", c.luaopen_utf8);
  state.openLibrary("coroutine", c.luaopen_coroutine);
  calls.shortRuns.guard();
  const { io, os, classes } = makeIo(options.files, options.output);
  for (const definition of classes) calls.references.register(definition);
  const { modules } = options;
  const host = {
    io,
    os: { ...makeOsTime(options.nowMs), ...os },
    seed: BigInt.asIntN(64, BigInt(options.seed)),
    package_path: modules.path ?? PACKAGE_PATH_DEFAULT,
    write: (text: unknown) => {
      options.output.write(text instanceof Uint8Array ? text : String(text));
      return NOTHING;
    },
    search: (name: unknown, path: unknown) => {
      const found = searchModule(modules, String(name), String(path));
      if (found.type === "absent") return new LuaMulti(undefined, found.tried);
      checkSource(state.limits, found.path, found.source.length);
      return new LuaMulti(found.source, found.path);
    },
  };
  c.lua_pushlightuserdata(state.main, calls.waiting.token);
  const token = new Kept(state.keep(state.main));
  state.pushText(LOADED_TABLE);
  c.lua_rawget(state.main, REGISTRY);
  const named = new Kept(state.keep(state.main));
  const threads = new Kept(calls.threads);
  const prelude = calls.load(new TextEncoder().encode(PRELUDE), PRELUDE_NAME, "=");
  const helpers = calls.callKept(prelude, [token, host, threads, named])[0] as Record<
    string,
    LuaFunction
  >;
  state.drop(prelude);
  state.drop(token.ref);
  state.drop(named.ref);
  calls.references.setHelpers({
    makeIndex: helpers["make_index"]!,
    dropSelf: helpers["drop_self"]!,
  });
  calls.setCollector(helpers["collect"]!);
  calls.failures.setHelper(helpers["describe"]!);
  calls.references.register(HOST_ERROR_CLASS, helpers["make_error_index"]!);
}
