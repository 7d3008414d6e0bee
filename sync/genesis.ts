/**
 * The deterministic first change of each document.
 *
 * Two peers that create the same document independently must share its root objects; otherwise
 * one side's lists hide the other's when they meet. So the containers of a document are made by a
 * change that anybody can compute: its actor comes from the document's kind and id, its time is 0.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createHandle } from "./_automerge.ts";
import type { Handle } from "./_automerge.ts";
import { parseChangeHash } from "./ids.ts";
import type { ChangeHash } from "./ids.ts";

/** The first change of one document. */
export interface Genesis {
  /** The change as Automerge encodes it. */
  readonly change: Uint8Array;
  /** Its hash, which every copy of the document holds. */
  readonly hash: ChangeHash;
  /** Its actor: 32 hex digits, so it can never be a member's, which has 72. */
  readonly actor: string;
}

/**
 * Makes the first change of a document.
 *
 * @param kind What sort of document, such as `"artifact"`.
 * @param id The document's id, 64 hex digits.
 * @param build Makes the root's containers; called once, must not depend on anything but `id`.
 */
export function genesisOf(kind: string, id: string, build: (handle: Handle) => void): Genesis {
  const actor = actorOf(kind, id);
  const handle = createHandle(actor);
  try {
    build(handle);
    const hash = handle.commit(null, 0);
    if (hash === null) {
      throw new TypeError(`Cannot make the genesis of ${kind} "${id}": it is empty`);
    }
    return { change: handle.saveSince([]), hash: parseChangeHash(hash), actor };
  } finally {
    handle.free();
  }
}

/**
 * Makes the first changes of documents that differ in nothing but their id, where it can without
 * Automerge: the id and the actor are written into the change of another one.
 *
 * @param kind What sort of document.
 * @param build Makes the root's containers; writes the id once, as a word.
 * @param documentIdOf The id of the whole document, where `build` writes another one that it is of.
 */
export function genesisTemplate(
  kind: string,
  build: (handle: Handle, id: string) => void,
  documentIdOf: (id: string) => string = (id) => id,
): (id: string) => Genesis {
  const [first, second] = ["a", "b"].map((digit) => digit.repeat(64)) as [string, string];
  const slowly = (id: string) => genesisOf(kind, documentIdOf(id), (handle) => build(handle, id));
  const pattern = slowly(first);
  const at = {
    actor: indexOf(pattern.change, Uint8Array.fromHex(pattern.actor)),
    id: indexOf(pattern.change, ASCII.encode(first)),
  };
  const make = (id: string): Genesis => {
    const actor = actorOf(kind, documentIdOf(id));
    const change = pattern.change.slice();
    change.set(Uint8Array.fromHex(actor), at.actor);
    change.set(ASCII.encode(id), at.id);
    const digest = createHash("sha256").update(change.subarray(CHECKSUM_END)).digest();
    change.set(digest.subarray(0, CHECKSUM_END - CHECKSUM_START), CHECKSUM_START);
    return { change, hash: parseChangeHash(digest.toString("hex")), actor };
  };
  // A long change is deflated, and one that depends on more than the id has no pattern.
  const isPattern = pattern.change[TYPE_AT] === CHANGE && at.actor > 0 && at.id > 0 &&
    make(second).hash === slowly(second).hash;
  return isPattern ? make : slowly;
}

/** Where the checksum of a chunk stands; what it is of, and the hash of a change too, comes behind. */
const CHECKSUM_START = 4;
const CHECKSUM_END = 8;
/** Where its type stands, and the type of a change that is not deflated. */
const TYPE_AT = 8;
const CHANGE = 1;
const ASCII = new TextEncoder();

function actorOf(kind: string, id: string): string {
  const digest = createHash("sha256").update(`indras-genesis-v1:${kind}:${id}`).digest("hex");
  return digest.slice(0, 32);
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(part);
}
