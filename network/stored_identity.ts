/**
 * The identity that a store belongs to.
 *
 * @module
 */
import { decodeWire, encodeWire } from "../sync/mod.ts";
import type { Sources, Store } from "../sync/mod.ts";
import { NetworkError } from "./errors.ts";
import { createIdentity } from "./identity.ts";
import type { Identity } from "./identity.ts";
import { exportIdentity, importIdentity } from "./identity_export.ts";

const SPACE = "network";
const KEY = "identity";

/** The identity of a store, if it has one. */
export function readIdentity(store: Store): Identity | undefined {
  const stored = store.get(SPACE, KEY);
  const bytes = stored && decodeWire(stored);
  return bytes instanceof Uint8Array ? importIdentity(bytes) : undefined;
}

/** The identity of a store; a store without one gets a new one. */
export function identityOf(store: Store, sources: Sources): Identity {
  const identity = readIdentity(store) ?? createIdentity(sources);
  installIdentity(store, identity, sources);
  return identity;
}

/**
 * Gives a store its identity.
 *
 * @throws {NetworkError} `invalid_operation` if it has another one; nothing is changed then.
 */
export function installIdentity(store: Store, identity: Identity, sources: Sources): void {
  const known = readIdentity(store);
  if (known?.memberId === identity.memberId) return;
  if (known !== undefined) {
    throw new NetworkError(
      "invalid_operation",
      "Invalid operation: cannot import identity: the storage has another one",
    );
  }
  const bytes = exportIdentity(identity, { sources });
  store.transact((writer) => writer.put(SPACE, KEY, encodeWire(bytes)));
}
