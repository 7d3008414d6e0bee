/** What can be wrong with documents, payloads and receipts. */
export type SyncErrorCode =
  /** Not CBOR, not our CBOR, or not the fields that were expected. */
  | "bad_encoding"
  /** Not Automerge's binary format, or a checksum that does not match. */
  | "bad_changes"
  /** Well-formed changes that write what a document of this kind cannot hold. */
  | "bad_schema"
  /** More bytes, rows or chunks than a named limit allows. */
  | "too_large"
  /** A payload for another document than the one it was given to. */
  | "wrong_document"
  /** A payload whose announced heads did not come true. */
  | "heads_absent"
  /** A document that is read before the change that creates it has arrived. */
  | "not_created"
  /** A document that is used after it was disposed. */
  | "disposed"
  /** A payload from or for somebody who has no access to the document. */
  | "no_access"
  /** A change for which no voucher of its author came along. */
  | "not_vouched"
  /** Two changes to which an author gave one number: it told different peers different things. */
  | "equivocation"
  /** A change that its author was not allowed to make. */
  | "not_allowed"
  /** A payload from a peer that has sent forbidden changes for this document before. */
  | "quarantined"
  /** A version of the format that this release does not know. */
  | "unknown_version"
  /** An id that is no key a member can have, or a secret key that is not the member's. */
  | "bad_key"
  /** An envelope that is addressed to somebody else. */
  | "not_for_us"
  /** An envelope that its sender did not seal for us in this form. */
  | "bad_seal";

/**
 * A fault in what arrived from a peer or from storage; branch on {@linkcode SyncError.code}.
 *
 * @example A truncated payload says what is wrong with it
 * ```ts
 * import { decodePayload, parseMemberId, SyncError } from "@indras/toolkit/sync";
 * import { assertThrows } from "@std/assert";
 *
 * const sender = parseMemberId("a1".repeat(32));
 * const error = assertThrows(() => decodePayload(new Uint8Array(3), sender), SyncError);
 * console.log(error.code); // "bad_encoding"
 * ```
 */
export class SyncError extends Error {
  /** The class, also where classes are lost. */
  override readonly name: string = "SyncError";
  /** Which kind of fault this is. */
  readonly code: SyncErrorCode;

  /** Makes an error; `message` starts with "Cannot" and ends without a full stop. */
  constructor(code: SyncErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
