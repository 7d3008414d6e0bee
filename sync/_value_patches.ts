import type { Handle } from "./_automerge.ts";
import { storedPatches } from "./_value_handle.ts";
import { toPlain } from "./_value_types.ts";
import type { JsonValue, TypedValue, ValuePath } from "./_value_types.ts";
import { kindOf } from "./_value_writer.ts";

/** One step from a value to a later one. Applied in their order, all steps make the later value. */
export type ValuePatch =
  | {
    /**
     * A key or an element is set, or the whole value if the path is empty. A map, list or text that
     * is new is empty: what is in it follows. Only the whole value comes with all that is in it.
     */
    readonly action: "put";
    readonly path: ValuePath;
    readonly value: JsonValue;
  }
  | {
    /** Elements are inserted; the path ends with the index of the first. */
    readonly action: "insert";
    readonly path: ValuePath;
    readonly values: readonly JsonValue[];
  }
  | {
    /** Letters are inserted; the path ends with the index of the first. */
    readonly action: "splice";
    readonly path: ValuePath;
    readonly text: string;
  }
  | {
    /** A key, or elements or letters from an index on, are deleted. */
    readonly action: "delete";
    readonly path: ValuePath;
    /** How many; 1 for a key. */
    readonly count: number;
  };

/**
 * The steps from the value at some heads to the value at others.
 *
 * @param read Reads the whole value at the later heads.
 */
export function valuePatches(
  handle: Handle,
  { before, after, read }: {
    readonly before: readonly string[];
    readonly after: readonly string[];
    readonly read: () => TypedValue;
  },
): ValuePatch[] {
  const kind = kindOf(handle, after);
  if (kind === undefined) return [];
  const stored = storedPatches(handle, before, after);
  if (kindOf(handle, before) !== kind) {
    return [{ action: "put", path: [], value: toPlain(read()) }];
  }
  const root = kind === "scalar" ? "value" : kind;
  return stored.filter(({ path }) => path[0] === root)
    .flatMap((patch): readonly ValuePatch[] => {
      const path = patch.path.slice(1);
      switch (patch.action) {
        case "put":
          return [{ action: "put", path, value: toPlain(patch.value) }];
        case "insert":
          return [{ action: "insert", path, values: patch.values.map(toPlain) }];
        case "splice":
          return [{ action: "splice", path, text: patch.value }];
        case "del":
          return [{ action: "delete", path, count: patch.length ?? 1 }];
        default:
          return [];
      }
    });
}
