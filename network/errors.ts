/** What can go wrong between people. */
export type NetworkErrorCode =
  | "already_started"
  | "not_started"
  | "artifact_not_found"
  | "artifact_not_active"
  | "artifact_recalled"
  | "artifact_transferred"
  | "already_granted"
  | "not_steward"
  | "no_access"
  | "permanent_grant"
  | "would_cycle"
  | "has_parent"
  | "not_a_child"
  | "limit_reached"
  | "not_settled"
  | "not_member"
  | "not_found"
  | "too_large"
  | "invalid_operation"
  | "invalid_name"
  | "invalid_code"
  | "invalid_invite"
  | "invite_expired"
  | "invite_revoked"
  | "realm_full"
  | "unknown_invite"
  | "bad_identity"
  | "passphrase_needed"
  | "wrong_passphrase"
  | "storage_error";

/**
 * A fault in what was asked of a network; branch on {@linkcode NetworkError.code}.
 *
 * @example A network starts once
 * ```ts
 * import { IndrasNetwork, NetworkError, SimulatedWorld } from "@indras/toolkit/network";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const world = new SimulatedWorld({ seed: "7" });
 * const network = IndrasNetwork.create({ transport: world, sources: world.sources("ada") });
 * network.start();
 * const error = assertThrows(() => network.start(), NetworkError, "Network already started");
 * assertEquals(error.code, "already_started");
 * ```
 */
export class NetworkError extends Error {
  /** The class, also where classes are lost. */
  override readonly name: string = "NetworkError";
  /** Which kind of fault this is. */
  readonly code: NetworkErrorCode;

  /** Makes an error. */
  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
