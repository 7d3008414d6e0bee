import { LuaFactory } from "wasmoon";
import { createLuaRuntime, defineLuaClass, loadLuaModule } from "../lua/mod.ts";
import type { LuaFunction, LuaModule } from "../lua/mod.ts";

/** Rows as a binding answers them: fields of each kind. */
export interface Row {
  readonly id: number;
  readonly name: string;
  readonly share: number;
  readonly open: boolean;
  readonly tags: readonly string[];
}

/** What is measured of an engine of Lua, ours or another. */
export interface Engine extends Disposable {
  /** Makes a global function of a body of Lua, to be called with one argument. */
  compile(body: string): Promise<(argument: unknown) => unknown>;
  /** The same for a body that waits, by `await`, for promises; to be called without one. */
  compileWaiting(body: string): Promise<() => Promise<unknown>>;
  /** What its garbage collector counts, in KiB, after a collection. */
  countKb(): number;
}

/** An object whose method scripts call. */
export class Counter {
  total = 0;

  add(amount: number): number {
    return this.total += amount;
  }
}

/** What both engines give to scripts. */
const add = (a: unknown, b: unknown): number => Number(a) + Number(b);
const soon = (value: unknown): Promise<unknown> => Promise.resolve(value);
let taken = 0;
const take = (rows: unknown): void => void (taken += (rows as unknown[]).length);

/** How many rows scripts have handed over: so that nothing is left out as unused. */
export function takenRows(): number {
  return taken;
}

const COUNTER = defineLuaClass({
  name: "Counter",
  type: Counter,
  methods: { add: (self, amount) => self.add(Number(amount)) },
});

/** Ours, with the interrupt armed for each entry and its memory limited. */
export async function openOurs(module?: LuaModule): Promise<Engine & { memoryBytes: number }> {
  const lua = await createLuaRuntime({ module: module ?? await loadLuaModule() });
  lua.register(COUNTER);
  for (const [name, value] of Object.entries({ add, soon, take, counter: new Counter() })) {
    lua.setGlobal(name, value);
  }
  const compile = (body: string) => lua.run(`return function(argument) ${body} end`)[0];
  return {
    compile: (body) => Promise.resolve(compile(body) as LuaFunction),
    compileWaiting: (body) => {
      // Calls wait by themselves here.
      const fn = compile(`local function await(value) return value end ${body}`) as LuaFunction;
      return Promise.resolve(() => lua.callAsync(fn));
    },
    countKb: () => lua.run("collectgarbage() return collectgarbage('count')")[0] as number,
    get memoryBytes() {
      return lua.memoryBytes;
    },
    [Symbol.dispose]: () => lua[Symbol.dispose](),
  };
}

/** wasmoon as it comes: its own marshalling and proxies, no limit and no interrupt. */
export async function openBare(factory: LuaFactory = new LuaFactory()): Promise<Engine> {
  const engine = await factory.createEngine({ injectObjects: false });
  const { global } = engine;
  for (const [name, value] of Object.entries({ add, soon, take, counter: new Counter() })) {
    global.set(name, value);
  }
  let compiled = 0;
  const compile = async (body: string) => {
    const name = `compiled${++compiled}`;
    await engine.doString(`function ${name}(argument) ${body} end`);
    return global.get(name);
  };
  return {
    compile,
    compileWaiting: async (body) => {
      const name = `waiting${++compiled}`;
      await engine.doString(`
        local function await(promise) return promise:await() end
        function ${name}() ${body} end`);
      return () => engine.doString(`${name}()`);
    },
    countKb: () => {
      engine.doStringSync("collectgarbage() count = collectgarbage('count')");
      return global.get("count");
    },
    [Symbol.dispose]: () => global.close(),
  };
}
