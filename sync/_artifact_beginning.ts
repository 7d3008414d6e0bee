import type { DecodedChange } from "./_automerge.ts";
import type { MadeEntry } from "./_schema_check.ts";
import type { AccessGrant } from "./access.ts";
import { byGrantee, byPosition, toGrant, toReference } from "./artifact_entries.ts";
import type { ArtifactRef } from "./artifact_entries.ts";
import type { Entry } from "./_paged_list.ts";

/** All that an artifact says to which nothing was written but its creation. */
export interface ArtifactBeginning {
  /** The words of the root, by their keys. */
  readonly words: ReadonlyMap<string, string>;
  readonly createdAtMs: number;
  readonly references: readonly ArtifactRef[];
  readonly grants: readonly AccessGrant[];
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads it off the change, which is cheaper than to ask Automerge for each part.
 *
 * @param change A creation that passed the check of its schema.
 * @param made The entries that it makes.
 * @param metadata The object of the metadata.
 * @returns `undefined` if it writes anything twice, or deletes: then the change alone does not say
 * what there is.
 */
export function beginningOf(
  change: DecodedChange,
  made: readonly MadeEntry[],
  metadata: string,
): ArtifactBeginning | undefined {
  const places = change.ops.flatMap(({ obj, key }) => key === undefined ? [] : [`${obj} ${key}`]);
  const isOnce = new Set(places).size === places.length &&
    change.ops.every(({ action, pred }) => action !== "del" && (pred ?? []).length === 0);
  if (!isOnce) return undefined;
  const root = new Map(change.ops.filter(({ obj }) => obj === "_root").map(valueByKey));
  const words = [...root].filter(([, value]) => typeof value === "string") as [string, string][];
  const values = change.ops.filter(({ obj }) => obj === metadata).map(valueByKey);
  const entriesIn = (name: string) =>
    made.filter(({ container }) => container === name)
      .map(({ fields }) => Object.fromEntries(fields) as Entry);
  const grants = entriesIn("grants").map(toGrant).sort(byGrantee);
  // Of several that one member has, it is Automerge that knows the order.
  if (new Set(grants.map(({ grantee }) => grantee)).size < grants.length) return undefined;
  return {
    words: new Map(words),
    createdAtMs: Number(root.get("created_at")),
    references: entriesIn("references").map(toReference).sort(byPosition),
    grants,
    metadata: new Map(values.map(([key, value]) => [key, Uint8Array.from(value as number[])])),
  };
}

function valueByKey({ key, value }: DecodedChange["ops"][number]): [string, unknown] {
  return [key, value];
}
