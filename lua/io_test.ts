import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LuaError } from "./errors.ts";
import { loadLuaModule } from "./module.ts";
import { createLuaRuntime } from "./runtime.ts";

const module = await loadLuaModule();

async function run(source: string): Promise<readonly unknown[]> {
  using lua = await createLuaRuntime({ module });
  return lua.run(source);
}

Deno.test({
  name: "io writes and reads virtual files, with no permission",
  permissions: "none",
  fn: async () => {
    using lua = await createLuaRuntime({ module });
    assertEquals(
      lua.run(`
        local name = os.tmpname()
        local f = assert(io.open(name, 'w'))
        assert(f:write('one\\n', 2, '\\n', 3.5) == f)
        assert(f:close())
        path = name
        return io.type(f), tostring(f), #name > 0`),
      ["closed file", "file (closed)", true],
    );
    assertEquals(
      new TextDecoder().decode(lua.files.read(String(lua.getGlobal("path")))),
      "one\n2\n3.5",
    );
    assertThrows(
      () => Deno.readTextFileSync(String(lua.getGlobal("path"))),
      Deno.errors.NotCapable,
    );
  },
});

Deno.test("read() knows the formats of Lua 5.4 and the older spelling", async () => {
  assertEquals(
    await run(`
      local f = io.open('a', 'w') f:write('line 1\\nline 2\\n 0x1F -2.5e1 7 rest\\nlast') f:close()
      f = io.open('a')
      local l, L, hex, float, seven = f:read('l', 'L', 'n', '*n', 'n')
      local four = f:read(5)
      local line, rest, none, all = f:read('*l'), f:read('*a'), f:read('l'), f:read('a')
      return l, L, hex, float, math.type(float), seven, four, line, rest, none, all`),
    ["line 1", "line 2\n", 31, -25, "float", 7, " rest", "", "last", undefined, ""],
  );
});

Deno.test("lines() iterates, from a file and from io", async () => {
  assertEquals(
    await run(`
      local f = io.open('a', 'w') f:write('x\\n\\ny') f:close()
      local seen = {}
      for line in io.lines('a') do seen[#seen + 1] = '[' .. line .. ']' end
      f = io.open('a')
      for line in f:lines('L') do seen[#seen + 1] = line end
      return table.concat(seen), io.type(f), (pcall(io.lines, 'none'))`),
    ["[x][][y]x\n\ny", "file", false],
  );
});

Deno.test("the modes truncate, append, update and refuse", async () => {
  assertEquals(
    await run(`
      local function all(name) local f = io.open(name, 'rb') return f:read('a') end
      local f = io.open('a', 'wb') f:write('hello') f:close()
      f = io.open('a', 'a') f:write(' world') f:close()
      local appended = all('a')
      f = io.open('a', 'r+') f:write('J') f:seek('end') f:write('!') f:close()
      local updated = all('a')
      local r = io.open('a') local _, denied = r:write('x')
      local w = io.open('b', 'w') local _, unreadable = w:read('a')
      io.open('a', 'w'):close()
      return appended, updated, denied, unreadable, all('a')`),
    ["hello world", "Jello world!", "Bad file descriptor", "Bad file descriptor", ""],
  );
});

Deno.test("seek() moves and answers the position", async () => {
  assertEquals(
    await run(`
      local f = io.open('a', 'w+') f:write('0123456789')
      return f:seek('set', 3), f:read(2), f:seek(), f:seek('cur', -1), f:read(1), f:seek('end'),
        (f:seek('set', -1)), f:read(1), f:read(0)`),
    [3, "34", 5, 4, "4", 10, undefined, undefined, undefined],
  );
});

Deno.test("failures answer nil, message and errno, as in Lua", async () => {
  assertEquals(await run("return io.open('no/such')"), [
    undefined,
    "no/such: No such file or directory",
    2,
  ]);
  assertEquals((await run("return os.remove('none')"))[2], 2);
  assertEquals(
    await run("local n = os.tmpname() return os.remove(n), (os.remove(n)), (io.open(n))"),
    [true, undefined, undefined],
  );
  using lua = await createLuaRuntime({ module });
  assertThrows(() => lua.run("io.open('a', 'q')"), LuaError, "invalid mode");
  assertThrows(
    () => lua.run("local f = io.open('a', 'w') f:close() f:write('x')"),
    LuaError,
    "script:1: attempt to use a closed file",
  );
});

Deno.test("the host's files cannot be reached", async () => {
  assertEquals((await run("return io.open('/etc/hostname')"))[2], 2);
  assertEquals((await run("return io.open('deno.json')"))[2], 2);
});

Deno.test("a file holds any bytes exactly", async () => {
  using lua = await createLuaRuntime({ module });
  const [copy] = lua.run(`return function(bytes)
    local f = io.open('a', 'wb') f:write(bytes) f:close()
    f = io.open('a', 'rb') local back = f:read('a') f:close()
    return back == bytes
  end`);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assertEquals(lua.call(copy as () => unknown, bytes), [true]);
      assertEquals(lua.files.read("a"), bytes);
    }),
    { seed: 20_261 },
  );
});

Deno.test("the limit on files raises and leaves the runtime alive", async () => {
  using lua = await createLuaRuntime({ module, limits: { filesBytesMax: 1000 } });
  const error = assertThrows(
    () => lua.run("local f = io.open('a', 'w') for i = 1, 1e6 do f:write('0123456789') end"),
    LuaError,
  );
  assertEquals(
    error.message,
    'script:1: Cannot write "a": virtual files hold at most 1000 bytes',
  );
  assertEquals(lua.files.read("a")?.length, 1000);
});

Deno.test("a file that was removed while open still counts nothing it did not have", async () => {
  using lua = await createLuaRuntime({ module, limits: { filesBytesMax: 100 } });
  lua.run("local f = io.open('a', 'w') f:write(('x'):rep(90)) os.remove('a') f:close()");
  lua.run("local f = io.open('b', 'w') f:write(('x'):rep(90)) f:close()");
  assertEquals(lua.files.read("b")?.length, 90);
});
