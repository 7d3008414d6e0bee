/**
 * What an artifact's document holds, and which operations may write it.
 *
 * ```text
 * artifact_id   string            genesis
 * references    list of pages     genesis; a page is a list of {artifact_id, position, label}
 * grants        list of pages     genesis; of {grantee, mode, granted_at, granted_by, expires_at}
 * metadata      map of bytes      genesis
 * steward, artifact_type, status, created_at, nonce     the change that creates the artifact
 * ```
 *
 * The id commits to its first steward: it is the hash of that member's id and the nonce, and only a
 * change by that member can create it. So nobody can put a document of their own in its place.
 * Words and ids are scalars, never collaborative text: a reference costs four operations. Lists are
 * paged because Automerge's cost per call grows with the history of the object that it touches.
 * Times are milliseconds since the Unix epoch.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { DecodedChange, Handle } from "./_automerge.ts";
import { beginningOf } from "./_artifact_beginning.ts";
import type { ArtifactBeginning } from "./_artifact_beginning.ts";
import { isMetadataKey, METADATA_VALUE_BYTES_MAX } from "./_metadata.ts";
import { badSchema, bytes, checkOperations, id, optional, text, whole } from "./_schema_check.ts";
import type { Container, Fields } from "./_schema_check.ts";
import { isAccessMode } from "./access.ts";
import { SyncError } from "./errors.ts";
import { genesisTemplate } from "./genesis.ts";
import type { Genesis } from "./genesis.ts";
import { memberOf } from "./ids.ts";
import type { ActorId, ArtifactId, MemberId } from "./ids.ts";

export { isMetadataKey, METADATA_KEY_LENGTH_MAX, METADATA_VALUE_BYTES_MAX } from "./_metadata.ts";

/** What has become of an artifact. */
export type ArtifactStatus = "active" | "recalled" | "transferred";

/** Every status. */
export const ARTIFACT_STATUSES: readonly ArtifactStatus[] = ["active", "recalled", "transferred"];
/** Characters of an artifact's type, such as `"story"`. */
export const ARTIFACT_TYPE_LENGTH_MAX: number = 64;
/** UTF-16 units of a reference's label. */
export const LABEL_LENGTH_MAX: number = 1024;

/** Keys of the metadata that begin with it are the steward's. */
export const RESERVED_KEY_PREFIX: string = "_";

/** The first change of an artifact's document: its id and its empty containers. */
export function artifactGenesis(id: ArtifactId): Genesis {
  return genesis(id);
}

/** The containers, in the order in which the genesis makes them. */
const NAMES = ["references", "grants", "metadata"] as const;

/** The object of a container, as the genesis makes it. */
export function artifactObject(name: typeof NAMES[number], genesisActor: string): string {
  return `${NAMES.indexOf(name) + 2}@${genesisActor}`;
}

const genesis = genesisTemplate("artifact", (handle, id) => {
  handle.put("/", "artifact_id", id, "str");
  handle.putObject("/", "references", []);
  handle.putObject("/", "grants", []);
  handle.putObject("/", "metadata", {});
});

/** Bytes of the nonce that makes an artifact's id unique. */
export const ARTIFACT_NONCE_BYTES: number = 32;

/**
 * The id of the artifact that a member creates with a nonce.
 *
 * @param nonce 32 random bytes; the same nonce gives the same artifact again.
 * @throws {RangeError} if the nonce has another length.
 *
 * @example Another member cannot create the same artifact
 * ```ts
 * import { artifactIdOf, parseMemberId } from "@indras/toolkit/sync";
 * import { assertNotEquals } from "@std/assert";
 *
 * const [ada, ben] = ["a1", "b2"].map((byte) => parseMemberId(byte.repeat(32)));
 * const nonce = new Uint8Array(32);
 * assertNotEquals(artifactIdOf(ada!, nonce), artifactIdOf(ben!, nonce));
 * ```
 */
export function artifactIdOf(steward: MemberId, nonce: Uint8Array): ArtifactId {
  if (nonce.length !== ARTIFACT_NONCE_BYTES) {
    throw new RangeError(`Cannot name artifact: nonce has ${nonce.length} bytes, not 32`);
  }
  const hash = createHash("sha256").update("indras-artifact-v1:");
  return hash.update(Uint8Array.fromHex(steward)).update(nonce).digest("hex") as ArtifactId;
}

const ROOT: Fields = {
  nonce: bytes(ARTIFACT_NONCE_BYTES),
  steward: id,
  artifact_type: text(isArtifactType),
  status: text((value) => (ARTIFACT_STATUSES as readonly string[]).includes(value)),
  created_at: whole,
};

const CONTAINERS: Readonly<Record<string, Container>> = {
  references: {
    type: "pages",
    deletes: true,
    entry: { artifact_id: id, position: whole, label: optional(text(isLabel)) },
  },
  grants: {
    type: "pages",
    deletes: true,
    entry: {
      grantee: id,
      mode: text(isAccessMode),
      granted_at: whole,
      granted_by: id,
      expires_at: optional(whole),
    },
  },
  metadata: { type: "scalars", key: isMetadataKey, value: bytes(METADATA_VALUE_BYTES_MAX) },
};

/** Whether a string can be an artifact's type: one word, visible characters only. */
export function isArtifactType(value: string): boolean {
  return value.length <= ARTIFACT_TYPE_LENGTH_MAX && /^[^\s\p{C}]+$/u.test(value);
}

/** Whether a string can label a reference. */
export function isLabel(value: string): boolean {
  return value.length <= LABEL_LENGTH_MAX && value.isWellFormed();
}

/** What a change that passed the check wrote, as far as others want to know. */
export interface ArtifactWrites {
  /** The positions of the references that it made. */
  readonly positions: readonly number[];
  /**
   * What it takes to be allowed: nothing for the creation, which proves itself; to be the steward
   * for grants, steward, status, reserved metadata and the like; to be in the audience for everything else.
   */
  readonly needs: "nothing" | "steward" | "audience";
  /** The containers that it wrote into, by their keys; `"root"` for the registers of the root. */
  readonly touched: ReadonlySet<string>;
  /** What the artifact says, if nothing else is written to it; `undefined` if that is not clear. */
  readonly beginning: ArtifactBeginning | undefined;
}

/**
 * Checks each operation of a change against the schema; a grant that is timed says when it ends,
 * and whoever creates the artifact is the one that its id commits to, upon nothing but the genesis.
 *
 * @param after The document with the change applied, to look up where an object is.
 * @param pages Given to each check of changes that come together, so that none is looked up twice.
 * @throws {SyncError} `bad_schema` if the change writes anything else.
 */
export function checkArtifactChange(
  change: DecodedChange,
  genesis: Genesis,
  after: Handle,
  pages: Map<string, string> = new Map(),
): ArtifactWrites {
  const objects = new Map(NAMES.map((name) => [artifactObject(name, genesis.actor), name]));
  const metadata = artifactObject("metadata", genesis.actor);
  const { made, touched } = checkOperations(
    change,
    { root: ROOT, containers: CONTAINERS, objects, pages },
    after,
  );
  if (
    made.some(({ fields }) => fields.get("mode") === "timed" && fields.get("expires_at") === null)
  ) {
    throw badSchema(change, "a timed grant without an end");
  }
  const root = new Map(
    change.ops.flatMap(({ obj, key, value }) =>
      obj === "_root" ? [[key, value] as [string, unknown]] : []
    ),
  );
  if (root.has("nonce")) checkCreation(change, genesis, root, after);
  const references = made.filter(({ container }) => container === "references");
  const isReserved = change.ops.some(({ obj, key }) =>
    obj === metadata && key.startsWith(RESERVED_KEY_PREFIX)
  );
  const needs = root.has("nonce")
    ? "nothing"
    : touched.has("root") || touched.has("grants") || isReserved
    ? "steward"
    : "audience";
  return {
    positions: references.map(({ fields }) => Number(fields.get("position"))),
    needs,
    touched,
    beginning: root.has("nonce") ? beginningOf(change, made, metadata) : undefined,
  };
}

/**
 * Checks that an artifact was created, before or by some new changes.
 *
 * @throws {SyncError} `bad_schema` if it was not.
 */
export function checkCreated(
  document: Handle,
  writes: readonly Pick<ArtifactWrites, "needs">[],
): void {
  if (writes.some(({ needs }) => needs === "nothing")) return;
  if (document.getWithType("/", "nonce") !== null) return;
  throw new SyncError("bad_schema", "Cannot apply changes: nothing created the artifact");
}

function checkCreation(
  change: DecodedChange,
  genesis: Genesis,
  root: ReadonlyMap<string, unknown>,
  after: Handle,
): void {
  // It needs no right, so it must not be able to change what others have written since.
  const isFirst = change.deps.length === 1 && change.deps[0] === genesis.hash;
  if (!isFirst) throw badSchema(change, "a second creation");
  const whole = Object.keys(ROOT).every((field) => root.has(field));
  const nonce = Uint8Array.from((root.get("nonce") ?? []) as number[]);
  const author = memberOf(change.actor as ActorId);
  const id = String(after.getWithType("/", "artifact_id")?.[1]);
  const committed = nonce.length === ARTIFACT_NONCE_BYTES && id === artifactIdOf(author, nonce);
  if (whole && committed && root.get("steward") === author) return;
  throw badSchema(change, "a creation by somebody else");
}
