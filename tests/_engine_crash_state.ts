/** What the crash test of the engine and the process that it kills both know. */
import { createIdentity } from "../network/mod.ts";
import type { Identity } from "../network/mod.ts";
import { Engine, seededSources, systemSources } from "../sync/mod.ts";
import type { MemberId, Store } from "../sync/mod.ts";

const keysOf = (name: string): Identity => createIdentity(seededSources(name, () => 0));

/** What the document's id is made of, besides who made it. */
export const NONCE: Uint8Array = new Uint8Array(32);
/** The peer that is killed. */
export const CRASH_ADA: MemberId = keysOf("ada").memberId;
/** The peer that hears from it afterwards. */
export const CRASH_BEN: MemberId = keysOf("ben").memberId;

/** The engine of one of the two over a store. */
export function crashEngine(store: Store, name: "ada" | "ben" = "ada"): Engine {
  return new Engine({ keys: keysOf(name), sources: systemSources(), store });
}
