import { AssertionError } from "@std/assert";

// deno-lint-ignore no-control-regex -- the start of a terminal's color code
const COLOR = /\u001b\[[0-9;]*m/g;

/** What a failed assertion of a script raises; the script finds `assertion_failed` as its code. */
export class FailedAssertion extends Error {
  override readonly name: string = "FailedAssertion";
  /** The same for every failed assertion. */
  readonly code: string = "assertion_failed";
}

/** Runs an assertion of `@std/assert` and turns its failure into one that reads well in Lua. */
export function checked(check: () => void, message?: string): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    const plain = error.message.replaceAll(COLOR, "").replaceAll(/\n\s*\n(\s*\n)*/g, "\n")
      .trimEnd();
    throw new FailedAssertion(message === undefined ? plain : `${message}\n${plain}`);
  }
}
