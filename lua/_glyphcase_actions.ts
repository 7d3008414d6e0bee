import { GlyphCaseError } from "./glyphcase_errors.ts";

/** Actions that can be registered at a time. */
export const ACTIONS_MAX: number = 1000;

/** Handles an action; what it answers goes to whoever dispatched it, a promise too. */
export type ActionHandler = (payload: unknown) => unknown;

/** What became of an action. */
export type ActionOutcome =
  | { readonly type: "handled"; readonly result: unknown }
  /** Nobody handles actions of that name. */
  | { readonly type: "unhandled" };

/** Actions by name, each with one handler, of a mod or of TypeScript. */
export class ActionBus {
  readonly #handlers: Map<string, { readonly owner: string; readonly handle: ActionHandler }> =
    new Map();

  /**
   * Registers a handler; a second one of the same owner takes the first one's place.
   *
   * @throws {GlyphCaseError} `action_taken`, `limit`
   */
  register(owner: string, name: string, handle: ActionHandler): Disposable {
    const known = this.#handlers.get(name);
    if (known !== undefined && known.owner !== owner) {
      throw new GlyphCaseError(
        "action_taken",
        `Cannot register action "${name}": "${known.owner}" handles it`,
        { mod: known.owner },
      );
    }
    if (known === undefined && this.#handlers.size >= ACTIONS_MAX) {
      throw new GlyphCaseError(
        "limit",
        `Cannot register action "${name}": there are ${ACTIONS_MAX} already`,
        { mod: owner },
      );
    }
    const entry = { owner, handle };
    this.#handlers.set(name, entry);
    return {
      [Symbol.dispose]: () => {
        if (this.#handlers.get(name) === entry) this.#handlers.delete(name);
      },
    };
  }

  /** Has an action handled. */
  dispatch(name: string, payload: unknown): ActionOutcome {
    const entry = this.#handlers.get(name);
    if (entry === undefined) return { type: "unhandled" };
    return { type: "handled", result: entry.handle(payload) };
  }
}
