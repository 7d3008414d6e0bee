import type { Connection } from "./_connection.ts";

/** Makes the table of texts that are kept for the layers above. */
export const KEPT_TEXTS_SQL = "CREATE TABLE IF NOT EXISTS _capsule_texts " +
  "(owner TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (owner, key)) " +
  "STRICT, WITHOUT ROWID";

/**
 * Texts that belong to no table of the application: what a layer above has to remember with the
 * database, and as a part of its transactions. No statement of a caller reaches them.
 */
export class KeptTexts {
  readonly #connection: Connection;
  readonly #owner: string;

  /** The texts of one owner; use `Capsule.kept`. */
  constructor(connection: Connection, owner: string) {
    this.#connection = connection;
    this.#owner = owner;
  }

  /** All texts, by their keys, in the order of these. */
  entries(): ReadonlyMap<string, string> {
    const rows = this.#connection.internal(
      "SELECT key, text FROM _capsule_texts WHERE owner = ? ORDER BY key",
      this.#owner,
    );
    return new Map(rows.map(([key, text]) => [String(key), String(text)]));
  }

  /** Keeps a text in the place of any that has the key. */
  set(key: string, text: string): void {
    this.#connection.internal(
      "INSERT OR REPLACE INTO _capsule_texts (owner, key, text) VALUES (?, ?, ?)",
      ...[this.#owner, key, text],
    );
  }

  /** Forgets a text, if there is one. */
  delete(key: string): void {
    this.#connection.internal(
      "DELETE FROM _capsule_texts WHERE owner = ? AND key = ?",
      ...[this.#owner, key],
    );
  }
}
