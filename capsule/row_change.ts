/**
 * What a transaction changed.
 *
 * @module
 */
import type { Row } from "./sql_value.ts";

/** One row that was written, however it was: by the API, raw SQL, a trigger or a cascade. */
export interface RowChange {
  /** The table's name, spelled as it was made. */
  readonly table: string;
  /** `INSERT OR REPLACE` is a `DELETE` of each row in its way, and an `INSERT`. */
  readonly operation: "INSERT" | "UPDATE" | "DELETE";
  /** The row as it is now; for a `DELETE` as it was. All columns, generated ones too. */
  readonly row: Readonly<Row>;
  /** The row as it was before an `UPDATE`. */
  readonly old?: Readonly<Row>;
}
