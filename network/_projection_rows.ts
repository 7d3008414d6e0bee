/**
 * The columns of each row. What others have written may be any text and any number, so nothing here
 * fails.
 */
import type {
  ArtifactRow,
  ContactRow,
  DocumentRow,
  GrantRow,
  MemberRow,
  ProjectedMessage,
  ProjectedRow,
  RealmRow,
} from "./projection_source.ts";

/** Of `realms`. */
export function realmColumns({ id, kind, name, alias, isMember, heads }: RealmRow): ProjectedRow {
  return {
    id,
    kind,
    name: name ?? null,
    alias: alias ?? null,
    is_member: isMember,
    heads: heads === undefined ? null : headsText(heads),
  };
}

/** Of `members`. */
export function memberColumns(
  realmId: string,
  { id, name, readCount }: MemberRow,
): ProjectedRow {
  return { realm_id: realmId, id, name: name ?? null, read_count: whole(readCount ?? 0) };
}

/** Of `messages`. */
export function messageColumns(realmId: string, message: ProjectedMessage): ProjectedRow {
  const { id, key, sender, type, content, timestampMs, replyTo, reactionTarget } = message;
  return {
    realm_id: realmId,
    key,
    sequence: whole(id),
    sender,
    counter: whole(Number(key.slice(key.lastIndexOf(":") + 1))),
    type,
    content,
    timestamp_ms: whole(timestampMs),
    reply_to: replyTo === undefined ? null : whole(replyTo),
    reaction_target: reactionTarget === undefined ? null : whole(reactionTarget),
    target_key: message.targetKey ?? null,
    artifact_id: message.artifactId ?? null,
  };
}

/** Of `documents`. */
export function documentColumns(realmId: string, { name, heads, read }: DocumentRow): ProjectedRow {
  return { realm_id: realmId, name, value: jsonText(read()), heads: headsText(heads) };
}

/** Of `artifacts`. */
export function artifactColumns(artifact: ArtifactRow): ProjectedRow {
  const { id, documentId, kind, name, mimeType, size, steward, status, createdAtMs, parent } =
    artifact;
  return {
    id,
    document_id: documentId,
    kind,
    name: name ?? null,
    mime_type: mimeType ?? null,
    size: size === undefined ? null : whole(size),
    steward,
    status,
    created_at_ms: whole(createdAtMs),
    parent: parent ?? null,
  };
}

/** Of `grants`. */
export function grantColumns(artifactId: string, grant: GrantRow, place: number): ProjectedRow {
  const { grantee, grantedBy, grantedAtMs, mode, expiresAtMs } = grant;
  return {
    artifact_id: artifactId,
    place,
    grantee,
    granted_by: grantedBy,
    granted_at_ms: whole(grantedAtMs),
    mode,
    expires_at_ms: expiresAtMs === undefined ? null : whole(expiresAtMs),
  };
}

/** Of `contacts`. */
export function contactColumns(contact: ContactRow): ProjectedRow {
  const { id, name, status, sentiment, relayable, isBlocked } = contact;
  return {
    id,
    name: name ?? null,
    status: status ?? null,
    sentiment: Number.isFinite(sentiment) ? sentiment! : null,
    relayable: relayable ?? null,
    is_blocked: isBlocked,
  };
}

/** Heads in a column. */
export function headsText(heads: readonly string[]): string {
  return JSON.stringify(heads);
}

function jsonText(value: unknown): string | null {
  const text: string | undefined = JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Uint8Array) return part.toBase64();
    return typeof part === "bigint" ? `${part}` : part;
  });
  return text ?? null;
}

/** The nearest number that a column of whole numbers can hold. */
function whole(number: number): number {
  if (Number.isNaN(number)) return 0;
  const most = Number.MAX_SAFE_INTEGER;
  return Math.min(Math.max(Math.trunc(number), -most), most);
}
