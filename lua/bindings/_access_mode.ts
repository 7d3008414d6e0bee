import type { GrantOptions } from "../../network/mod.ts";
import { isAccessMode } from "../../sync/mod.ts";
import { seconds, text } from "./_arguments.ts";

/** How a member may have something; a `"timed"` grant needs an expiry in Unix seconds. */
export function grantOptions(mode: unknown, expiresAt: unknown): GrantOptions {
  const word = text(mode, "mode");
  if (!isAccessMode(word)) {
    throw new TypeError(
      `Unknown access mode: ${word} (expected revocable, permanent, timed or transfer)`,
    );
  }
  if (word !== "timed") return { mode: word };
  return { mode: word, expiresAtMs: Math.floor(seconds(expiresAt, "expires_at")) };
}
