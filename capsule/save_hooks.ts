/**
 * Those who look at rows before they are saved, and are told after.
 *
 * @module
 */
import { CapsuleError } from "./errors.ts";
import type { RowChange } from "./row_change.ts";
import type { Row } from "./sql_value.ts";

/** Called in the order in which they were added. None may be asynchronous. */
export interface SaveHooks {
  /**
   * Before a row is saved by `insert`, `insertMultiple`, `update` or `updateWhere`; raw SQL passes.
   *
   * @param data The columns that were given.
   * @returns What to save in its place; nothing to leave it as it is. A throw is a veto.
   */
  beforeSave?(table: string, data: Row, operation: "INSERT" | "UPDATE"): Row | void;
  /** After the commit, for each row that was inserted or updated in whatever way. */
  afterSave?(table: string, row: Row, operation: "INSERT" | "UPDATE"): void;
  /**
   * After each commit that changed rows, with all its changes, before watchers are told.
   *
   * @param depth 0; 1 for what hooks have committed while they were told of such a commit; and so on.
   */
  changed?(changes: readonly RowChange[], depth: number): void;
}

/**
 * How many commits hooks may cause while they are told of one. Further ones are kept from them and
 * reported as `watch_loop`.
 */
export const HOOK_COMMITS_MAX: number = 1000;

/** The hooks of a capsule. */
export class SaveHookRegistry {
  readonly #added: Set<Added> = new Set();
  readonly #onWanted: () => void;

  /** Makes one; `onWanted` is called when changes are of interest that were not, or no longer. */
  constructor(onWanted: () => void) {
    this.#onWanted = onWanted;
  }

  /** Whether somebody may want to look at rows before they are saved. */
  get asksBefore(): boolean {
    return this.#added.size > 0;
  }

  /** Whether somebody wants to know of all changes. */
  get wantsChanges(): boolean {
    for (const { hooks } of this.#added) {
      if ((hooks.afterSave ?? hooks.changed) !== undefined) return true;
    }
    return false;
  }

  /** Calls these from now on, until what is returned is disposed. */
  add(hooks: SaveHooks): Disposable {
    const added = { hooks }; // the same hooks may be added twice
    this.#added.add(added);
    this.#onWanted();
    return {
      [Symbol.dispose]: () => {
        if (this.#added.delete(added)) this.#onWanted();
      },
    };
  }

  /**
   * What is to be saved in the place of some data.
   *
   * @throws {CapsuleError} `veto` with what a hook has thrown as its cause.
   */
  before(table: string, data: Readonly<Row>, operation: "INSERT" | "UPDATE"): Readonly<Row> {
    let current = data;
    for (const { hooks } of this.#added) {
      const next = askHook(hooks, { table, data: current, operation });
      if (next !== undefined) current = next;
    }
    return current;
  }

  /** Tells of what was committed; what a hook throws is reported, and the others are called. */
  after(
    changes: readonly RowChange[],
    { depth, onError }: {
      readonly depth: number;
      readonly onError: (error: unknown) => void;
    },
  ): void {
    const attempt = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        onError(error);
      }
    };
    for (const { table, row, operation } of changes) {
      if (operation === "DELETE") continue;
      for (const { hooks } of this.#added) attempt(() => hooks.afterSave?.(table, row, operation));
    }
    for (const { hooks } of this.#added) attempt(() => hooks.changed?.(changes, depth));
  }
}

interface Added {
  readonly hooks: SaveHooks;
}

function askHook(
  hooks: SaveHooks,
  { table, data, operation }: {
    readonly table: string;
    readonly data: Readonly<Row>;
    readonly operation: "INSERT" | "UPDATE";
  },
): Row | undefined {
  let next: unknown;
  try {
    next = hooks.beforeSave?.(table, { ...data }, operation);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CapsuleError("veto", `Cannot save into "${table}": ${why}`, { cause: error });
  }
  if (next === undefined || next === null) return undefined;
  if (typeof next === "object" && !Array.isArray(next) && !("then" in next)) return next as Row;
  throw new CapsuleError(
    "bad_value",
    `Cannot save into "${table}": a hook returned something that is no row`,
  );
}
