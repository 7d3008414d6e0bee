/**
 * What an artifact's document holds, and which operations may write it.
 *
 * ```text
 * artifact_id   string            genesis
 * references    list of pages     genesis; a page is a list of {artifact_id, position, label}
 * grants        list of pages     genesis; of {grantee, mode, granted_at, granted_by, expires_at}
 * metadata      map of bytes      genesis
 * steward, artifact_type, status, created_at     the change that creates the artifact
 * ```
 *
 * Words and ids are scalars, never collaborative text: a reference costs four operations. Lists are
 * paged because Automerge's cost per call grows with the history of the object that it touches.
 * Times are milliseconds since the Unix epoch.
 *
 * @module
 */
import type { DecodedChange, Handle, Operation } from "./_automerge.ts";
import { isAccessMode } from "./access.ts";
import { SyncError } from "./errors.ts";
import { genesisOf } from "./genesis.ts";
import type { Genesis } from "./genesis.ts";
import type { ArtifactId } from "./ids.ts";

/** What has become of an artifact. */
export type ArtifactStatus = "active" | "recalled" | "transferred";

/** Every status. */
export const ARTIFACT_STATUSES: readonly ArtifactStatus[] = ["active", "recalled", "transferred"];
/** Characters of an artifact's type, such as `"story"`. */
export const ARTIFACT_TYPE_LENGTH_MAX: number = 64;
/** UTF-16 units of a reference's label. */
export const LABEL_LENGTH_MAX: number = 1024;
/** UTF-16 units of a key in the metadata. */
export const METADATA_KEY_LENGTH_MAX: number = 128;
/** Bytes of a value in the metadata. */
export const METADATA_VALUE_BYTES_MAX: number = 64 * 1024;

/** The first change of an artifact's document: its id and its empty containers. */
export function artifactGenesis(id: ArtifactId): Genesis {
  return genesisOf("artifact", id, (handle) => {
    handle.put("/", "artifact_id", id, "str");
    handle.putObject("/", "references", []);
    handle.putObject("/", "grants", []);
    handle.putObject("/", "metadata", {});
  });
}

/** A test of one value that an operation writes. */
type ValueCheck = (operation: Operation) => boolean;
type Fields = Readonly<Record<string, ValueCheck>>;
type ListName = "references" | "grants";

const text = (accept: (value: string) => boolean): ValueCheck => ({ value, datatype }) =>
  typeof value === "string" && datatype === undefined && accept(value);
const time: ValueCheck = ({ value, datatype }) =>
  datatype === "int" && Number.isSafeInteger(value) && (value as number) >= 0;
const nothing: ValueCheck = ({ value }) => value === null;
const id = text((value) => /^[0-9a-f]{64}$/.test(value));

const ROOT: Fields = {
  steward: id,
  artifact_type: text(isArtifactType),
  status: text((value) => (ARTIFACT_STATUSES as readonly string[]).includes(value)),
  created_at: time,
};

const ENTRY: Readonly<Record<ListName, Fields>> = {
  references: {
    artifact_id: id,
    position: time,
    label: (operation) => nothing(operation) || text(isLabel)(operation),
  },
  grants: {
    grantee: id,
    mode: text(isAccessMode),
    granted_at: time,
    granted_by: id,
    expires_at: (operation) => nothing(operation) || time(operation),
  },
};

/** Whether a string can be an artifact's type: one word, visible characters only. */
export function isArtifactType(value: string): boolean {
  return value.length <= ARTIFACT_TYPE_LENGTH_MAX && /^[^\s\p{C}]+$/u.test(value);
}

/** Whether a string can label a reference. */
export function isLabel(value: string): boolean {
  return value.length <= LABEL_LENGTH_MAX && value.isWellFormed();
}

/** Whether a string can be a key of the metadata. */
export function isMetadataKey(value: string): boolean {
  return value.length > 0 && value.length <= METADATA_KEY_LENGTH_MAX && value.isWellFormed();
}

/**
 * Checks each operation of a change against the schema. An entry of a list is written whole in the
 * change that makes it and never touched again, except to delete it, so whatever passes leaves a
 * document that reads well.
 *
 * @param after The document with the change applied, to look up where an object is.
 * @throws {SyncError} `bad_schema` if the change writes anything else.
 */
export function checkArtifactChange(
  change: DecodedChange,
  genesis: Genesis,
  after: Handle,
): void {
  const pages = new Map<string, ListName>();
  const entries = new Map<string, { list: ListName; fields: Map<string, unknown> }>();
  const containers: Readonly<Record<string, string>> = {
    _root: "root",
    [`2@${genesis.actor}`]: "references",
    [`3@${genesis.actor}`]: "grants",
    [`4@${genesis.actor}`]: "metadata",
  };
  change.ops.forEach((operation, index) => {
    const own = `${change.startOp + index}@${change.actor}`;
    if (!allowed(operation, own)) {
      const what = `${operation.action} in ${operation.obj}`;
      throw new SyncError("bad_schema", `Cannot apply change "${change.hash}": ${what}`);
    }
  });
  for (const { list, fields } of entries.values()) {
    if (isWhole(list, fields)) continue;
    throw new SyncError(
      "bad_schema",
      `Cannot apply change "${change.hash}": partial ${list} entry`,
    );
  }

  const rooted = change.ops.some(({ obj }) => obj === "_root");
  const created = (rooted ? Object.keys(ROOT) : ["steward"])
    .every((field) => after.getWithType("/", field) !== null);
  if (!created) {
    throw new SyncError("bad_schema", `Cannot apply change "${change.hash}": nothing created it`);
  }

  function allowed(operation: Operation, own: string): boolean {
    switch (containers[operation.obj]) {
      case "root":
        return sets(ROOT, operation);
      case "references":
      case "grants":
        pages.set(own, containers[operation.obj] as ListName);
        return inserts("makeList", operation);
      case "metadata":
        if (typeof operation.key !== "string" || !isMetadataKey(operation.key)) return false;
        return operation.action === "del" || setsBytes(operation);
    }
    const entry = entries.get(operation.obj);
    if (entry !== undefined) {
      entry.fields.set(operation.key, operation.value);
      return sets(ENTRY[entry.list], operation);
    }
    const list = pages.get(operation.obj) ?? pageOf(operation.obj, after);
    if (list === undefined) return false;
    if (operation.action === "del") return true;
    entries.set(own, { list, fields: new Map() });
    return inserts("makeMap", operation);
  }
}

/** An entry has each of its fields, and a grant that is timed says when it ends. */
function isWhole(list: ListName, fields: ReadonlyMap<string, unknown>): boolean {
  const complete = fields.size === Object.keys(ENTRY[list]).length;
  const endless = fields.get("mode") === "timed" && fields.get("expires_at") === null;
  return complete && !endless;
}

function sets(fields: Fields, operation: Operation): boolean {
  if (operation.action !== "set" || !Object.hasOwn(fields, operation.key)) return false;
  return fields[operation.key]!(operation);
}

function setsBytes({ action, value }: Operation): boolean {
  const bytes: unknown = value;
  return action === "set" && Array.isArray(bytes) && bytes.length <= METADATA_VALUE_BYTES_MAX;
}

function inserts(action: "makeList" | "makeMap", operation: Operation): boolean {
  return operation.action === action && (operation as { insert?: boolean }).insert === true;
}

/** Which list an object is a page of; pages are never deleted, so a page always has a path. */
function pageOf(object: string, handle: Handle): ListName | undefined {
  const info = handle.objInfo(object) as { type: string; path?: readonly unknown[] };
  if (info.type !== "list" || info.path?.length !== 2) return undefined;
  const [list] = info.path;
  return list === "references" || list === "grants" ? list : undefined;
}
