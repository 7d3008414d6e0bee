/**
 * A sandboxed Lua 5.4: one engine with its own memory for each script, and a strict border.
 *
 * Knows values, functions, classes that are shown to Lua, errors that travel through it, limits,
 * virtual files and modules. Knows no network, no host file, no clock but the one it is given.
 * The bindings to the rest of the toolkit stand beside it in `bindings/`.
 *
 * @module
 */
export { createLuaRuntime, LuaRuntime } from "./runtime.ts";
export type { LuaRuntimeOptions, RunOptions } from "./runtime.ts";
export { loadLuaModule, LuaModule } from "./module.ts";
export type { Stoppable } from "./module.ts";
export { LuaError } from "./errors.ts";
export type { LuaErrorCode, LuaErrorDetails } from "./errors.ts";
export { HostError } from "./host_error.ts";
export { LUA_LIMITS_DEFAULT, MEMORY_BYTES_MIN } from "./limits.ts";
export type { LuaLimits } from "./limits.ts";
export { LuaCallable, LuaFloat, LuaMulti, NOTHING, withExactFloats } from "./values.ts";
export type { LuaFunction } from "./values.ts";
export { defineLuaClass } from "./userdata.ts";
export type { LuaClass, LuaClassDefinition } from "./userdata.ts";
export { VirtualFiles } from "./files.ts";
export type { FileContent } from "./files.ts";
export { PACKAGE_PATH_DEFAULT, searchModule } from "./modules.ts";
export type { LuaModules, ModuleSearch } from "./modules.ts";
export { openIndras } from "./bindings/mod.ts";
export type { BindingContext, LogLevel } from "./bindings/mod.ts";
