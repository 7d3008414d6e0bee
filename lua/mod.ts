/**
 * A sandboxed Lua 5.4: one engine with its own memory for each script, and a strict border; and
 * `GlyphCase`, a capsule that hosts mods, each in an engine of its own.
 *
 * The engine knows values, functions, classes that are shown to Lua, errors that travel through it,
 * limits, virtual files and modules. It knows no network, no database, no host file, no clock but
 * the one it is given. The bindings to the rest of the toolkit stand beside it in `bindings/`.
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
export {
  ERROR_TEXT_MAX,
  LUA_LIMITS_DEFAULT,
  MEMORY_BYTES_MIN,
  MEMORY_GRACE_BYTES,
  TIMER_MS_MAX,
} from "./limits.ts";
export type { LuaLimits } from "./limits.ts";
export { LuaCallable, LuaFloat, LuaMulti, NOTHING, withExactFloats } from "./values.ts";
export type { LuaFunction } from "./values.ts";
export { asErrand } from "./errand.ts";
export type { QuickWork } from "./errand.ts";
export { systemClock } from "./glyphcase_clock.ts";
export type { GlyphCaseClock } from "./glyphcase_clock.ts";
export { defineLuaClass, HOST_OBJECT_BYTES } from "./userdata.ts";
export type { LuaClass, LuaClassDefinition } from "./userdata.ts";
export { FILE_NAME_MAX, FILES_MAX, VirtualFiles } from "./files.ts";
export type { FileContent } from "./files.ts";
export {
  MODULE_NAME_MAX,
  PACKAGE_PATH_DEFAULT,
  PACKAGE_PATH_MAX,
  searchModule,
} from "./modules.ts";
export type { LuaModules, ModuleSearch } from "./modules.ts";
export { openIndras } from "./bindings/mod.ts";
export type { BindingContext, LogLevel } from "./bindings/mod.ts";
export { ScenarioMods } from "./bindings/mods.ts";
export type { ScenarioModsOptions } from "./bindings/mods.ts";
export { FAILURES_MAX, GlyphCase, NETWORK_CHANGES_MAX } from "./glyphcase.ts";
export type {
  ExecuteOptions,
  GlyphCaseOpenOptions,
  GlyphCaseOptions,
  ModInfo,
} from "./glyphcase_options.ts";
export { GlyphCaseError } from "./glyphcase_errors.ts";
export type { GlyphCaseErrorCode, GlyphCaseErrorDetails } from "./glyphcase_errors.ts";
export { CapsuleProjection } from "./glyphcase_projection.ts";
export type { ActionHandler, ActionOutcome } from "./_glyphcase_actions.ts";
export { MOD_BYTES_MAX, MOD_FILES_MAX, readModFolder } from "./mod_files.ts";
export type { ModFiles } from "./mod_files.ts";
export { MOD_LIMITS_DEFAULT, MOD_LIMITS_MAX } from "./mod_limits.ts";
export type { ModLimits } from "./mod_limits.ts";
export { MANIFEST_FILE, MOD_APIS, parseModManifest } from "./mod_manifest.ts";
export type { ModApi, ModManifest, ModTables } from "./mod_manifest.ts";
export { ACTIONS_MAX } from "./_glyphcase_actions.ts";
export { HOOK_CHAIN_MAX, HOOK_DEPTH_MAX } from "./_glyphcase_hooks.ts";
export { MODS_MAX } from "./_glyphcase_mods.ts";
export { CACHE_BYTES_MAX, CACHE_ENTRIES_MAX } from "./_mod_cache.ts";
export { WATCH_WINDOW_MS } from "./_mod_database.ts";
export { MOD_WATCHERS_MAX } from "./_mod_engine.ts";
export { TASK_INTERVAL_MS_MIN, TASKS_MAX } from "./_mod_scheduler.ts";
export { DURATION_MS_MAX } from "./bindings/_durations.ts";
export {
  BCRYPT_COST_DEFAULT,
  BCRYPT_COST_MAX,
  BCRYPT_COST_MIN,
  PASSWORD_BYTES_MAX,
} from "./bindings/crypto.ts";
export { MOD_SCRIPTS_MAX, MOD_TABLES_MAX } from "./mod_manifest.ts";
