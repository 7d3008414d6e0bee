import type { Capsule, CapsuleOptions } from "../capsule/mod.ts";
import type { IndrasNetwork } from "../network/mod.ts";
import type { Sources } from "../sync/mod.ts";
import type { GlyphCaseClock } from "./glyphcase_clock.ts";
import type { GlyphCaseError } from "./glyphcase_errors.ts";
import type { ModLimits } from "./mod_limits.ts";
import type { ModManifest } from "./mod_manifest.ts";
import type { LuaModule } from "./module.ts";
import type { LuaRuntime } from "./runtime.ts";

/** How a `GlyphCase` is made. */
export interface GlyphCaseOptions {
  /** Lua itself. @default {loaded anew} */
  readonly module?: LuaModule;
  /** Time for tasks, watchers and caches. @default {the system's} */
  readonly clock?: GlyphCaseClock;
  /** Chance for ids, salts and `math.random`. @default {the system's} */
  readonly sources?: Sources;
  /**
   * Where scripts of TypeScript run, which gets all APIs and stays its owner's. If it dies, the next
   * script runs in another one. @default {one of its own}
   */
  readonly runtime?: LuaRuntime;
  /** The limits of scripts that TypeScript runs, other than `MOD_LIMITS_DEFAULT`. */
  readonly limits?: Partial<ModLimits>;
  /** The limits of mods for which none are named, other than `MOD_LIMITS_DEFAULT`. */
  readonly modLimits?: Partial<ModLimits>;
  /** The cost of hashes that name none, from 4 to 15. @default {10} */
  readonly bcryptCost?: number;
  /**
   * The network that mods with the API `indras` act through; or what makes one that is projected
   * into the capsule, and then is disposed with the GlyphCase. @default {none}
   */
  readonly network?: IndrasNetwork | ((capsule: Capsule) => IndrasNetwork);
  /** Told of each failure that no caller is told of. */
  readonly onFailure?: (error: GlyphCaseError) => void;
  /** Told what a mod prints, as it comes; `main` is what TypeScript runs. */
  readonly onOutput?: (mod: string, text: string) => void;
}

/** How a `GlyphCase` is opened together with its capsule. */
export interface GlyphCaseOpenOptions
  extends GlyphCaseOptions, Pick<CapsuleOptions, "synchronous" | "onError"> {}

/** How TypeScript runs a script. */
export interface ExecuteOptions {
  /** What errors call it. @default {"script"} */
  readonly name?: string;
  /** What it receives as `...`. @default {[]} */
  readonly args?: readonly unknown[];
}

/** What is known of a mod that is installed. */
export interface ModInfo {
  /** What it says of itself. */
  readonly manifest: ModManifest;
  /** Whether it is on. */
  readonly isActive: boolean;
  /** Why it was switched off, if nobody did so. */
  readonly failure: string | undefined;
}
