import type { Handle } from "./_automerge.ts";
import { badType, checkKey, tooMuch } from "./_value_input.ts";
import { VALUE_DEPTH_MAX } from "./_value_limits.ts";
import { pathText } from "./_value_types.ts";
import type { ValuePath } from "./_value_types.ts";
import { isInside, kindOf } from "./_value_writer.ts";
import type { Container, ValueWriter } from "./_value_writer.ts";

/**
 * A text in a document that several people can write at once: what each of them inserts and deletes
 * is kept.
 *
 * It is made by the first edit, with the maps on the way to it. A word that is there becomes a text.
 */
export interface TextField {
  /** Where it is. */
  readonly path: ValuePath;
  /** Its length in UTF-16 units. */
  readonly length: number;
  /** The text; `""` if there is none yet. */
  toString(): string;
  /**
   * Replaces letters.
   *
   * @param index The first of them, in UTF-16 units.
   * @param deleteCount UTF-16 units to delete; fewer if the text ends before.
   * @returns Whether there was anything to write.
   * @throws {RangeError} if the index is not in the text, a boundary lies inside of a letter, or
   * the text becomes too long.
   * @throws {TypeError} if what is there is no text, or `insert` is not Unicode.
   */
  splice(index: number, deleteCount: number, insert?: string): boolean;
  /**
   * Writes the smallest edits that make the text `text`.
   *
   * @returns Whether there was anything to write.
   * @throws {RangeError} if it is too long.
   * @throws {TypeError} if what is there is no text, or `text` is not Unicode.
   */
  update(text: string): boolean;
}

/** How a text gets at its document. */
export interface TextHost {
  readonly handle: () => Handle;
  readonly write: (write: (writer: ValueWriter) => void) => boolean;
}

/** The text at a path. */
export function textField(host: TextHost, path: ValuePath): TextField {
  for (const step of path) {
    if (typeof step === "string") checkKey(step, path);
    else if (!Number.isInteger(step) || step < 0) throw tooMuch(path, `${step} is no index`);
  }
  if (path.length >= VALUE_DEPTH_MAX) throw tooMuch(path, `deeper than ${VALUE_DEPTH_MAX}`);
  return new Field(host, [...path]);
}

class Field implements TextField {
  readonly path: ValuePath;
  readonly #host: TextHost;

  constructor(host: TextHost, path: ValuePath) {
    this.path = path;
    this.#host = host;
  }

  get length(): number {
    return this.toString().length;
  }

  toString(): string {
    return this.#read(this.#host.handle());
  }

  #read(handle: Handle): string {
    const found = find(handle, this.path);
    if (found === undefined) return "";
    const [type, value] = found;
    if (type === "text") return handle.text(String(value));
    if (type === "str") return String(value);
    throw new TypeError(`Cannot read ${pathText(this.path)}: a ${type} is no text`);
  }

  splice(index: number, deleteCount: number, insert: string = ""): boolean {
    const now = this.toString();
    const isIn = Number.isInteger(index) && index >= 0 && index <= now.length &&
      Number.isInteger(deleteCount) && deleteCount >= 0;
    if (!isIn) throw tooMuch(this.path, `no ${deleteCount} units at ${index}`);
    const deleting = Math.min(deleteCount, now.length - index);
    if (isInside(now, index) || isInside(now, index + deleting)) {
      throw tooMuch(this.path, `${index} or ${index + deleting} is inside of a letter`);
    }
    this.#checkText(insert);
    if (deleting === 0 && insert === "") return false;
    return this.#host.write((writer) => {
      writer.spliceText(this.#made(writer), index, { deleting, insert });
    });
  }

  update(text: string): boolean {
    this.#checkText(text);
    if (this.toString() === text) return false;
    return this.#host.write((writer) => writer.updateText(this.#made(writer), text));
  }

  #checkText(text: string): void {
    if (typeof text !== "string" || !text.isWellFormed()) {
      throw badType(this.path, "a text that is not Unicode");
    }
  }

  /** The text, made if there is none. */
  #made(writer: ValueWriter): Container {
    const last = this.path.at(-1);
    if (last === undefined) {
      const word = kindOf(writer.handle) === "scalar" ? this.#read(writer.handle) : "";
      return withWord(writer, writer.enter("text"), word);
    }
    const into = this.#containerOf(writer);
    const child = writer.child(into, last);
    if (child?.type === "text") return child;
    const word = this.#read(writer.handle);
    if (typeof last === "number" && last >= writer.handle.length(into.id)) {
      throw tooMuch(this.path, "there is no such element");
    }
    return withWord(writer, writer.makeText(into, last), word);
  }

  /** The map or list that it lies in, made if there is none. */
  #containerOf(writer: ValueWriter): Container {
    const kind = kindOf(writer.handle) ?? "map";
    let at = kind === "scalar" ? undefined : writer.root(kind);
    this.#checkStep(at, this.path[0]!);
    if (kind === "map") at = writer.enter(kind);
    this.path.slice(0, -1).forEach((step, index) => {
      if (writer.handle.getWithType(at!.id, step) === null && typeof step === "string") {
        writer.put(at!, step, {});
      }
      at = writer.child(at!, step);
      this.#checkStep(at, this.path[index + 1]!);
    });
    return at!;
  }

  #checkStep(at: Container | undefined, step: string | number): void {
    const fits = at?.type === (typeof step === "string" ? "map" : "list");
    if (!fits) throw badType(this.path, "there is something else on the way");
  }
}

function withWord(writer: ValueWriter, text: Container, word: string): Container {
  writer.spliceText(text, 0, { deleting: 0, insert: word });
  return text;
}

/** What stands at a path. */
function find(handle: Handle, path: ValuePath): readonly unknown[] | undefined {
  let at: readonly unknown[] | undefined = rootOf(handle);
  for (const step of path) {
    const fits = at?.[0] === (typeof step === "string" ? "map" : "list");
    at = fits ? handle.getWithType(String(at![1]), step) ?? undefined : undefined;
  }
  return at;
}

function rootOf(handle: Handle): readonly unknown[] | undefined {
  const kind = kindOf(handle);
  if (kind === undefined) return undefined;
  return handle.getWithType("/", kind === "scalar" ? "value" : kind) ?? undefined;
}
