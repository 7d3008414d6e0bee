/**
 * The deterministic first change of each document.
 *
 * Two peers that create the same document independently must share its root objects; otherwise
 * one side's lists hide the other's when they meet. So the containers of a document are made by a
 * change that anybody can compute: its actor comes from the document's kind and id, its time is 0.
 *
 * @module
 */
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
  const digest = createHash("sha256").update(`indras-genesis-v1:${kind}:${id}`).digest("hex");
  const actor = digest.slice(0, 32);
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
