/**
 * What is projected into tables, as plain rows, and what holds the tables.
 *
 * @module
 */
import type { Message } from "./message.ts";

/** A realm that this peer is in. */
export interface RealmRow {
  /** Its id in hex. */
  readonly id: string;
  /** Whose it is: of many, of two, or of this peer alone. */
  readonly kind: "shared" | "direct" | "home";
  /** What its creator calls it. */
  readonly name?: string | undefined;
  /** What its members call it. */
  readonly alias?: string | undefined;
  /** Whether this peer may write here, as far as is known. */
  readonly isMember: boolean;
  /**
   * The heads of all the documents that hold its messages. While these are the ones of the rows, the
   * messages are not read. @default {they are read each time}
   */
  readonly heads?: readonly string[] | undefined;
}

/** A member of a realm. */
export interface MemberRow {
  /** Its id in hex. */
  readonly id: string;
  /** What it is called. */
  readonly name?: string | undefined;
  /** How many messages of others it has read. @default {0} */
  readonly readCount?: number | undefined;
}

/** A message; the name of its sender is a member's or a contact's. */
export type ProjectedMessage = Omit<Message, "senderName">;

/** A document of a realm. */
export interface DocumentRow {
  /** Its name in the realm. */
  readonly name: string;
  /** Its heads; only if these are not the ones of the rows is the value read. */
  readonly heads: readonly string[];
  /** Its value; `undefined` if it was never written. */
  readonly read: () => unknown;
}

/** An artifact that is here. */
export interface ArtifactRow {
  /** Its id in hex. */
  readonly id: string;
  /** The document that says all this, in hex. */
  readonly documentId: string;
  /** `"leaf"`, or the kind of tree. */
  readonly kind: string;
  /** What people call it. */
  readonly name?: string | undefined;
  /** The MIME type of a leaf. */
  readonly mimeType?: string | undefined;
  /** Bytes of a leaf. */
  readonly size?: number | undefined;
  /** Who decides its grants, in hex. */
  readonly steward: string;
  /** What has become of it. */
  readonly status: string;
  /** In milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
  /** The artifact that it is in, in hex. */
  readonly parent?: string | undefined;
}

/** A grant of an artifact; an `AccessGrant` is one. */
export interface GrantRow {
  /** Who may, in hex. */
  readonly grantee: string;
  /** The steward who gave it, in hex. */
  readonly grantedBy: string;
  /** When, in milliseconds since the Unix epoch. */
  readonly grantedAtMs: number;
  /** What it allows. */
  readonly mode: string;
  /** When it ends, in milliseconds since the Unix epoch. */
  readonly expiresAtMs?: number | undefined;
}

/** A contact, or somebody who is blocked. */
export interface ContactRow {
  /** Its id in hex. */
  readonly id: string;
  /** What it is called. */
  readonly name?: string | undefined;
  /** Absent of whoever is blocked and no contact. */
  readonly status?: "pending" | "confirmed" | undefined;
  /** From -1 to 1. */
  readonly sentiment?: number | undefined;
  /** Whether others may hear of it. */
  readonly relayable?: boolean | undefined;
  /** Whether its envelopes are refused. */
  readonly isBlocked: boolean;
}

/** What the rows are made of. Reading it changes nothing. */
export interface ProjectionSource {
  /** Every realm, the home realm too. */
  realms(): readonly RealmRow[];
  /** One realm; `undefined` if this peer has left it or never knew it. */
  realm(id: string): RealmRow | undefined;
  /** The members of a realm. */
  members(realmId: string): readonly MemberRow[];
  /**
   * All messages of a realm in their order. A list stays as it is once it was returned; messages
   * that are the same objects as in the list before are not compared.
   */
  messages(realmId: string): readonly ProjectedMessage[];
  /** The documents of a realm that people see. */
  documents(realmId: string): readonly DocumentRow[];
  /** Every artifact that is here. */
  artifacts(): readonly ArtifactRow[];
  /** One artifact; `undefined` if it is not here, or not any more. */
  artifact(id: string): ArtifactRow | undefined;
  /** The grants of an artifact, ended ones too, in their order. */
  grants(artifactId: string): readonly GrantRow[];
  /** Contacts, and whoever is blocked: each id once. */
  contacts(): readonly ContactRow[];
}

/** A row of a table, or some columns of it. */
export type ProjectedRow = Readonly<Record<string, string | number | boolean | null>>;

/** What holds the tables of {@linkcode PROJECTION_TABLES}. `Tables` of the capsule is one. */
export interface ProjectionTarget {
  /** Runs writes, all or nothing. */
  transact<Result>(work: () => Result): Result;
  /** Makes the rows with some values exactly these. */
  replaceRows(table: string, scope: ProjectedRow, rows: readonly ProjectedRow[]): void;
  /** Writes rows in the place of those with the same key. */
  upsert(table: string, rows: readonly ProjectedRow[]): void;
  /** Deletes the rows with some values; `{}` for all of them. */
  delete(table: string, where: ProjectedRow): void;
  /** Deletes every row. */
  clear(): void;
  /** The rows with some values, in their order; all columns unless some are named. */
  rows(table: string, where?: ProjectedRow, columns?: readonly string[]): readonly ProjectedRow[];
  /** The keys of the rows with a text in them, in their order. */
  search(table: string, where: ProjectedRow, text: string): readonly ProjectedRow[];
  /** Begins anew, without rows, if an error says that the tables are damaged; whether it did. */
  recover(error: unknown): boolean;
}
