import { FileHandle, parseFileMode } from "./_file_handle.ts";
import { parseNumeral } from "./_numeral.ts";
import type { VirtualFiles } from "./files.ts";
import type { LuaOutput } from "./output.ts";
import { defineLuaClass, type LuaClass } from "./userdata.ts";
import { LuaMulti } from "./values.ts";

/** What scripts see of virtual files and of their captured output. */
export interface LuaIo {
  /** The table `io`. */
  readonly io: Readonly<Record<string, unknown>>;
  /** What the table `os` has about files: `tmpname`, `remove`, `rename`. */
  readonly os: Readonly<Record<string, unknown>>;
  /** The classes of open files and of `io.stdout`. */
  readonly classes: readonly LuaClass[];
}

/** Makes the tables; a failure to open answers `nil, message, errno` as Lua's own does. */
export function makeIo(files: VirtualFiles, output: LuaOutput): LuaIo {
  const stdout = new OutputStream(output);
  const open = (path: string, mode: string): FileHandle | LuaMulti => {
    const allowed = parseFileMode(mode);
    if (allowed === undefined) throw new TypeError("bad argument #2 to 'open' (invalid mode)");
    const known = files.find(path);
    if (known === undefined && !allowed.create) return absent(path);
    const content = known === undefined || allowed.truncate ? files.create(path) : known;
    return new FileHandle(content, allowed);
  };
  const io = {
    open: (path: unknown, mode: unknown = "r") => open(textOf(path, "open"), textOf(mode, "open")),
    lines: (path: unknown, ...formats: unknown[]) => {
      const handle = open(textOf(path, "lines"), "r");
      if (handle instanceof LuaMulti) throw new Error(String(handle.values[1]));
      return linesOf(handle, formats, "close at the end");
    },
    type: (value: unknown) => {
      if (value instanceof OutputStream) return "file";
      if (value instanceof FileHandle) return value.closed ? "closed file" : "file";
      return undefined;
    },
    write: (...pieces: unknown[]) => stdout.write(pieces),
    close: (handle: unknown) => {
      if (handle instanceof FileHandle) return closeFile(handle);
      throw new TypeError("bad argument #1 to 'close' (file expected)");
    },
    stdout,
    stderr: stdout,
  };
  const os = {
    tmpname: () => files.temporaryName(),
    remove: (path: unknown) => files.remove(textOf(path, "remove")) || absent(String(path)),
    rename: (from: unknown, to: unknown) =>
      files.rename(textOf(from, "rename"), textOf(to, "rename")) || absent(String(from)),
  };
  return { io, os, classes: [FILE_CLASS, STREAM_CLASS] };
}

/** `io.stdout` and `io.stderr`: both go to the captured output. */
class OutputStream {
  readonly #output: LuaOutput;

  constructor(output: LuaOutput) {
    this.#output = output;
  }

  write(pieces: readonly unknown[]): this {
    for (const piece of pieces) this.#output.write(pieceOf(piece));
    return this;
  }
}

const STREAM_CLASS: LuaClass = defineLuaClass({
  name: "output stream",
  type: OutputStream,
  methods: {
    write: (self, ...pieces) => self.write(pieces),
    flush: (self) => self,
    setvbuf: () => true,
    close: () => true,
  },
});

const FILE_CLASS: LuaClass = defineLuaClass({
  name: "FILE*",
  type: FileHandle,
  methods: {
    write: (self, ...pieces) => {
      if (!requireOpen(self).writable) return notAllowed();
      for (const piece of pieces) self.write(pieceOf(piece));
      return self;
    },
    read: (self, ...formats) =>
      requireOpen(self).readable ? readFormats(self, formatsOf(formats)) : notAllowed(),
    lines: (self, ...formats) => linesOf(requireOpen(self), formats, "stay open"),
    seek: (self, whence = "cur", offset = 0) => {
      if (whence !== "set" && whence !== "cur" && whence !== "end") {
        throw new TypeError("bad argument #1 to 'seek' (invalid option)");
      }
      if (!Number.isSafeInteger(offset)) {
        throw new TypeError("bad argument #2 to 'seek' (expected a whole number)");
      }
      const position = requireOpen(self).seek(whence, offset as number);
      return position ?? new LuaMulti(undefined, "Invalid argument", 22);
    },
    flush: (self) => requireOpen(self),
    setvbuf: () => true,
    close: closeFile,
  },
  describe: (self) => self.closed ? "file (closed)" : "file (open)",
  metamethods: {
    __close: (self) => {
      if (self instanceof FileHandle) self.close();
    },
  },
});

function closeFile(handle: FileHandle): boolean {
  return requireOpen(handle).close();
}

function requireOpen(handle: FileHandle): FileHandle {
  if (handle.closed) throw new Error("attempt to use a closed file");
  return handle;
}

function linesOf(
  handle: FileHandle,
  given: readonly unknown[],
  end: "close at the end" | "stay open",
): () => LuaMulti {
  const formats = formatsOf(given);
  return () => {
    const values = readFormats(requireOpen(handle), formats);
    if (end === "close at the end" && values.values[0] === undefined) handle.close();
    return values;
  };
}

/** A number of bytes; or all, a line without or with its end, or a numeral. */
type Format = number | "a" | "l" | "L" | "n";

/** Only the first letter counts, and only that is kept. */
function formatsOf(given: readonly unknown[]): readonly Format[] {
  if (given.length === 0) return ["l"];
  return given.map((format) => {
    if (typeof format === "number") return format;
    const letter = String(format).replace(/^\*/, "")[0];
    if (letter === "a" || letter === "l" || letter === "L" || letter === "n") return letter;
    throw new TypeError("bad argument #1 to 'read' (invalid format)");
  });
}

/** As `read` does: one value for each format, and nothing after the first that fails. */
function readFormats(handle: FileHandle, formats: readonly Format[]): LuaMulti {
  const values: unknown[] = [];
  for (const format of formats) {
    const value = readFormat(handle, format);
    values.push(value);
    if (value === undefined) break;
  }
  return new LuaMulti(...values);
}

function readFormat(handle: FileHandle, format: Format): unknown {
  if (typeof format === "number") return handle.readBytes(format);
  switch (format) {
    case "a":
      return handle.readAll();
    case "l":
      return handle.readLine(false);
    case "L":
      return handle.readLine(true);
    case "n": {
      const numeral = handle.readNumeral();
      return numeral === undefined ? undefined : parseNumeral(numeral);
    }
  }
}

function absent(path: string): LuaMulti {
  return new LuaMulti(undefined, `${path}: No such file or directory`, 2);
}

function notAllowed(): LuaMulti {
  return new LuaMulti(undefined, "Bad file descriptor", 9);
}

function textOf(value: unknown, fn: string): string {
  if (typeof value === "string") return value;
  throw new TypeError(`bad argument to '${fn}' (expected a text of valid UTF-8)`);
}

function pieceOf(value: unknown): string | Uint8Array {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  throw new TypeError("bad argument to 'write' (string expected)");
}
