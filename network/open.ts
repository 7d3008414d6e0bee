/**
 * Networks that live in a file: the only place here that knows SQLite.
 *
 * The file holds the secret key, so it is as private as the member. Beside it lies an index for
 * queries, `<path>.index`, which can be deleted at any time and is made again.
 *
 * @module
 */
import { SqliteStore, Tables } from "../capsule/mod.ts";
import { systemSources } from "../sync/mod.ts";
import type { Sources, SyncEvent, Transport } from "../sync/mod.ts";
import { importIdentity } from "./identity_export.ts";
import { IndrasNetwork } from "./network.ts";
import type { ProjectionTarget } from "./projection_source.ts";
import { PROJECTION_TABLES, PROJECTION_VERSION } from "./projection_tables.ts";
import { identityOf, installIdentity } from "./stored_identity.ts";

/** What {@linkcode openNetwork} takes besides the path. */
export interface OpenNetworkOptions {
  /** What carries its envelopes. */
  readonly transport: Transport;
  /** Clock and randomness. @default {the system's} */
  readonly sources?: Sources;
  /** Told of what happened to payloads. */
  readonly onEvent?: (event: SyncEvent) => void;
  /** What holds its tables, and is disposed by whoever made it. @default {`<path>.index`} */
  readonly projection?: ProjectionTarget;
}

/**
 * Opens the network of a file, or makes one with a new identity; disposing it closes the file.
 *
 * Needs permission to read and write the file and those beside it.
 *
 * @throws {CapsuleError} `locked` ("Database is locked") if somebody else has it open, `corrupt`.
 */
export function openNetwork(path: string, options: OpenNetworkOptions): IndrasNetwork {
  const { transport, sources = systemSources(), onEvent } = options;
  using opened = new DisposableStack();
  const store = opened.use(SqliteStore.open(path));
  const identity = identityOf(store, sources);
  const projection = options.projection ?? opened.use(Tables.open(`${path}.index`, {
    tables: PROJECTION_TABLES,
    stamp: `${PROJECTION_VERSION} ${identity.memberId}`,
  }));
  const network = new IndrasNetwork({
    ...{ identity, sources, transport, store, projection },
    ...(onEvent && { onEvent }),
  });
  network.own(opened.move());
  return network;
}

/**
 * Installs an exported identity in a file, before its network is opened.
 *
 * @throws {NetworkError} `bad_identity`, `passphrase_needed`, `wrong_passphrase`; `invalid_operation`
 * if the file has another identity. Nothing is changed then.
 */
export function importIdentityInto(
  path: string,
  exported: Uint8Array,
  options: { readonly passphrase?: string; readonly sources?: Sources } = {},
): void {
  const { sources = systemSources(), ...rest } = options;
  const identity = importIdentity(exported, rest);
  using store = SqliteStore.open(path);
  installIdentity(store, identity, sources);
}
