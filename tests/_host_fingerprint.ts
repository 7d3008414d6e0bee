/** Prototypes and constructors that a script would change if it could reach one. */
const WATCHED: readonly object[] = [
  ...[
    Object,
    Function,
    Array,
    String,
    Number,
    Boolean,
    Symbol,
    BigInt,
    Error,
    TypeError,
    RangeError,
  ],
  ...[Promise, Map, Set, WeakMap, WeakRef, RegExp, Date, Uint8Array, Int32Array, ArrayBuffer],
].flatMap((type) => [type, type.prototype as object]);
const OTHERS: readonly object[] = [globalThis, Reflect, JSON, Math, WebAssembly, Deno, console];

/** Every property of the host that a script must not have touched, by object and key. */
export type HostFingerprint = ReadonlyMap<object, ReadonlyMap<PropertyKey, unknown>>;

/** What the host's globals and prototypes hold now. */
export function fingerprintHost(): HostFingerprint {
  return new Map([...WATCHED, ...OTHERS].map((object) => [object, propertiesOf(object)]));
}

/** What differs, in words; empty when nothing does. */
export function changesSince(before: HostFingerprint): readonly string[] {
  const changes: string[] = [];
  for (const [object, properties] of fingerprintHost()) {
    const known = before.get(object)!;
    for (const key of new Set([...properties.keys(), ...known.keys()])) {
      if (!Object.is(properties.get(key), known.get(key))) changes.push(String(key));
    }
  }
  return changes;
}

/** Values and getters by key: getters are not called. The prototype is a property here too. */
function propertiesOf(object: object): ReadonlyMap<PropertyKey, unknown> {
  const properties = new Map<PropertyKey, unknown>();
  for (const key of Reflect.ownKeys(object)) {
    const { value, get } = Reflect.getOwnPropertyDescriptor(object, key)!;
    properties.set(key, get ?? value);
  }
  return properties.set("[[Prototype]]", Reflect.getPrototypeOf(object));
}
