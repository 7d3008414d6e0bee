import type { LuaExports } from "./_exports.ts";
import { functionType, KIND, moduleOf, name, SECTION } from "./_wasm_bytes.ts";
import { LuaError } from "./errors.ts";

/** How much an instance may grow. Read at each growth, so it can be changed at any time. */
export interface MemoryCap {
  bytesMax: number;
}

/** One copy of Lua with its own memory, and views of that memory that are always current. */
export interface LuaInstance {
  readonly exports: LuaExports;
  readonly memory: MemoryViews;
  /** Makes a function callable from Lua's C; `arity` counts its 32-bit arguments. */
  addFunction(fn: (...args: number[]) => number, arity: number): number;
  /** Makes a function callable from Lua's C that answers nothing. */
  addProcedure(fn: (...args: number[]) => void, arity: number): number;
  /** Puts an exported function into the table of functions. */
  addExport(fn: () => number): number;
}

/** The memory as bytes and as 32-bit words. */
export interface MemoryViews {
  bytes: Uint8Array;
  words: Int32Array;
}

const PAGE_BYTES = 65_536;
const GROW_PAGES_MIN = 16;

/**
 * Makes one instance with the few imports that the C API needs.
 *
 * There is no clock, no environment, no file and no process behind them: `time()` is constant, so
 * hash seeds, and with them the order of `pairs`, are the same in each run.
 */
export function instantiate(module: WebAssembly.Module, cap: MemoryCap): LuaInstance {
  const functions = new Map<number, (a: number, b: number) => void>();
  const views: MemoryViews = { bytes: new Uint8Array(), words: new Int32Array() };
  const environment: Record<string, (...args: number[]) => number | void> = {
    abort: () => {
      throw new WebAssembly.RuntimeError("Lua aborted");
    },
    // setjmp and longjmp, as Emscripten compiles them: a jump is `throw Infinity`.
    invoke_vii: (index = 0, a = 0, b = 0) => {
      const stack = exports.stackSave();
      try {
        let fn = functions.get(index);
        if (fn === undefined) {
          fn = exports.__indirect_function_table.get(index) as (a: number, b: number) => void;
          functions.set(index, fn);
        }
        fn(a, b);
      } catch (error) {
        exports.stackRestore(stack);
        if (error !== Infinity) throw error;
        exports.setThrew(1, 0);
      }
    },
    _emscripten_throw_longjmp: () => {
      throw Infinity;
    },
    emscripten_date_now: () => 0,
    _emscripten_get_now_is_monotonic: () => 1,
    // The environment is empty: no variable, no byte.
    environ_sizes_get: (count = 0, bytes = 0) => {
      views.words[count >> 2] = 0;
      views.words[bytes >> 2] = 0;
      return 0;
    },
    environ_get: () => 0,
    emscripten_resize_heap: (requested = 0) => Number(grow(requested >>> 0)),
  };
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = environment[name] ?? unavailable(name);
  }
  const exports = new WebAssembly.Instance(module, imports).exports as unknown as LuaExports;
  const refreshViews = () => {
    views.bytes = new Uint8Array(exports.memory.buffer);
    views.words = new Int32Array(exports.memory.buffer);
  };
  const grow = (requested: number): boolean => {
    if (requested > cap.bytesMax) return false;
    const have = exports.memory.buffer.byteLength;
    const room = Math.floor((cap.bytesMax - have) / PAGE_BYTES);
    const needed = Math.ceil((requested - have) / PAGE_BYTES);
    try {
      exports.memory.grow(Math.max(needed, Math.min(room, GROW_PAGES_MIN)));
    } catch {
      return false;
    }
    refreshViews();
    return true;
  };
  refreshViews();
  exports.emscripten_stack_init();
  exports.__wasm_call_ctors();
  const addExport = (fn: WebAssembly.ExportValue): number => {
    const index = exports.__indirect_function_table.grow(1);
    exports.__indirect_function_table.set(index, fn as () => number);
    return index;
  };
  return {
    exports,
    memory: views,
    addExport,
    addFunction: (fn, arity) => addExport(trampoline(fn, arity, 1)),
    addProcedure: (fn, arity) => addExport(trampoline(fn, arity, 0)),
  };
}

/** A file, process or locale function of C: nothing that is left of Lua's libraries calls it. */
function unavailable(name: string): () => number {
  return () => {
    throw new LuaError("runtime", `Cannot call "${name}": Lua runs without a system`);
  };
}

/** Compiled once for each type of function. */
const TRAMPOLINES: Map<string, WebAssembly.Module> = new Map();

/** A WebAssembly function that calls `fn`: only such functions can stand in the table. */
function trampoline(
  fn: (...args: number[]) => number | void,
  arity: number,
  results: 0 | 1,
): WebAssembly.ExportValue {
  const type = `${arity} to ${results}`;
  const module = TRAMPOLINES.get(type) ?? compileTrampoline(arity, results);
  TRAMPOLINES.set(type, module);
  return new WebAssembly.Instance(module, { e: { f: fn } }).exports["f"]!;
}

function compileTrampoline(arity: number, results: 0 | 1): WebAssembly.Module {
  return moduleOf(
    [SECTION.types, [functionType(arity, results)]],
    [SECTION.imports, [[...name("e"), ...name("f"), KIND.function, 0]]],
    [SECTION.exports, [[...name("f"), KIND.function, 0]]],
  );
}
