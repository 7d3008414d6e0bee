/**
 * Ids, branded, each with its one parse function.
 *
 * An id is a name, never a secret: no key is derived from one.
 *
 * @module
 */

/** Marks a string as checked; exists only for the compiler. */
export interface Brand<Name extends string> {
  /** The name of the kind of id. */
  readonly __brand: Name;
}

/** 64 lowercase hex digits: the Ed25519 public key that a member answers to. */
export type MemberId = string & Brand<"MemberId">;

/** Marks the ids of documents, whatever is in them. */
export interface DocumentBrand {
  /** Exists only for the compiler. */
  readonly __document: true;
}

/** 64 lowercase hex digits: a document, whatever is in it. */
export type DocumentId = string & DocumentBrand;

/** 64 lowercase hex digits: a random document id for a tree, the BLAKE3 of the bytes for a blob. */
export type ArtifactId = string & Brand<"ArtifactId"> & DocumentBrand;

/** 64 lowercase hex digits: the SHA-256 by which Automerge names a change. */
export type ChangeHash = string & Brand<"ChangeHash">;

/** 72 lowercase hex digits: a member's id and 4 bytes that count its sessions. */
export type ActorId = string & Brand<"ActorId">;

/** The hashes of the changes nothing comes after, ascending; `[]` for an empty document. */
export type Heads = readonly ChangeHash[];

/** The last session that {@linkcode actorOf} can name; the count is 4 bytes. */
export const SESSION_MAX: number = 0xffff_ffff;

/**
 * Checks and brands a member's id; upper case is accepted and lowered.
 *
 * @throws {TypeError} if `text` is not 64 hex digits.
 *
 * @example A name is not a member id
 * ```ts
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => parseMemberId("Ben"), TypeError);
 * ```
 */
export function parseMemberId(text: string): MemberId {
  return parseHex32("member id", text) as MemberId;
}

/**
 * Checks and brands an artifact's id; upper case is accepted and lowered.
 *
 * @throws {TypeError} if `text` is not 64 hex digits.
 *
 * @example Ids are lowered
 * ```ts
 * import { parseArtifactId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseArtifactId("AB".repeat(32)) as string, "ab".repeat(32));
 * ```
 */
export function parseArtifactId(text: string): ArtifactId {
  return parseHex32("artifact id", text) as ArtifactId;
}

/**
 * Checks and brands the hash of a change.
 *
 * @throws {TypeError} if `text` is not 64 hex digits.
 *
 * @example A hash keeps its digits
 * ```ts
 * import { parseChangeHash } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseChangeHash("0f".repeat(32)) as string, "0f".repeat(32));
 * ```
 */
export function parseChangeHash(text: string): ChangeHash {
  return parseHex32("change hash", text) as ChangeHash;
}

/**
 * Checks and brands a list of hashes: sorted, each once.
 *
 * @throws {TypeError} if one of them is not 64 hex digits.
 *
 * @example Two spellings of the same heads are equal
 * ```ts
 * import { parseHeads } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = ["aa".repeat(32), "bb".repeat(32)];
 * assertEquals(parseHeads([b, a, b]), parseHeads([a, b]));
 * ```
 */
export function parseHeads(texts: readonly string[]): Heads {
  // There is hardly ever more than one.
  if (texts.length === 1) return [parseChangeHash(texts[0]!)];
  return [...new Set(texts.map(parseChangeHash))].sort();
}

/** Whether two lists of heads, each sorted as {@linkcode parseHeads} does, are the same. */
export function sameHeads(left: Heads, right: Heads): boolean {
  return left.length === right.length && left.every((head, index) => head === right[index]);
}

/**
 * The actor under which a member writes in one session, so that each change names its author.
 * A session is a run of a peer; a number is never used twice for one document.
 *
 * @param session From 0 to {@linkcode SESSION_MAX}.
 * @throws {RangeError} if `session` is not an integer in that range.
 *
 * @example An actor begins with its member
 * ```ts
 * import { actorOf, memberOf, parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const ada = parseMemberId("01".repeat(32));
 * assertEquals(memberOf(actorOf(ada, 7)), ada);
 * ```
 */
export function actorOf(member: MemberId, session: number): ActorId {
  if (!Number.isInteger(session) || session < 0 || session > SESSION_MAX) {
    throw new RangeError(
      `Cannot name an actor: session ${session} is not from 0 to ${SESSION_MAX}`,
    );
  }
  return `${member}${session.toString(16).padStart(8, "0")}` as ActorId;
}

/** The member that writes as this actor. */
export function memberOf(actor: ActorId): MemberId {
  return actor.slice(0, 64) as MemberId;
}

/** Whether a string has the form of an actor: 72 lowercase hex digits. */
export function isActorId(text: string): text is ActorId {
  return /^[0-9a-f]{72}$/.test(text);
}

function parseHex32(what: string, text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  const found = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  throw new TypeError(`Cannot parse ${what} "${found}": expected 64 hex digits`);
}
