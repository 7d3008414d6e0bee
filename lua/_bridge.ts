import { TYPE } from "./_exports.ts";
import type { LuaState } from "./_state.ts";
import { LuaStrings } from "./_strings.ts";
import { LuaError } from "./errors.ts";
import { LuaCallable, LuaFloat, LuaMulti } from "./values.ts";

/** What crosses by reference: functions, and instances of registered classes. */
export interface References {
  pushFunction(L: number, fn: (...args: unknown[]) => unknown): void;
  readFunction(L: number, index: number): unknown;
  /** Pushes an instance of a registered class, or answers false and pushes nothing. */
  pushObject(L: number, object: object): boolean;
  readObject(L: number, index: number): unknown;
  pushCallable(L: number, callable: LuaCallable): void;
}

/** A value that stays in Lua and is passed as it is. */
export class Kept {
  readonly ref: number;

  constructor(ref: number) {
    this.ref = ref;
  }
}

/** How much may cross at once. */
interface CrossingLimits {
  readonly items: number;
  readonly bytes: number;
}

/** What crosses in no time. */
const SMALL_CROSSING: CrossingLimits = { items: 1000, bytes: 65_536 };

/** Thrown when a crossing that was to be small is not; nothing has happened yet. */
export const TOO_LARGE: unique symbol = Symbol("too large");

/** Converts values both ways, inside the limits on depth, items and bytes of one crossing. */
export class Bridge {
  readonly strings: LuaStrings;
  readonly #state: LuaState;
  readonly #limits: CrossingLimits;
  #within: CrossingLimits;
  #references: References | undefined;
  #items = 0;
  #bytes = 0;
  #exactFloats = false;

  constructor(state: LuaState) {
    this.#state = state;
    this.strings = new LuaStrings(state);
    const { valueItemsMax, valueBytesMax } = state.limits;
    this.#limits = { items: valueItemsMax, bytes: valueBytesMax };
    this.#within = this.#limits;
  }

  /** Connects the references, which are made after the bridge because they need it. */
  connect(references: References): void {
    this.#references = references;
  }

  /** Does `work`, and throws {@linkcode TOO_LARGE} if much would cross. */
  small<T>(work: () => T): T {
    this.#within = SMALL_CROSSING;
    try {
      return work();
    } finally {
      this.#within = this.#limits;
    }
  }

  /** Reads the values from `first` to `last` on the stack as one crossing. */
  readAll(L: number, first: number, last: number, exactFloats = false): unknown[] {
    this.#begin();
    this.#exactFloats = exactFloats;
    const values: unknown[] = [];
    for (let i = first; i <= last; i++) values.push(this.#read(L, i, undefined));
    return values;
  }

  /** Pushes values as one crossing. */
  pushAll(L: number, values: readonly unknown[]): void {
    this.#begin();
    if (!this.#state.c.lua_checkstack(L, values.length + 16)) {
      throw new LuaError("value", `Cannot hand ${values.length} values to Lua: no stack left`);
    }
    for (const value of values) this.#push(L, value, undefined);
  }

  /** Pushes what a function answered, and says how many values that is. */
  pushResult(L: number, result: unknown): number {
    const values = result instanceof LuaMulti ? result.values : [result];
    this.pushAll(L, values);
    return values.length;
  }

  #begin(): void {
    this.#items = 0;
    this.#bytes = 0;
  }

  #push(L: number, value: unknown, path: object[] | undefined): void {
    const { c } = this.#state;
    switch (typeof value) {
      case "undefined":
        return c.lua_pushnil(L);
      case "boolean":
        return c.lua_pushboolean(L, value ? 1 : 0);
      case "number":
        if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
          return c.lua_pushinteger(L, BigInt(value));
        }
        return c.lua_pushnumber(L, value);
      case "bigint":
        if (BigInt.asIntN(64, value) === value) return c.lua_pushinteger(L, value);
        throw new LuaError("value", `Cannot hand ${value} to Lua: an integer has 64 bits`);
      case "string":
        this.#count(0, value.length);
        return this.strings.pushText(L, value);
      case "function":
        return this.#references!.pushFunction(L, value as (...args: unknown[]) => unknown);
      case "object":
        return value === null ? c.lua_pushnil(L) : this.#pushObject(L, value, path);
      case "symbol":
        throw new LuaError("value", "Cannot hand a symbol to Lua");
    }
  }

  #pushObject(L: number, value: object, path: object[] = []): void {
    if (value instanceof Uint8Array) {
      this.#count(0, value.length);
      return this.strings.pushBytes(L, value);
    }
    if (value instanceof Kept) return this.#state.pushKept(L, value.ref);
    if (value instanceof LuaFloat) return this.#state.c.lua_pushnumber(L, value.value);
    if (value instanceof LuaCallable) return this.#references!.pushCallable(L, value);
    if (this.#references!.pushObject(L, value)) return;
    if (path.includes(value)) throw new LuaError("value", "Cannot hand a cyclic object to Lua");
    this.#enter(L, path.length);
    path.push(value);
    if (Array.isArray(value)) this.#pushArray(L, value, path);
    else this.#pushRecord(L, value, path);
    path.pop();
  }

  #pushArray(L: number, items: readonly unknown[], path: object[]): void {
    const { c } = this.#state;
    this.#count(items.length, 0);
    c.lua_createtable(L, items.length, 0);
    for (let i = 0; i < items.length; i++) {
      this.#push(L, items[i], path);
      c.lua_rawseti(L, -2, BigInt(i + 1));
    }
  }

  #pushRecord(L: number, record: object, path: object[]): void {
    const prototype = Object.getPrototypeOf(record);
    if (prototype !== null && prototype !== Object.prototype) {
      const name = String(prototype.constructor?.name ?? "object");
      throw new LuaError("value", `Cannot hand a ${name} to Lua: its class is not registered`);
    }
    const { c } = this.#state;
    const keys = Object.keys(record);
    this.#count(keys.length, 0);
    c.lua_createtable(L, 0, keys.length);
    for (const key of keys) {
      const value = (record as Record<string, unknown>)[key];
      if (value === undefined || value === null) continue;
      this.strings.pushText(L, key);
      this.#push(L, value, path);
      c.lua_rawset(L, -3);
    }
  }

  #read(L: number, index: number, path: number[] | undefined): unknown {
    const { c } = this.#state;
    switch (c.lua_type(L, index)) {
      case TYPE.boolean:
        return c.lua_toboolean(L, index) !== 0;
      case TYPE.number:
        return this.#readNumber(L, index);
      case TYPE.string:
        this.#count(0, this.strings.length(L, index));
        return this.strings.read(L, index);
      case TYPE.table:
        return this.#readTable(L, c.lua_absindex(L, index), path);
      case TYPE.function:
        return this.#references!.readFunction(L, index);
      case TYPE.userdata:
        return this.#references!.readObject(L, index);
      case TYPE.thread:
        throw new LuaError("value", "Cannot take a coroutine out of Lua");
      default:
        return undefined;
    }
  }

  #readNumber(L: number, index: number): number | bigint | LuaFloat {
    const { c } = this.#state;
    const number = c.lua_tonumberx(L, index, 0);
    if (c.lua_isinteger(L, index)) {
      return Number.isSafeInteger(number) ? number : c.lua_tointegerx(L, index, 0);
    }
    return this.#exactFloats && Number.isInteger(number) ? new LuaFloat(number) : number;
  }

  #readTable(L: number, index: number, path: number[] = []): unknown {
    const { c } = this.#state;
    const pointer = c.lua_topointer(L, index);
    if (path.includes(pointer)) {
      throw new LuaError("value", "Cannot take a cyclic table out of Lua");
    }
    this.#enter(L, path.length);
    path.push(pointer);
    const length = Number(c.lua_rawlen(L, index));
    const value = length > 0
      ? this.#readList(L, index, length, path)
      : this.#readRecord(L, index, path);
    path.pop();
    return value;
  }

  #readList(L: number, index: number, length: number, path: number[]): unknown[] {
    const { c } = this.#state;
    this.#count(length, 0);
    const items: unknown[] = [];
    for (let i = 1; i <= length; i++) {
      c.lua_rawgeti(L, index, BigInt(i));
      items.push(this.#read(L, -1, path));
      c.lua_settop(L, -2);
    }
    c.lua_pushnil(L);
    while (c.lua_next(L, index)) {
      c.lua_settop(L, -2);
      if (!this.#isListKey(L, length)) {
        throw new LuaError(
          "value",
          `Cannot take a table out of Lua: it is a list of ${length} items and has ` +
            `the key ${this.#describeKey(L)} as well`,
        );
      }
    }
    return items;
  }

  #isListKey(L: number, length: number): boolean {
    const { c } = this.#state;
    if (c.lua_type(L, -1) !== TYPE.number || !c.lua_isinteger(L, -1)) return false;
    const key = c.lua_tointegerx(L, -1, 0);
    return key >= 1n && key <= BigInt(length);
  }

  /** Without a prototype, so that keys such as `constructor` mean nothing. */
  #readRecord(L: number, index: number, path: number[]): Record<string, unknown> {
    const { c } = this.#state;
    const record: Record<string, unknown> = Object.create(null);
    c.lua_pushnil(L);
    while (c.lua_next(L, index)) {
      const key = c.lua_type(L, -2) === TYPE.string ? this.strings.read(L, -2) : undefined;
      if (typeof key !== "string") {
        c.lua_settop(L, -2);
        throw new LuaError(
          "value",
          `Cannot take a table out of Lua: the key ${this.#describeKey(L)} is not a text`,
        );
      }
      this.#count(1, key.length);
      const value = this.#read(L, -1, path);
      if (key === "then" && typeof value === "function") {
        throw new LuaError(
          "value",
          `Cannot take a table out of Lua: with a function as "then" it would be a promise`,
        );
      }
      record[key] = value;
      c.lua_settop(L, -2);
    }
    return record;
  }

  #describeKey(L: number): string {
    const { c } = this.#state;
    const type = c.lua_type(L, -1);
    if (type === TYPE.number) return String(this.#read(L, -1, undefined));
    if (type !== TYPE.string) return `of type ${TYPE_NAMES[type]}`;
    const key = this.strings.read(L, -1);
    return typeof key === "string" ? `"${key}"` : "of bytes that are not UTF-8";
  }

  #enter(L: number, depth: number): void {
    if (depth >= this.#state.limits.valueDepthMax) {
      throw new LuaError(
        "value",
        `Cannot pass a value nested deeper than ${this.#state.limits.valueDepthMax}`,
      );
    }
    this.#count(1, 0);
    if (!this.#state.c.lua_checkstack(L, 16)) {
      throw new LuaError("value", "Cannot pass a value: no stack left in Lua");
    }
  }

  #count(items: number, bytes: number): void {
    this.#items += items;
    this.#bytes += bytes;
    const { items: itemsMax, bytes: bytesMax } = this.#within;
    if (this.#items <= itemsMax && this.#bytes <= bytesMax) return;
    if (this.#within !== this.#limits) throw TOO_LARGE;
    const what = this.#items > itemsMax ? `${itemsMax} items` : `${bytesMax} bytes`;
    throw new LuaError("value", `Cannot pass a value of more than ${what}`);
  }
}

/** By `lua_type`. */
const TYPE_NAMES: readonly string[] = [
  ...["nil", "boolean", "lightuserdata", "number", "string", "table", "function", "userdata"],
  "thread",
];
