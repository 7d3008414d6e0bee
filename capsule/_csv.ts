/**
 * Comma-separated values: https://www.rfc-editor.org/rfc/rfc4180
 */
import { CapsuleError } from "./errors.ts";

/** What stands between two commas. */
export interface CsvField {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** A record of a file. */
export interface CsvRecord {
  readonly fields: readonly CsvField[];
  /** In which line it begins, from 1 on. */
  readonly line: number;
}

/** Fields that are quoted or end where they do. */
const FIELD = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
const END = /,|\r\n|\r|\n|$/y;

/**
 * The records of a text; empty lines at its end are none.
 *
 * @throws {CapsuleError} `bad_import` with the line of a quote that is out of place.
 */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let at = text.startsWith("\ufeff") ? 1 : 0;
  let line = 1;
  let fields: CsvField[] = [];
  let begun = line;
  while (at < text.length || fields.length > 0) {
    FIELD.lastIndex = at;
    const [whole, quoted, plain] = FIELD.exec(text)!;
    fields.push(
      quoted === undefined
        ? { text: plain!, isQuoted: false }
        : { text: quoted.replaceAll('""', '"'), isQuoted: true },
    );
    END.lastIndex = at + whole.length;
    const end = END.exec(text)?.[0];
    if (end === undefined) {
      throw new CapsuleError("bad_import", `Cannot import CSV: a quote is amiss in line ${line}`);
    }
    line += quoted?.match(LINE_END)?.length ?? 0;
    at = END.lastIndex;
    if (end === ",") continue;
    records.push({ fields, line: begun });
    fields = [];
    begun = ++line;
  }
  return records;
}

const LINE_END = /\r\n|\r|\n/g;

/** A text as a field. */
export function quotedField(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
