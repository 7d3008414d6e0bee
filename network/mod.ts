/**
 * People and what they share: networks, home realms, artifacts, and the simulated world.
 *
 * Knows members, grants and transports. Knows no Lua, and no file but the one that a caller names.
 *
 * @module
 */
export { Artifact } from "./artifact.ts";
export type { GrantOptions } from "./artifact.ts";
export * from "./artifact_difference.ts";
export * from "./artifact_index.ts";
export * from "./artifact_mutation.ts";
export * from "./artifact_sync.ts";
export type { ArtifactAccess } from "./artifact_tree.ts";
export * from "./artifact_types.ts";
export * from "./converged.ts";
export * from "./display_name.ts";
export * from "./errors.ts";
export { HomeRealm } from "./home_realm.ts";
export type { CreateArtifactOptions } from "./home_realm.ts";
export * from "./identity.ts";
export * from "./identity_code.ts";
export * from "./identity_export.ts";
export * from "./invite.ts";
export * from "./invite_book.ts";
export * from "./issued_invite.ts";
export * from "./network.ts";
export * from "./realm_ids.ts";
export * from "./transports/simulated.ts";
export * from "./vault.ts";
