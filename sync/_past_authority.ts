import type { Handle } from "./_automerge.ts";
import { readEntries } from "./_paged_list.ts";
import type { PastAuthority } from "./authority.ts";
import { parseMemberId } from "./ids.ts";
import type { Heads, MemberId } from "./ids.ts";

/** Reads who decided in an artifact and who had access, as of some heads. */
export function authorityAt(handle: Handle, heads: Heads): PastAuthority {
  const at = [...heads];
  const steward = handle.getWithType("/", "steward", at)?.[1];
  let grantees: ReadonlySet<MemberId> | undefined;
  return {
    steward: steward === undefined ? undefined : parseMemberId(String(steward)),
    // Reading the past is dear, and what a steward writes needs no grant.
    get grantees() {
      const list = String(handle.getWithType("/", "grants")![1]);
      const entries = () => readEntries(handle, list, at);
      return grantees ??= new Set(entries().map(({ grantee }) => grantee as MemberId));
    },
  };
}
