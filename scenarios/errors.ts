/** What can be wrong with a scenario before it runs. */
export type ScenarioErrorCode =
  /** The header asks for something unknown. */
  | "bad_header"
  /** A seed that is not a whole number from 0. */
  | "bad_seed"
  /** A file that is too large, or no scenarios at all. */
  | "bad_file";

/**
 * A fault in a scenario's file or in how it was asked to run.
 *
 * @example A header says what it can say
 * ```ts
 * import { parseHeader, ScenarioError } from "@indras/toolkit/scenarios";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => parseHeader("--- colour: blue"), ScenarioError, "colour");
 * ```
 */
export class ScenarioError extends Error {
  /** The class, also where classes are lost. */
  override readonly name: string = "ScenarioError";
  /** Which kind of fault this is. */
  readonly code: ScenarioErrorCode;

  /** Makes an error; `message` starts with "Cannot". */
  constructor(code: ScenarioErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
