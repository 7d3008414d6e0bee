import { fromScalar } from "./_value_handle.ts";
import { badType, checkedValue, tooMuch } from "./_value_input.ts";
import { toPlain } from "./_value_types.ts";
import type { TypedValue } from "./_value_types.ts";
import { ValueUpdate } from "./_value_update.ts";
import { kindOf } from "./_value_writer.ts";
import type { Container, ValueWriter } from "./_value_writer.ts";

/**
 * Ordinary looking objects and arrays whose every write goes into a change at once.
 *
 * An object in the draft stays the one it is in the document; what is assigned is copied.
 */
export class Draft {
  readonly #writer: ValueWriter;
  /** By the id of what they stand for. */
  readonly #proxies: Map<string, object> = new Map();
  readonly #containers: WeakMap<object, Container> = new WeakMap();
  #isOpen = true;

  /** Writes with `writer`. */
  constructor(writer: ValueWriter) {
    this.#writer = writer;
  }

  /**
   * What stands for the value; for a map that is still empty if there is none yet.
   *
   * @throws {TypeError} if the value has no parts.
   */
  root(): object {
    const kind = kindOf(this.#writer.handle) ?? "map";
    if (kind === "map" || kind === "list") return this.#proxy(this.#writer.root(kind));
    throw badType(
      [],
      `a ${kind === "text" ? "text" : "value without parts"} has no draft; update it`,
    );
  }

  /** Ends it: whoever kept a part of it can neither read nor write with it. */
  close(): void {
    this.#isOpen = false;
  }

  #proxy(container: Container): object {
    const known = this.#proxies.get(container.id);
    if (known !== undefined) return known;
    const proxy = container.type === "map"
      ? new Proxy(Object.create(null), this.#mapTraps(container))
      : new Proxy([], this.#listTraps(container));
    this.#proxies.set(container.id, proxy);
    this.#containers.set(proxy, container);
    return proxy;
  }

  #mapTraps(map: Container): ProxyHandler<object> {
    const handle = () => this.#opened().handle;
    const has = (key: PropertyKey) =>
      typeof key === "string" && handle().getWithType(map.id, key) !== null;
    return {
      ...CLOSED_TRAPS,
      get: (_, key) => typeof key === "string" ? this.#read(map, key) : undefined,
      has: (_, key) => has(key),
      ownKeys: () => [...new Set(handle().keys(map.id))],
      getOwnPropertyDescriptor: (_, key) =>
        has(key) ? descriptor(this.#read(map, key as string)) : undefined,
      set: (_, key, value) => {
        if (typeof key !== "string") throw badType(map.path, "a symbol as a key");
        return this.#assign(map, key, value);
      },
      deleteProperty: (_, key) => {
        if (has(key)) this.#touched(map).deleteKey(map, key as string);
        return true;
      },
    };
  }

  #listTraps(list: Container): ProxyHandler<object> {
    const length = () => this.#opened().handle.length(list.id);
    const isHere = (key: PropertyKey) => (indexOf(key) ?? Infinity) < length();
    const methods = this.#listMethods(list, length);
    return {
      ...CLOSED_TRAPS,
      get: (target, key, receiver) => {
        if (key === "length") return length();
        const index = indexOf(key);
        if (index !== undefined) return index < length() ? this.#read(list, index) : undefined;
        const method = typeof key === "string" && Object.hasOwn(methods, key) && methods[key];
        return method || Reflect.get(target, key, receiver);
      },
      has: (target, key) => isHere(key) || Reflect.has(target, key),
      ownKeys: () => [...Array.from({ length: length() }, (_, index) => `${index}`), "length"],
      getOwnPropertyDescriptor: (target, key) => {
        if (key === "length") {
          return { ...Reflect.getOwnPropertyDescriptor(target, key), value: length() };
        }
        return isHere(key) ? descriptor(this.#read(list, indexOf(key)!)) : undefined;
      },
      set: (_, key, value) => {
        const index = indexOf(key);
        if (key === "length") this.#shorten(list, value);
        else if (index === undefined) throw badType(list.path, "a list has indexes only");
        else if (index < length()) this.#assign(list, index, value);
        else if (index === length()) this.#insert(list, index, [value]);
        else throw tooMuch([...list.path, index], `a hole in a list of ${length()}`);
        return true;
      },
      deleteProperty: (_, key) => {
        if (isHere(key)) this.#touched(list).deleteElements(list, indexOf(key)!, 1);
        return true;
      },
    };
  }

  /** The methods that write, in terms of insertions and deletions instead of one by one. */
  #listMethods(
    list: Container,
    length: () => number,
  ): Readonly<Record<string, (...args: never[]) => unknown>> {
    const splice = (start: number, count: number, values: readonly unknown[] = []) => {
      const from = start < 0 ? Math.max(0, length() + start) : Math.min(start, length());
      const deleted = Math.max(0, Math.min(count, length() - from));
      const gone = this.#elements(list).slice(from, from + deleted).map(toPlain);
      this.#touched(list).deleteElements(list, from, deleted);
      this.#insert(list, from, values);
      return gone;
    };
    const rearrange = (change: (elements: TypedValue[]) => TypedValue[]) => {
      const before = this.#elements(list);
      const after = checkedValue(change([...before]), list.path) as TypedValue[];
      new ValueUpdate(this.#touched(list)).list(list, before, after);
      return this.#proxy(list);
    };
    return {
      push: (...values: unknown[]) => (splice(length(), 0, values), length()),
      pop: () => splice(length() - 1, length() > 0 ? 1 : 0)[0],
      shift: () => splice(0, 1)[0],
      unshift: (...values: unknown[]) => (splice(0, 0, values), length()),
      splice: (...[start, count, ...values]: [number?, number?, ...unknown[]]) =>
        splice(whole(start), start === undefined ? 0 : whole(count ?? Infinity), values),
      reverse: () => rearrange((elements) => elements.reverse()),
      sort: (compare: (left: unknown, right: unknown) => number = byText) =>
        rearrange((elements) =>
          elements.map((typed) => ({ typed, plain: toPlain(typed) }))
            .sort((left, right) => compare(left.plain, right.plain))
            .map(({ typed }) => typed)
        ),
      fill: (value: TypedValue, ...range: number[]) =>
        rearrange((elements) => elements.fill(value, ...range)),
      copyWithin: (to: number, from: number, end?: number) =>
        rearrange((elements) => elements.copyWithin(to, from, end)),
    };
  }

  #read(container: Container, prop: string | number): unknown {
    const writer = this.#opened();
    const [type, value] = writer.handle.getWithType(container.id, prop) ?? [];
    if (type === undefined) return undefined;
    if (type === "text") return writer.handle.text(String(value));
    if (type !== "map" && type !== "list") return toPlain(fromScalar(type, value));
    return this.#proxy({ id: String(value), type, path: [...container.path, prop] });
  }

  #assign(container: Container, prop: string | number, value: unknown): true {
    const child = this.#opened().child(container, prop);
    // As in `draft.list = draft.list`.
    const own = typeof value === "object" && value !== null && this.#containers.get(value);
    if (own && child?.id === own.id) return true;
    const checked = checkedValue(value, [...container.path, prop]);
    const writer = this.#touched(container);
    const text = child?.type === "text" && typeof checked === "string" ? child : undefined;
    if (text) writer.updateText(text, checked as string);
    else writer.put(container, prop, checked);
    return true;
  }

  #insert(list: Container, index: number, values: readonly unknown[]): void {
    const checked = values.map((value, offset) =>
      checkedValue(value, [...list.path, index + offset])
    );
    this.#touched(list).insert(list, index, checked);
  }

  #shorten(list: Container, length: unknown): void {
    const now = this.#opened().handle.length(list.id);
    if (!Number.isInteger(length) || Number(length) < 0 || Number(length) > now) {
      throw tooMuch(list.path, `a list of ${now} cannot have the length ${String(length)}`);
    }
    this.#touched(list).deleteElements(list, Number(length), now - Number(length));
  }

  #elements(list: Container): readonly TypedValue[] {
    return this.#opened().read(list) as readonly TypedValue[];
  }

  /** The writer, once the value is what the draft is of. */
  #touched({ path, type }: Container): ValueWriter {
    const writer = this.#opened();
    if (path.length === 0) writer.enter(type);
    return writer;
  }

  #opened(): ValueWriter {
    if (this.#isOpen) return this.#writer;
    throw new TypeError("Cannot use draft: its change is over");
  }
}

/** What would change objects in ways that a document does not know. */
const CLOSED_TRAPS: ProxyHandler<object> = {
  defineProperty: () => false,
  setPrototypeOf: () => false,
  preventExtensions: () => false,
};

function descriptor(value: unknown): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true };
}

/** The index that a property names, if it names one. */
function indexOf(key: PropertyKey): number | undefined {
  if (typeof key !== "string" || !/^(0|[1-9]\d{0,9})$/.test(key)) return undefined;
  return Number(key);
}

/** A number as the methods of arrays take it. */
function whole(value: unknown): number {
  const number = Math.trunc(Number(value));
  return Number.isNaN(number) ? 0 : number;
}

function byText(left: unknown, right: unknown): number {
  const [one, other] = [String(left), String(right)];
  return one < other ? -1 : one > other ? 1 : 0;
}
