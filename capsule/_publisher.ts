/**
 * Tells hooks and watchers of commits, one after the other.
 */
import type { Commit } from "./_transactor.ts";
import type { WatchHub } from "./_watch_hub.ts";
import { CapsuleError } from "./errors.ts";
import { HOOK_COMMITS_MAX } from "./save_hooks.ts";
import type { SaveHookRegistry } from "./save_hooks.ts";
import { TRANSACTION_CHANGES_MAX } from "./watch.ts";

/** Hooks that write cause commits, of which they are told after those before them. */
export class Publisher {
  readonly #saves: SaveHookRegistry;
  readonly #hub: WatchHub;
  readonly #onError: (error: unknown) => void;
  readonly #waiting: { readonly commit: Commit; readonly depth: number }[] = [];
  #isPublishing = false;
  /** Of the commit that hooks are being told of. */
  #depth = 0;

  constructor(
    { saves, hub, onError }: {
      readonly saves: SaveHookRegistry;
      readonly hub: WatchHub;
      readonly onError: (error: unknown) => void;
    },
  ) {
    this.#saves = saves;
    this.#hub = hub;
    this.#onError = onError;
  }

  /** Tells hooks of a commit, now or when they are done with others, and then watchers. */
  publish(commit: Commit): void {
    this.#waiting.push({ commit, depth: this.#isPublishing ? this.#depth + 1 : 0 });
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    try {
      for (let told = 0; this.#waiting.length > 0; told++) {
        const { commit: next, depth } = this.#waiting.shift()!;
        this.#depth = depth;
        this.#tellHooks(next, told);
        this.#hub.note(next);
      }
    } finally {
      this.#isPublishing = false;
    }
  }

  #tellHooks({ changes, isCutOff }: Commit, told: number): void {
    if (isCutOff) {
      this.#onError(
        new CapsuleError(
          "watch_overflow",
          `Cannot tell of changes: a transaction made more than ${TRANSACTION_CHANGES_MAX}`,
        ),
      );
    }
    if (changes.length === 0 || !this.#saves.wantsChanges) return;
    if (told <= HOOK_COMMITS_MAX) {
      return this.#saves.after(changes, { depth: this.#depth, onError: this.#onError });
    }
    // None is told of this, so there will be no more of them.
    this.#onError(
      new CapsuleError(
        "watch_loop",
        `Cannot tell hooks of changes: they caused ${HOOK_COMMITS_MAX} commits`,
      ),
    );
  }
}
