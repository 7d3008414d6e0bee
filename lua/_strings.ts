import type { LuaState } from "./_state.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LOSSY_DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const SCRATCH_BYTES = 65_536;
/** Up to this length a loop over ASCII is faster than the encoder and decoder. */
const SHORT_MAX = 128;
/** By length: where the letters of a short text are put together. */
const LETTERS: readonly number[][] = Array.from(
  { length: SHORT_MAX + 1 },
  (_, length) => new Array<number>(length).fill(0),
);

/** Strings in both directions. Lua's strings are bytes: valid UTF-8 is text, the rest stays bytes. */
export class LuaStrings {
  readonly #state: LuaState;
  readonly #scratch: number;

  constructor(state: LuaState) {
    this.#state = state;
    this.#scratch = state.malloc(SCRATCH_BYTES);
  }

  /** Pushes text as UTF-8. */
  pushText(L: number, text: string): void {
    if (text.length * 3 > SCRATCH_BYTES) return this.pushBytes(L, ENCODER.encode(text));
    const { bytes } = this.#state.memory;
    const at = this.#scratch;
    let length = asciiInto(bytes, at, text);
    if (length < 0) {
      length = ENCODER.encodeInto(text, bytes.subarray(at, at + SCRATCH_BYTES)).written;
    }
    this.#state.c.lua_pushlstring(L, at, length);
  }

  /** Pushes bytes as they are. */
  pushBytes(L: number, bytes: Uint8Array): void {
    const pointer = this.#state.malloc(bytes.length);
    try {
      this.#state.memory.bytes.set(bytes, pointer);
      this.#state.c.lua_pushlstring(L, pointer, bytes.length);
    } finally {
      this.#state.c.free(pointer);
    }
  }

  /** The string at `index`; the caller has checked that it is one. */
  read(L: number, index: number): string | Uint8Array {
    const { c, out, memory } = this.#state;
    const at = c.lua_tolstring(L, index, out) >>> 0;
    const length = memory.words[out >> 2]! >>> 0;
    const { bytes } = memory;
    const text = asciiFrom(bytes, at, length);
    if (text !== undefined) return text;
    const view = bytes.subarray(at, at + length);
    try {
      return DECODER.decode(view);
    } catch {
      return view.slice();
    }
  }

  /** The start of the string at `index`, for people: at most `bytesMax` bytes, then its length. */
  readStart(L: number, index: number, bytesMax: number): string {
    const { c, out, memory } = this.#state;
    const at = c.lua_tolstring(L, index, out) >>> 0;
    const length = memory.words[out >> 2]! >>> 0;
    const end = at + Math.min(length, bytesMax);
    const text = LOSSY_DECODER.decode(memory.bytes.subarray(at, end));
    return length > bytesMax ? `${text}... (${length} bytes)` : text;
  }

  /** How many bytes the string at `index` has. */
  length(L: number, index: number): number {
    const { c, out, memory } = this.#state;
    c.lua_tolstring(L, index, out);
    return memory.words[out >> 2]! >>> 0;
  }
}

function asciiInto(bytes: Uint8Array, at: number, text: string): number {
  if (text.length > SHORT_MAX) return -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return -1;
    bytes[at + i] = code;
  }
  return text.length;
}

function asciiFrom(bytes: Uint8Array, at: number, length: number): string | undefined {
  const letters = LETTERS[length];
  if (letters === undefined) return undefined;
  for (let i = 0; i < length; i++) {
    const code = bytes[at + i]!;
    if (code > 127) return undefined;
    letters[i] = code;
  }
  return String.fromCharCode.apply(null, letters);
}
