import type { Handle } from "./_automerge.ts";
import type { ChangeHash, Heads } from "./ids.ts";
import type { ScanLimits } from "./scan.ts";

/** What became of changes that came from elsewhere. */
export type ApplyOutcome =
  | {
    readonly type: "applied";
    /** The hashes of the changes that were new here. */
    readonly changes: readonly ChangeHash[];
  }
  | { readonly type: "already_had" }
  | {
    readonly type: "waiting";
    /** The hashes of the changes that must come first. Nothing was applied. */
    readonly missing: Heads;
  };

/** What `History.apply()` takes besides the changes. */
export interface ApplyOptions {
  /** Limits of the payload other than the default ones. */
  readonly limits?: Partial<ScanLimits>;
  /**
   * Looks at all new changes together, once each has passed its check; throws to refuse them. It
   * reads what stood at heads before them, and may or may not find them in the document.
   */
  readonly judge?: (document: Handle) => void;
}
