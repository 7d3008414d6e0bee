import type { LuaInstance } from "./_instance.ts";
import {
  body,
  functionType,
  I32,
  KIND,
  moduleOf,
  name,
  SECTION,
  signed,
  unsigned,
} from "./_wasm_bytes.ts";

/** A C function of Lua: takes the thread, answers how many values it leaves on its stack. */
export type CFunction = (L: number) => number;

/** Where C functions stand in the table of functions. */
export interface Gated {
  readonly functions: readonly number[];
  /** What Lua takes and gives back memory with, a `lua_Alloc`. */
  readonly allocator: number;
}

/** Who is asked at the gates. */
export interface Guards {
  /** Does what the call of a function is to do; `gate` is its place in {@linkcode Gated}. */
  call(gate: number, L: number): number;
  /** Whether `bytes` may be taken where no fuel is left: 1, or 0 for "not enough memory". */
  allocate(bytes: number): 0 | 1;
}

/** Two words of Lua's memory: whether the gates are closed, and bytes that may still be taken. */
export interface GateWords {
  readonly closed: number;
  readonly fuel: number;
}

/**
 * Puts a gate before some C functions, where C itself looks for them: in the table of functions,
 * so that nothing in Lua can go around it. A gate is a few instructions of WebAssembly, and open
 * until the word `closed` is set.
 *
 * @returns The functions themselves, in the same order.
 */
export function installGates(
  { exports: { __indirect_function_table: table, memory } }: LuaInstance,
  { functions, allocator }: Gated,
  words: GateWords,
  guards: Guards,
): readonly CFunction[] {
  const behind = functions.map((index) => table.get(index) as CFunction);
  const word = (address: number) => new WebAssembly.Global({ value: "i32" }, address);
  const gates = new WebAssembly.Instance(gateModule(functions.length), {
    e: {
      ...{ m: memory, w: word(words.closed), f: word(words.fuel) },
      c: (gate: number, L: number) => guards.call(gate, L),
      a: (bytes: number) => guards.allocate(bytes),
      o: table.get(allocator) as () => number,
    },
    o: Object.fromEntries(behind.map((fn, i) => [i, fn])),
  }).exports;
  functions.forEach((index, i) => table.set(index, gates[i] as CFunction));
  table.set(allocator, gates["o"] as CFunction);
  return behind;
}

/** Compiled once for each number of gates: all engines have the same functions. */
const MODULES: Map<number, WebAssembly.Module> = new Map();

/** The types of functions, and the functions that are always imported, by their places. */
const TYPE = { cFunction: 0, allocate: 0, call: 1, allocator: 2 } as const;
const FUNCTION = { call: 0, allocate: 1, allocator: 2, first: 3 } as const;

function gateModule(count: number): WebAssembly.Module {
  const known = MODULES.get(count);
  if (known !== undefined) return known;
  const each = <T>(item: (i: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, i) => item(i));
  const imported = (module: string, field: string, ...what: readonly number[]) => [
    ...name(module),
    ...name(field),
    ...what,
  ];
  const exported = (field: string, index: number) => [
    ...name(field),
    KIND.function,
    ...unsigned(index),
  ];
  const made = FUNCTION.first + count;
  const module = moduleOf(
    [SECTION.types, [
      functionType(1, 1),
      functionType(2, 1),
      functionType(4, 1),
    ]],
    [SECTION.imports, [
      imported("e", "m", KIND.memory, 0, 0),
      imported("e", "w", KIND.global, I32, 0),
      imported("e", "f", KIND.global, I32, 0),
      imported("e", "c", KIND.function, TYPE.call),
      imported("e", "a", KIND.function, TYPE.allocate),
      imported("e", "o", KIND.function, TYPE.allocator),
      ...each((i) => imported("o", String(i), KIND.function, TYPE.cFunction)),
    ]],
    [SECTION.functions, [...each(() => [TYPE.cFunction]), [TYPE.allocator]]],
    [SECTION.exports, [...each((i) => exported(String(i), made + i)), exported("o", made + count)]],
    [SECTION.code, [...each(functionGate), allocatorGate()]],
  );
  MODULES.set(count, module);
  return module;
}

/** `i32.load` of the word `closed` */
const IS_CLOSED = [0x23, 0, 0x28, 2, 0];

function functionGate(i: number): readonly number[] {
  return body(
    ...IS_CLOSED,
    ...[0x04, I32], // if, with a result
    ...[0x41, ...signed(i), 0x20, 0, 0x10, FUNCTION.call], // i32.const i; local.get L; call
    0x05, // else
    ...[0x20, 0, 0x10, ...unsigned(FUNCTION.first + i)], // local.get L; call
    0x0b, // end
  );
}

/** The parameters of a `lua_Alloc` are `ud`, `ptr`, `osize` and `nsize`. */
function allocatorGate(): readonly number[] {
  return body(
    ...IS_CLOSED,
    ...[0x04, 0x40], // if
    ...[0x23, 1, 0x23, 1, 0x28, 2, 0], // global.get f; global.get f; i32.load
    ...[0x20, 3, 0x6b, 0x36, 2, 0], // local.get nsize; i32.sub; i32.store
    ...[0x23, 1, 0x28, 2, 0, 0x41, 0, 0x48], // global.get f; i32.load; i32.const 0; i32.lt_s
    ...[0x04, 0x40], // if
    ...[0x20, 3, 0x10, FUNCTION.allocate, 0x45], // local.get nsize; call; i32.eqz
    ...[0x04, 0x40, 0x41, 0, 0x0f, 0x0b], // if; i32.const 0; return; end
    ...[0x0b, 0x0b], // end; end
    ...[0x20, 0, 0x20, 1, 0x20, 2, 0x20, 3, 0x10, FUNCTION.allocator], // all four; call
  );
}
