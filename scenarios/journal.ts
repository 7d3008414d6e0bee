/**
 * What a run of a scenario wrote down, in order, and when.
 *
 * @module
 */
import type { LogLevel } from "../lua/mod.ts";

/** Entries that a journal keeps; the ones after are counted. */
export const JOURNAL_ENTRIES_MAX: number = 10_000;
/** Bytes of text that a journal keeps, in UTF-16 units; an entry is cut beyond it. */
export const JOURNAL_LENGTH_MAX: number = 1024 * 1024;

/** One thing that was written down. */
export interface JournalEntry {
  /** Virtual time since the world began, in milliseconds. */
  readonly atMs: number;
  /** How much it matters; `print` is the script's own output. */
  readonly level: LogLevel;
  /** What was written, without the last line break. */
  readonly text: string;
}

/** Levels that are shown only when asked for. */
const QUIET: ReadonlySet<LogLevel> = new Set<LogLevel>(["trace", "debug"]);

/**
 * The journal of one run.
 *
 * @example It reads like the run
 * ```ts
 * import { Journal } from "@indras/toolkit/scenarios";
 * import { assertEquals } from "@std/assert";
 *
 * const journal = new Journal(() => 1500);
 * journal.write("print", "hello");
 * journal.write("warn", "late", { seconds: 3 });
 * assertEquals(journal.render(), '[1.5 s] hello\n[1.5 s] warn: late { seconds: 3 }\n');
 * ```
 */
export class Journal {
  readonly #entries: JournalEntry[] = [];
  readonly #elapsedMs: () => number;
  #length = 0;
  #dropped = 0;

  /** An empty journal that asks this clock when something is written. */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /** What was written, in order. */
  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** How many entries did not fit. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Writes an entry; fields are shown behind the message. */
  write(level: LogLevel, message: string, fields?: unknown): void {
    const shown = fields === undefined ? "" : ` ${inspect(fields)}`;
    const text = `${message.replace(/\n$/, "")}${shown}`;
    const room = JOURNAL_LENGTH_MAX - this.#length;
    if (this.#entries.length >= JOURNAL_ENTRIES_MAX || room <= 0) {
      this.#dropped++;
      return;
    }
    this.#length += text.length;
    const kept = text.length <= room ? text : `${text.slice(0, room)}... (cut)`;
    this.#entries.push({ atMs: this.#elapsedMs(), level, text: kept });
  }

  /** The journal as lines with times; without `verbose` what is only for debugging is left out. */
  render({ verbose = false }: { readonly verbose?: boolean } = {}): string {
    const lines = this.#entries
      .filter(({ level }) => verbose || !QUIET.has(level))
      .map(({ atMs, level, text }) => `[${atMs / 1000} s] ${prefix(level)}${text}\n`);
    if (this.#dropped > 0) lines.push(`(entries that were not kept: ${this.#dropped})\n`);
    return lines.join("");
  }
}

function prefix(level: LogLevel): string {
  return level === "print" || level === "narrative" ? "" : `${level}: `;
}

function inspect(fields: unknown): string {
  return Deno.inspect(fields, { compact: true, breakLength: Infinity, colors: false })
    .replaceAll("[Object: null prototype] ", "");
}
