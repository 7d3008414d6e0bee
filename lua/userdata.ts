import { sameErrand } from "./errand.ts";
import { wantsExactFloats, withExactFloats } from "./values.ts";

/**
 * What Lua sees of a TypeScript class: a name, a list of methods, and nothing else.
 *
 * @typeParam T The class whose instances are exposed.
 */
export interface LuaClassDefinition<T extends object> {
  /** The name in messages and in `tostring`, such as `Network`. Unique in a runtime. */
  readonly name: string;
  /** Which instances this is about, subclasses included. */
  readonly type: abstract new (...args: never[]) => T;
  /**
   * Methods by their Lua name; called as `object:name(...)`, with `self` checked. Those marked by
   * {@linkcode withExactFloats} get integral floats as such.
   */
  readonly methods?: Readonly<Record<string, (self: T, ...args: unknown[]) => unknown>>;
  /** Properties by their Lua name, read each time: `object.name`. */
  readonly fields?: Readonly<Record<string, (self: T) => unknown>>;
  /** What `tostring(object)` answers. By default the name. */
  readonly describe?: (self: T) => string;
  /**
   * Further metamethods, such as `__len` or `__close`; `__index`, `__gc`, `__name`, `__tostring`
   * and `__metatable` are taken. They receive their arguments unchecked: a binary one may have
   * its object on either side.
   */
  readonly metamethods?: Readonly<Record<`__${string}`, (...args: unknown[]) => unknown>>;
  /**
   * About how many bytes outside of Lua an instance keeps alive. They count as Lua's own, so that
   * a script which hoards instances reaches its limit on memory. @default {HOST_OBJECT_BYTES}
   */
  readonly weigh?: (self: T) => number;
}

/** How many bytes a function or an object takes on both sides when Lua holds it, unless it says. */
export const HOST_OBJECT_BYTES: number = 256;

/** A class that Lua may see; made by {@linkcode defineLuaClass}. */
export interface LuaClass {
  /** The name in messages and in `tostring`. */
  readonly name: string;
  /** The prototype that its instances inherit from. */
  readonly prototype: object;
  /** Whether `value` may be the `self` of a method. */
  readonly accepts: (value: unknown) => boolean;
  /** Methods that check their `self`, by Lua name. */
  readonly methods: ReadonlyMap<string, (...args: unknown[]) => unknown>;
  /** Properties, by Lua name. */
  readonly fields: ReadonlyMap<string, (...args: unknown[]) => unknown>;
  /** Metamethods, `__tostring` included. */
  readonly metamethods: ReadonlyMap<string, (...args: unknown[]) => unknown>;
  /** How many bytes an instance counts in Lua's memory. */
  readonly weigh: (self: unknown) => number;
}

const TAKEN = new Set(["__index", "__gc", "__name", "__tostring", "__metatable"]);

/**
 * Writes down what Lua sees of a class. There is no way from Lua to a property, prototype or
 * constructor that is not listed, and the same object is always the same userdata.
 *
 * @throws {TypeError} If a metamethod is listed that is not free.
 *
 * @example Only what is listed exists
 * ```ts
 * import { createLuaRuntime, defineLuaClass, loadLuaModule, NOTHING } from "@indras/toolkit/lua";
 * import { assertEquals } from "@std/assert";
 *
 * class Counter {
 *   total = 0;
 * }
 * const counterClass = defineLuaClass({
 *   name: "Counter",
 *   type: Counter,
 *   methods: {
 *     add: (self, amount) => {
 *       self.total += Number(amount);
 *       return NOTHING;
 *     },
 *     total: (self) => self.total,
 *   },
 * });
 * using lua = await createLuaRuntime({ module: await loadLuaModule(), classes: [counterClass] });
 * lua.setGlobal("counter", new Counter());
 * const [total, other] = lua.run("counter:add(2) return counter:total(), counter.constructor");
 * assertEquals([total, other], [2, undefined]);
 * ```
 */
export function defineLuaClass<T extends object>(definition: LuaClassDefinition<T>): LuaClass {
  const { name, type, describe } = definition;
  const accepts = (value: unknown): value is T => value instanceof type;
  const checked = (member: string, fn: (self: T, ...args: unknown[]) => unknown) => {
    const method = (self: unknown, ...args: unknown[]): unknown => {
      if (accepts(self)) return fn(self, ...args);
      throw new TypeError(
        `bad self: expected ${name} (call it as object:${member}(...))`,
      );
    };
    return sameErrand(fn, wantsExactFloats(fn) ? withExactFloats(method) : method);
  };
  const checkAll = (members: Readonly<Record<string, (self: T, ...args: unknown[]) => unknown>>) =>
    new Map(Object.entries(members).map(([key, fn]) => [key, checked(key, fn)] as const));
  const metamethods = new Map(Object.entries(definition.metamethods ?? {}));
  for (const key of metamethods.keys()) {
    if (TAKEN.has(key)) {
      throw new TypeError(`Cannot define Lua class "${name}": metamethod "${key}" is not free`);
    }
  }
  metamethods.set("__tostring", checked("__tostring", describe ?? (() => name)));
  return {
    name,
    prototype: type.prototype,
    accepts,
    methods: checkAll(definition.methods ?? {}),
    fields: checkAll(definition.fields ?? {}),
    metamethods,
    weigh: (self) => accepts(self) && definition.weigh ? definition.weigh(self) : HOST_OBJECT_BYTES,
  };
}
