/**
 * The library modules that come with the toolkit and that every script can require by their name.
 *
 * @module
 */
import liveNetworkHelpers from "./lib/live_network_helpers.lua" with { type: "text" };

/** The text of each module, by its name. */
export const HELPERS: ReadonlyMap<string, string> = new Map([
  ["live_network_helpers", liveNetworkHelpers],
]);
