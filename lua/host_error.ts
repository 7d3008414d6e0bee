import { ERROR_TEXT_MAX } from "./limits.ts";
import { defineLuaClass, type LuaClass } from "./userdata.ts";

/**
 * An error that a binding threw, as the value that Lua catches. A binding that is handed a caught
 * error receives one of these.
 */
export class HostError {
  /** What the binding threw. */
  readonly error: unknown;
  /** Where Lua called the binding, such as `a.lua:3: `, or an empty text. */
  readonly place: string;

  /** Pairs an error with its place. */
  constructor(error: unknown, place: string) {
    this.error = error;
    this.place = place;
  }

  /** The message, without the place. */
  get message(): string {
    return this.error instanceof Error ? this.error.message : String(this.error);
  }

  /**
   * The `code` of the error, if it has one that is a text or a number; `"bad_argument"` for what a
   * call cannot be given.
   */
  get code(): string | number | undefined {
    const { error } = this;
    const code = typeof error === "object" && error !== null && "code" in error
      ? error.code
      : undefined;
    if (typeof code === "string" || typeof code === "number") return code;
    return error instanceof TypeError || error instanceof RangeError ? "bad_argument" : undefined;
  }

  /** The place and the message: what `tostring` answers in Lua. */
  toString(): string {
    return this.place + this.message;
  }
}

/** About what an error takes besides its text: it remembers where it was thrown. */
const ERROR_BYTES = 1024;

/** What Lua sees of a {@linkcode HostError}: it prints as its message and carries its code. */
export const HOST_ERROR_CLASS: LuaClass = defineLuaClass({
  name: "error",
  type: HostError,
  fields: {
    code: (self) => self.code,
    message: (self) => self.message,
  },
  describe: (self) => self.toString(),
  weigh: (self) => ERROR_BYTES + 2 * self.message.length,
  metamethods: { __concat: (left, right) => textOf(left) + textOf(right) },
});

function textOf(value: unknown): string {
  if (value instanceof HostError || typeof value === "string" || typeof value === "number") {
    return String(value);
  }
  throw new TypeError(`attempt to concatenate a ${value === undefined ? "nil" : typeof value}`);
}

const RECENT_MAX = 16;

/** Finds the host error again when a script has turned it into text and raised that. */
export class HostErrors {
  readonly #recent: HostError[] = [];

  /** What Lua will catch for `error`. */
  make(error: unknown, place: string): HostError {
    const value = new HostError(error, place);
    if (value.message.length > ERROR_TEXT_MAX) return value; // Too large to be kept for a search.
    this.#recent.unshift(value);
    this.#recent.length = Math.min(this.#recent.length, RECENT_MAX);
    return value;
  }

  /** The latest error whose text, or else whose message, stands in `text`. */
  findIn(text: string): HostError | undefined {
    return this.#recent.find((value) => text.includes(value.toString())) ??
      this.#recent.find((value) => value.message !== "" && text.endsWith(value.message));
  }
}
