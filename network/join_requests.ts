/**
 * How somebody with an invite asks to be let in, and how whoever invited answers.
 *
 * A request is an artifact of the joiner's that it shares with the inviter. So it is sealed, vouched
 * for, kept and sent again like any other, also while either is away; the inviter writes its answer
 * into it, and the joiner recalls it once it has read it.
 *
 * @module
 */
import { decodeWire, encodeWire, parseInterfaceId, SyncError } from "../sync/mod.ts";
import type { InterfaceId, MemberId } from "../sync/mod.ts";
import type { Artifact } from "./artifact.ts";
import type { Invite } from "./invite.ts";
import type { InviteRefusal } from "./invite_book.ts";

/** The kind of artifact that a request is; kinds with `_` are not shown to people. */
export const JOIN_REQUEST_KIND: string = "_join";

const KEYS = { invite: "invite", answer: "answer" } as const;

/** What an inviter says. */
export type JoinAnswer = "admitted" | InviteRefusal | "not_member";

const ANSWERS: readonly string[] = [
  "admitted",
  "unknown_invite",
  "invite_revoked",
  "invite_expired",
  "realm_full",
  "not_member",
] satisfies JoinAnswer[];

/** What a joiner asks for. */
export interface JoinRequest {
  /** Which realm. */
  readonly realmId: InterfaceId;
  /** The secret of the invite. */
  readonly secret: Uint8Array;
}

/** What a new artifact says that asks to be let in. */
export function joinRequestMetadata({ realmId, secret }: Invite): ReadonlyMap<string, Uint8Array> {
  return new Map([[KEYS.invite, encodeWire([Uint8Array.fromHex(realmId), secret])]]);
}

/** What an artifact asks for; `undefined` if it is no request, or a damaged one. */
export function readJoinRequest(artifact: Artifact): JoinRequest | undefined {
  if (artifact.kind !== JOIN_REQUEST_KIND) return undefined;
  const stored = artifact.getMetadata(KEYS.invite);
  if (stored === undefined) return undefined;
  try {
    const fields = decodeWire(stored);
    const [id, secret] = Array.isArray(fields) ? fields : [];
    if (!(id instanceof Uint8Array) || !(secret instanceof Uint8Array)) return undefined;
    return { realmId: parseInterfaceId(id.toHex()), secret };
  } catch (error) {
    // Whoever sends such a request gets no answer: there is nobody to be told.
    if (error instanceof SyncError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Writes an answer, unless there is one. */
export function answerJoinRequest(request: Artifact, answer: JoinAnswer): void {
  if (readJoinAnswer(request) !== undefined) return;
  request.setMetadata(KEYS.answer, new TextEncoder().encode(answer));
}

/** The answer that has arrived; `undefined` if there is none yet. */
export function readJoinAnswer(request: Artifact): JoinAnswer | undefined {
  const stored = request.getMetadata(KEYS.answer);
  const answer = stored && new TextDecoder().decode(stored);
  return ANSWERS.includes(answer ?? "") ? answer as JoinAnswer : undefined;
}

/** Whether a request is somebody else's, and waits for an answer of this peer. */
export function isToAnswer(request: Artifact, self: MemberId): boolean {
  return request.steward !== self && request.status === "active" &&
    readJoinAnswer(request) === undefined;
}
