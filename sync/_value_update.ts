import { align } from "./_value_alignment.ts";
import { Fingerprints } from "./_value_fingerprints.ts";
import { badType } from "./_value_input.ts";
import { isList, isMap } from "./_value_types.ts";
import type { TypedMap, TypedValue, ValuePath } from "./_value_types.ts";
import { kindOf } from "./_value_writer.ts";
import type { Container, ValueWriter } from "./_value_writer.ts";

/** Writes the smallest edits that make a value another one. */
export class ValueUpdate {
  readonly #writer: ValueWriter;
  readonly #prints: Fingerprints = new Fingerprints();

  /** Writes with `writer`. */
  constructor(writer: ValueWriter) {
    this.#writer = writer;
  }

  /** Makes the whole value `after`; `before` is what it is now. */
  root(before: TypedValue | undefined, after: TypedValue): void {
    const writer = this.#writer;
    const kind = kindOf(writer.handle);
    if (kind === "text" && typeof after === "string") {
      return writer.updateText(writer.root("text"), after);
    }
    if (isMap(after)) {
      const now = kind === "map" ? before as TypedMap : {};
      return this.#map(writer.enter("map"), now, after);
    }
    if (isList(after)) {
      const now = kind === "list" ? before as readonly TypedValue[] : [];
      return this.list(writer.enter("list"), now, after);
    }
    if (kind !== "scalar" || !this.#same(before!, after)) writer.putRoot(after);
  }

  /**
   * Writes what is in a map over what is there.
   *
   * @throws {TypeError} if something that is no map would go where a map is.
   */
  merge(before: TypedValue | undefined, added: TypedValue): void {
    const writer = this.#writer;
    if (!isMap(added)) {
      if (isMap(before)) throw notInMap([]);
      return this.root(before, added);
    }
    this.#mergeMap(writer.enter("map"), isMap(before) ? before : {}, added);
  }

  /** Makes a list `after`; `before` is what it is now. */
  list(list: Container, before: readonly TypedValue[], after: readonly TypedValue[]): void {
    const prints = (values: readonly TypedValue[]) => values.map((value) => this.#prints.of(value));
    const matches = align(
      prints(before),
      prints(after),
      (left, right) => this.#likeness(before[left]!, after[right]!),
    );
    let [from, to, at] = [0, 0, 0];
    for (const [left, right] of [...matches, [before.length, after.length] as const]) {
      this.#writer.deleteElements(list, at, left - from);
      this.#writer.insert(list, at, after.slice(to, right));
      at += right - to;
      if (left < before.length) this.#edit(list, at++, [before[left]!, after[right]!]);
      [from, to] = [left + 1, right + 1];
    }
  }

  #map(map: Container, before: TypedMap, after: TypedMap): void {
    for (const key of Object.keys(before)) {
      if (!Object.hasOwn(after, key)) this.#writer.deleteKey(map, key);
    }
    for (const [key, value] of Object.entries(after)) {
      if (Object.hasOwn(before, key)) this.#edit(map, key, [before[key]!, value]);
      else this.#writer.put(map, key, value);
    }
  }

  #mergeMap(map: Container, before: TypedMap, added: TypedMap): void {
    for (const [key, value] of Object.entries(added)) {
      const now = Object.hasOwn(before, key) ? before[key] : undefined;
      if (now === undefined) this.#writer.put(map, key, value);
      else if (!isMap(now)) this.#edit(map, key, [now, value]);
      else if (isMap(value)) this.#mergeMap(this.#writer.child(map, key)!, now, value);
      else throw notInMap([...map.path, key]);
    }
  }

  #edit(
    into: Container,
    prop: string | number,
    [before, after]: readonly [before: TypedValue, after: TypedValue],
  ): void {
    if (this.#same(before, after)) return;
    const child = () => this.#writer.child(into, prop)!;
    if (isMap(before) && isMap(after)) return this.#map(child(), before, after);
    if (isList(before) && isList(after)) return this.list(child(), before, after);
    if (typeof before === "string" && typeof after === "string") {
      const text = this.#writer.child(into, prop);
      if (text !== undefined) return this.#writer.updateText(text, after);
    }
    this.#writer.put(into, prop, after);
  }

  #same(before: TypedValue, after: TypedValue): boolean {
    return this.#prints.of(before) === this.#prints.of(after);
  }

  /** Maps are the more alike the more of their entries are; 0 where nothing speaks for it. */
  #likeness(before: TypedValue, after: TypedValue): number {
    if (isMap(before) && isMap(after)) {
      const shared = Object.keys(after).filter((key) => Object.hasOwn(before, key));
      const equal = shared.filter((key) => this.#same(before[key]!, after[key]!));
      return shared.length === 0 ? 0 : 1 + shared.length + 2 * equal.length;
    }
    if (isList(before) || isList(after)) return isList(before) && isList(after) ? 1 : 0;
    return isMap(before) || isMap(after) ? 0 : 1;
  }
}

function notInMap(path: ValuePath): TypeError {
  return badType(path, "what is no map cannot be merged into a map");
}
