/** How many virtual files a runtime may have. */
export const FILES_MAX: number = 10_000;

/** How many characters the name of a file may have. */
export const FILE_NAME_MAX: number = 1024;

/**
 * Files in memory: what `io` and `os` of one runtime see, and no other.
 *
 * @example A script reads what TypeScript wrote
 * ```ts
 * import { createLuaRuntime, loadLuaModule } from "@indras/toolkit/lua";
 * import { assertEquals } from "@std/assert";
 *
 * using lua = await createLuaRuntime({ module: await loadLuaModule() });
 * lua.files.write("notes.txt", new TextEncoder().encode("hello"));
 * assertEquals(lua.run("return io.open('notes.txt'):read('a')"), ["hello"]);
 * ```
 */
export class VirtualFiles {
  readonly #bytesMax: number;
  readonly #files: Map<string, FileContent> = new Map();
  #bytes = 0;
  #nextTemporary = 1;

  /** Starts empty; all files together hold at most `bytesMax` bytes. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The bytes of a file, as a copy; `undefined` when there is none of that name. */
  read(path: string): Uint8Array | undefined {
    return this.#files.get(path)?.bytes().slice();
  }

  /**
   * Creates or replaces a file.
   *
   * @throws {RangeError} If all files together would be larger than the limit.
   */
  write(path: string, bytes: Uint8Array): void {
    this.create(path).write(0, bytes);
  }

  /**
   * Whether there was such a file; it has no name any more. Who has it open keeps it, and its bytes
   * count until everyone has closed it.
   */
  remove(path: string): boolean {
    const file = this.#files.get(path);
    if (file === undefined) return false;
    this.#files.delete(path);
    file.remove();
    return true;
  }

  /** Gives a file another name, in place of any that has it. */
  rename(from: string, to: string): boolean {
    const file = this.#files.get(from);
    if (file === undefined) return false;
    if (from === to) return true;
    checkName(to);
    this.remove(to);
    this.#files.delete(from);
    this.#files.set(to, file);
    return true;
  }

  /** The name of a new empty file, as `os.tmpname` gives it. */
  temporaryName(): string {
    const path = `/tmp/lua_${String(this.#nextTemporary++).padStart(6, "0")}`;
    this.create(path);
    return path;
  }

  /** The file of that name, or `undefined`. */
  find(path: string): FileContent | undefined {
    return this.#files.get(path);
  }

  /**
   * The file of that name, empty; made if there is none.
   *
   * @throws {RangeError} If the name is longer than {@linkcode FILE_NAME_MAX}, or there are
   * {@linkcode FILES_MAX} files.
   */
  create(path: string): FileContent {
    const known = this.#files.get(path);
    if (known !== undefined) {
      known.truncate();
      return known;
    }
    checkName(path);
    if (this.#files.size >= FILES_MAX) {
      throw new RangeError(`Cannot write "${path}": there are at most ${FILES_MAX} virtual files`);
    }
    const file = new FileContent((growth) => this.#grow(path, growth));
    this.#files.set(path, file);
    return file;
  }

  #grow(path: string, growth: number): void {
    if (growth > 0 && this.#bytes + growth > this.#bytesMax) {
      throw new RangeError(
        `Cannot write "${path}": virtual files hold at most ${this.#bytesMax} bytes`,
      );
    }
    this.#bytes += growth;
  }
}

function checkName(path: string): void {
  if (path.length <= FILE_NAME_MAX) return;
  throw new RangeError(
    `Cannot name a file: the name has ${path.length} characters, at most ${FILE_NAME_MAX}`,
  );
}

/** The content of one virtual file. */
export class FileContent {
  #bytes: Uint8Array = new Uint8Array();
  #length = 0;
  readonly #onGrowth: (growth: number) => void;
  #readers = 0;
  #removed = false;

  /** `onGrowth` is told of each change of the length, and throws when it is too much. */
  constructor(onGrowth: (growth: number) => void) {
    this.#onGrowth = onGrowth;
  }

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** A view of the bytes, valid until the next write. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes at a position; a gap before it is filled with zeros. */
  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    if (bytes.length > 0 && end > this.#length) {
      this.#onGrowth(end - this.#length);
      if (end > this.#bytes.length) {
        const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2, 256));
        larger.set(this.bytes());
        this.#bytes = larger;
      }
      this.#length = end;
    }
    if (bytes.length > 0) this.#bytes.set(bytes, at);
  }

  /** Makes the file empty. */
  truncate(): void {
    this.#onGrowth(-this.#length);
    this.#length = 0;
    this.#bytes = new Uint8Array();
  }

  /** Someone opens the file. */
  open(): void {
    this.#readers++;
  }

  /** Someone has closed it. */
  close(): void {
    this.#readers--;
    this.#truncateIfLost();
  }

  /** The file has no name any more: it goes when everyone has closed it. */
  remove(): void {
    this.#removed = true;
    this.#truncateIfLost();
  }

  #truncateIfLost(): void {
    if (this.#removed && this.#readers === 0) this.truncate();
  }
}
