/**
 * `actionbus`: what mods and TypeScript do for one another.
 *
 * @module
 */
import type { ActionHandler, ActionOutcome } from "../_glyphcase_actions.ts";
import { toPlain } from "../_glyphcase_values.ts";
import { asErrand } from "../errand.ts";
import type { LuaFunction } from "../values.ts";
import { LuaMulti } from "../values.ts";
import { text } from "./_arguments.ts";
import { callback } from "./_callback.ts";
import { nothing } from "./network.ts";

/** What the table `actionbus` of one mod stands on. */
export interface ActionbusContext {
  /** Has an action handled. */
  readonly dispatch: (name: string, payload: unknown) => ActionOutcome;
  /** Makes the mod the one who handles an action. */
  readonly register: (name: string, handle: ActionHandler) => void;
  /** Calls a function of the mod; a promise if it waits for one. */
  readonly call: (fn: LuaFunction, payload: unknown) => unknown;
}

/** The functions of the table `actionbus`. */
export function actionbusFunctions(
  { dispatch, register, call }: ActionbusContext,
): Record<string, (...args: unknown[]) => unknown> {
  return {
    dispatch: asErrand((name, payload) => {
      const outcome = dispatch(text(name, "name"), toPlain(payload, "payload", "payload"));
      if (outcome.type === "unhandled") return new LuaMulti(undefined, "no handler");
      return outcome.result;
    }),
    register: asErrand((name, handler) => {
      const fn = callback(handler, "handler");
      return nothing(register(text(name, "name"), (payload) => call(fn, payload)));
    }),
  };
}
