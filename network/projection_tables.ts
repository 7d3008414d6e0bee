/**
 * The tables that a network is projected into.
 *
 * @module
 */
import { foldText, searchedText } from "./search_rule.ts";
import type { Message } from "./message.ts";
import type { ProjectedRow } from "./projection_source.ts";

/** A table, as the capsule's `TableDefinition` describes one. */
export interface ProjectionTable {
  /** What it is called. */
  readonly name: string;
  /** Its columns; `?` says that one may be empty. */
  readonly columns: Readonly<
    Record<string, `${"text" | "integer" | "real" | "boolean"}${"" | "?"}`>
  >;
  /** The columns that tell its rows apart. */
  readonly key: readonly string[];
  /** The columns by which rows are ordered. @default {the key} */
  readonly order?: readonly string[];
  /** How texts are looked for in it. */
  readonly search?: {
    /** What `textOf` reads. */
    readonly columns: readonly string[];
    /** The text by which a row is found, folded; `undefined` if it is not found at all. */
    readonly textOf: (row: ProjectedRow) => string | undefined;
    /** What makes texts the same that are to be found by one another. */
    readonly fold: (text: string) => string;
  };
}

/** Goes up when the same network gives other rows than before. */
export const PROJECTION_VERSION: number = 1;

/**
 * The tables: `realms`, `members`, `messages`, `documents`, `artifacts`, `grants` and `contacts`.
 *
 * Ids are hex, times are milliseconds since the Unix epoch, `heads` are JSON arrays, and the `value`
 * of a document is JSON (its bytes are base64 in there, its dates ISO 8601).
 */
export const PROJECTION_TABLES: readonly ProjectionTable[] = [
  {
    name: "realms",
    columns: {
      id: "text",
      kind: "text",
      name: "text?",
      alias: "text?",
      is_member: "boolean",
      heads: "text?",
    },
    key: ["id"],
  },
  {
    name: "members",
    columns: { realm_id: "text", id: "text", name: "text?", read_count: "integer" },
    key: ["realm_id", "id"],
  },
  {
    name: "messages",
    columns: {
      realm_id: "text",
      key: "text",
      sequence: "integer",
      sender: "text",
      counter: "integer",
      type: "text",
      content: "text",
      timestamp_ms: "integer",
      reply_to: "integer?",
      reaction_target: "integer?",
      target_key: "text?",
      artifact_id: "text?",
    },
    key: ["realm_id", "key"],
    order: ["realm_id", "sequence", "sender", "counter"],
    search: {
      columns: ["type", "content", "artifact_id"],
      textOf: textOfMessage,
      fold: foldText,
    },
  },
  {
    name: "documents",
    columns: { realm_id: "text", name: "text", value: "text?", heads: "text" },
    key: ["realm_id", "name"],
  },
  {
    name: "artifacts",
    columns: {
      id: "text",
      document_id: "text",
      kind: "text",
      name: "text?",
      mime_type: "text?",
      size: "integer?",
      steward: "text",
      status: "text",
      created_at_ms: "integer",
      parent: "text?",
    },
    key: ["id"],
  },
  {
    name: "grants",
    columns: {
      artifact_id: "text",
      place: "integer", // among the artifact's grants, from 0: a member can have had several
      grantee: "text",
      granted_by: "text",
      granted_at_ms: "integer",
      mode: "text",
      expires_at_ms: "integer?",
    },
    key: ["artifact_id", "place"],
  },
  {
    name: "contacts",
    columns: {
      id: "text",
      name: "text?",
      status: "text?",
      sentiment: "real?",
      relayable: "boolean?",
      is_blocked: "boolean",
    },
    key: ["id"],
  },
];

function textOfMessage({ type, content, artifact_id }: ProjectedRow): string | undefined {
  const message = {
    type: type as Message["type"],
    content: String(content),
    ...(artifact_id !== null && { artifactId: artifact_id as Message["artifactId"] & string }),
  };
  const text = searchedText(message);
  return text === undefined ? undefined : foldText(text);
}
