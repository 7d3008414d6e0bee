/**
 * What a scenario says of itself in the comments that it begins with.
 *
 * ```lua
 * --- Three peers share a story while one of them is away.
 * --- needs: read=./data     -- or: nothing, which is also the default
 * --- needs: capsule=../mods/bot  -- a database, and mods at hand to be installed in it
 * --- seed: 7
 * ```
 *
 * @module
 */
import { ScenarioError } from "./errors.ts";

/** What a scenario asks for; Deno's own form of a test's permissions. */
export type ScenarioNeeds = "none" | Readonly<Record<string, true | readonly string[]>>;

/** A scenario's header. */
export interface ScenarioHeader {
  /** One sentence; `undefined` if there is none. */
  readonly name: string | undefined;
  /** The permissions that the scenario runs with. */
  readonly needs: ScenarioNeeds;
  /**
   * The folders of the mods at hand, relative to the script's own, if it asks for a capsule.
   *
   * @default {no capsule}
   */
  readonly capsule?: readonly string[];
  /** The seed unless another is asked for. @default {1n} */
  readonly seed: bigint;
}

/** The seed of a scenario that names none. */
export const SEED_DEFAULT: bigint = 1n;
/** The largest seed: what fits Lua's integers. */
export const SEED_MAX: bigint = 2n ** 63n - 1n;

const PERMISSIONS = ["read", "write", "net", "env", "run", "ffi", "sys", "import"];

/**
 * Reads the header: the lines that begin with `---` before anything else.
 *
 * @throws {ScenarioError} `bad_header` if it asks for something unknown, `bad_seed`.
 *
 * @example A name, what it needs, and a seed
 * ```ts
 * import { parseHeader } from "@indras/toolkit/scenarios";
 * import { assertEquals } from "@std/assert";
 *
 * const header = parseHeader("--- Ben comes back.\n--- needs: read=./data\n--- seed: 7\n");
 * assertEquals(header, { name: "Ben comes back.", needs: { read: ["./data"] }, seed: 7n });
 * ```
 */
export function parseHeader(source: string): ScenarioHeader {
  let name: string | undefined;
  let asked: ReturnType<typeof parseNeeds> = { needs: "none" };
  let seed = SEED_DEFAULT;
  for (const line of headerLines(source)) {
    const [, key, value = ""] = /^([a-z_]+):\s*(.*)$/.exec(line) ?? [];
    if (key === undefined) name ??= line;
    else if (key === "name") name = value;
    else if (key === "needs") asked = parseNeeds(value.replace(/\s--\s.*$/, "").trim());
    else if (key === "seed") seed = parseSeed(value.replace(/\s--\s.*$/, "").trim());
    else {
      throw new ScenarioError(
        "bad_header",
        `Cannot read header: "${key}" is not name, needs or seed`,
      );
    }
  }
  return { name, ...asked, seed };
}

/**
 * Reads a seed: a whole number from 0 to {@linkcode SEED_MAX}.
 *
 * @throws {ScenarioError} `bad_seed` if it is not that.
 */
export function parseSeed(text: string): bigint {
  const seed = /^\d{1,19}$/.test(text) ? BigInt(text) : -1n;
  if (seed >= 0n && seed <= SEED_MAX) return seed;
  throw new ScenarioError("bad_seed", `Cannot use seed "${text}": expected 0 to ${SEED_MAX}`);
}

function headerLines(source: string): string[] {
  const lines = source.replace(/^\ufeff?(#![^\n]*\n)?/, "").split("\n");
  const end = lines.findIndex((line) => !line.startsWith("---"));
  return lines.slice(0, end < 0 ? lines.length : end)
    .map((line) => line.replace(/^-+/, "").trim())
    .filter((line) => line !== "");
}

/** `read=./a;./b, env` asks for two paths and for the whole environment. */
function parseNeeds(text: string): Pick<ScenarioHeader, "needs" | "capsule"> {
  if (text === "" || text === "nothing" || text === "none") return { needs: "none" };
  const asked = new Map(
    text.split(",").map((part) => {
      const [, what = "", value] = /^([a-z]+)(?:=(.*))?$/.exec(part.trim()) ?? [];
      if (![...PERMISSIONS, "capsule"].includes(what) || value === "") {
        throw new ScenarioError(
          "bad_header",
          `Cannot read header: "${part.trim()}" is not one of ${PERMISSIONS.join(", ")}, capsule`,
        );
      }
      return [what, value?.split(";")] as const;
    }),
  );
  const capsule = asked.has("capsule") && { capsule: asked.get("capsule") ?? [] };
  asked.delete("capsule");
  if (asked.size === 0) return { needs: "none", ...capsule };
  const needs = Object.fromEntries([...asked].map(([name, values]) => [name, values ?? true]));
  return { needs: needs as Exclude<ScenarioNeeds, "none">, ...capsule };
}
