import { ScenarioError } from "./errors.ts";
import { parseHeader } from "./header.ts";
import type { ScenarioHeader } from "./header.ts";

/** The header of a script; an error names the file as well. */
export function headerOf(file: string, source: string): ScenarioHeader {
  try {
    return parseHeader(source);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new ScenarioError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}
