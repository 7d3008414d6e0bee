import { NUMERAL } from "./_numeral.ts";
import type { FileContent } from "./files.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("latin1");
const NEWLINE = 10;
const NUMERAL_BYTES_MAX = 200;

/** An open virtual file: a position in its content, and what the mode allows. */
export class FileHandle {
  readonly #content: FileContent;
  readonly #mode: FileMode;
  #position = 0;
  #closed = false;

  constructor(content: FileContent, mode: FileMode) {
    this.#content = content;
    this.#mode = mode;
    content.open();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether it was open. */
  close(): boolean {
    const wasOpen = !this.#closed;
    this.#closed = true;
    if (wasOpen) this.#content.close();
    return wasOpen;
  }

  get readable(): boolean {
    return this.#mode.read;
  }

  get writable(): boolean {
    return this.#mode.write;
  }

  write(piece: string | Uint8Array): void {
    const bytes = typeof piece === "string" ? ENCODER.encode(piece) : piece;
    if (this.#mode.append) this.#position = this.#content.length;
    this.#content.write(this.#position, bytes);
    this.#position += bytes.length;
  }

  /** Moves and answers the position; `undefined` if it would lie before the start. */
  seek(whence: "set" | "cur" | "end", offset: number): number | undefined {
    const base = { set: 0, cur: this.#position, end: this.#content.length }[whence];
    if (base + offset < 0) return undefined;
    return this.#position = base + offset;
  }

  /** All the rest; empty at the end. */
  readAll(): Uint8Array {
    return this.#take(this.#content.length);
  }

  /** At most `count` bytes; `undefined` at the end. */
  readBytes(count: number): Uint8Array | undefined {
    if (this.#position >= this.#content.length) return undefined;
    return this.#take(this.#position + count);
  }

  /** One line, with its end if `keepEnd`; `undefined` at the end. */
  readLine(keepEnd: boolean): Uint8Array | undefined {
    if (this.#position >= this.#content.length) return undefined;
    const end = this.#content.bytes().indexOf(NEWLINE, this.#position);
    const line = this.#take(end < 0 ? this.#content.length : end + 1);
    return keepEnd || end < 0 ? line : line.subarray(0, -1);
  }

  /** A numeral as text, for Lua to convert; `undefined` if none starts here. */
  readNumeral(): string | undefined {
    const bytes = this.#content.bytes();
    while (isSpace(bytes[this.#position])) this.#position++;
    const text = DECODER.decode(
      bytes.subarray(this.#position, this.#position + NUMERAL_BYTES_MAX),
    );
    const numeral = NUMERAL.exec(text)?.[0];
    this.#position += numeral?.length ?? 0;
    return numeral;
  }

  #take(end: number): Uint8Array {
    const start = Math.min(this.#position, this.#content.length);
    const bytes = this.#content.bytes().slice(start, Math.max(start, end));
    this.#position = start + bytes.length;
    return bytes;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
}

/** What a mode string of `io.open` allows. */
export interface FileMode {
  readonly read: boolean;
  readonly write: boolean;
  readonly append: boolean;
  readonly truncate: boolean;
  /** Whether a file that does not exist is made. */
  readonly create: boolean;
}

/** Reads a mode such as `rb` or `w+`; `undefined` if it is none. */
export function parseFileMode(mode: string): FileMode | undefined {
  const match = /^([rwa])(\+?)b?$/.exec(mode);
  if (match === null) return undefined;
  const kind = match[1];
  const both = match[2] === "+";
  return {
    read: kind === "r" || both,
    write: kind !== "r" || both,
    append: kind === "a",
    truncate: kind === "w",
    create: kind !== "r",
  };
}
