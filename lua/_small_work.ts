import { type LuaExports, TYPE } from "./_exports.ts";
import type { LuaState } from "./_state.ts";

/** Whether a call with the arguments on the stack of `L` ends soon. Looks, and runs nothing. */
export type IsSmall = (state: LuaState, L: number) => boolean;

/** Bytes of the texts of one call that are looked at once. */
const TEXT_BYTES_MAX = 1000;
/** Items of a list that are moved or joined. */
const ITEMS_MAX = 1000;
const REPEATS_MAX = 100;
/** Comparisons that a pattern may take at the worst. */
const PATTERN_STEPS_MAX = 200_000;

/**
 * The functions of Lua's libraries that may run without a slice, by library and name; whatever is
 * not named here gets one. `undefined` stands for those that take the same short time for all
 * arguments, or call Lua where it can be left. Nothing here may call Lua where it cannot: what runs
 * there, its memory and its collector are without an end that anyone could set.
 */
export const SMALL_WORK: ReadonlyMap<string, IsSmall | undefined> = new Map([
  ...named("_G", undefined, [
    ...["assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal"],
    ...["rawget", "rawlen", "rawset", "select", "setmetatable", "type"],
  ]),
  ...named("_G", hasShortTexts, ["tonumber"]),
  ...named("_G", isPlain, ["ipairs()", "tostring"]),
  ...named('""', isShortAndPlain, [
    ...["__add", "__sub", "__mul", "__mod", "__pow", "__div", "__idiv", "__unm"],
  ]),
  ...named("math", undefined, [
    ...["abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "log", "max"],
    ...["min", "modf", "rad", "random", "randomseed", "sin", "sqrt", "tan", "tointeger", "type"],
    "ult",
  ]),
  ...named("string", undefined, ["gmatch", "len"]),
  ...named("string", hasShortTexts, [
    ...["byte", "char", "lower", "reverse", "sub", "upper"],
  ]),
  ...named("string", isShortAndPlain, ["format"]),
  ...named("string", isSimplePattern, ["find", "match"]),
  ...named("string", isSimpleReplacement, ["gsub"]),
  ...named("string", repeatsLittle, ["rep"]),
  ...named("utf8", undefined, ["codes"]),
  ...named("utf8", hasShortTexts, ["char", "codepoint", "len", "offset"]),
  ...named("table", undefined, ["pack"]),
  ...named("table", isShortList(2), ["concat", "remove"]),
  ...named("table", isShortList(3), ["insert"]),
  ...named("table", isShortList(1), ["unpack"]),
  ...named("coroutine", undefined, ["create", "isyieldable", "running", "status", "yield"]),
]);

function named<T>(library: string, rule: T, names: readonly string[]): [string, T][] {
  return names.map((name) => [`${library}.${name}`, rule]);
}

function hasShortTexts({ c, memory, out }: LuaState, L: number): boolean {
  let bytes = 0;
  for (let i = c.lua_gettop(L); i > 0; i--) {
    if (c.lua_type(L, i) !== TYPE.string) continue;
    c.lua_tolstring(L, i, out);
    bytes += memory.words[out >> 2]! >>> 0;
  }
  return bytes <= TEXT_BYTES_MAX;
}

/** No argument with a metatable of a script or of the host, which could have Lua called. */
function isPlain({ c }: LuaState, L: number): boolean {
  for (let i = c.lua_gettop(L); i > 0; i--) {
    if (hasMetatable(c, L, i)) return false;
  }
  return true;
}

function hasMetatable(c: LuaExports, L: number, index: number): boolean {
  const type = c.lua_type(L, index);
  if (type !== TYPE.table && type !== TYPE.userdata) return false;
  if (c.lua_getmetatable(L, index) === 0) return false;
  c.lua_settop(L, -2);
  return true;
}

function isShortAndPlain(state: LuaState, L: number): boolean {
  return hasShortTexts(state, L) && isPlain(state, L);
}

function repeatsLittle(state: LuaState, L: number): boolean {
  return state.c.lua_tonumberx(L, 2, 0) <= REPEATS_MAX && hasShortTexts(state, L);
}

function isSimpleReplacement(state: LuaState, L: number): boolean {
  return state.c.lua_type(L, 3) === TYPE.string && isSimplePattern(state, L);
}

/** Each quantifier may try every length that is left, from every place of the text. */
function isSimplePattern(state: LuaState, L: number): boolean {
  const { c, memory, out } = state;
  if (c.lua_type(L, 1) !== TYPE.string || c.lua_type(L, 2) !== TYPE.string) return false;
  if (!hasShortTexts(state, L)) return false;
  c.lua_tolstring(L, 1, out);
  const textBytes = memory.words[out >> 2]!;
  const at = c.lua_tolstring(L, 2, out) >>> 0;
  const patternBytes = memory.words[out >> 2]!;
  let steps = (textBytes + 1) * (patternBytes + 1);
  for (let i = at; i < at + patternBytes && steps <= PATTERN_STEPS_MAX; i++) {
    const isEscaped = memory.bytes[i] === ESCAPE;
    if (isEscaped) i++;
    if ((isEscaped ? LONG_CLASSES : QUANTIFIERS).has(memory.bytes[i]!)) steps *= textBytes + 1;
  }
  return steps <= PATTERN_STEPS_MAX;
}

const ESCAPE = "%".charCodeAt(0);
const QUANTIFIERS = codesOf("*+-?");
/** `%b` walks to its other end, `%1` compares what a capture holds. */
const LONG_CLASSES = codesOf("b123456789");

function codesOf(letters: string): ReadonlySet<number> {
  return new Set([...letters].map((letter) => letter.charCodeAt(0)));
}

/** A plain list of few items, without what would let its metatable answer in its place. */
function isShortList(argumentsMax: number): IsSmall {
  return ({ c }, L) => {
    if (c.lua_gettop(L) > argumentsMax || c.lua_type(L, 1) !== TYPE.table) return false;
    return !hasMetatable(c, L, 1) && c.lua_rawlen(L, 1) <= ITEMS_MAX;
  };
}
