import type { Journal } from "./journal.ts";

/** Writes what a script prints into its journal, an entry for each line. */
export class PrintedLines {
  readonly #journal: Journal;
  /** What was written without a line break and waits for the rest of its line. */
  #line = "";
  #length = 0;

  /** Starts with nothing printed. */
  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Takes what was printed, in pieces of any size. */
  write(text: string): void {
    this.#length += text.length;
    this.#line += text;
    if (this.#line.endsWith("\n")) this.endLine();
  }

  /** Ends a line that was begun. */
  endLine(): void {
    if (this.#line !== "") this.#journal.write("print", this.#line);
    this.#line = "";
  }

  /** Ends it all; what `output` holds beyond the pieces is its note about what was not kept. */
  end(output: string): void {
    this.endLine();
    const note = output.slice(this.#length).trim();
    if (note !== "") this.#journal.write("warn", note);
  }
}
