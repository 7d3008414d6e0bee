/**
 * People and what they share: networks, home realms, artifacts, and the simulated world.
 *
 * Knows members, grants and transports. Knows no Lua, and no file but the one that a caller names.
 *
 * @module
 */
export * from "./alias.ts";
export { Artifact } from "./artifact.ts";
export type { GrantOptions } from "./artifact.ts";
export * from "./artifact_difference.ts";
export * from "./artifact_index.ts";
export * from "./artifact_mutation.ts";
export * from "./artifact_sync.ts";
export type { ArtifactAccess } from "./artifact_tree.ts";
export * from "./artifact_types.ts";
export * from "./blob_errors.ts";
export * from "./blob_event.ts";
export * from "./blob_manifest.ts";
export * from "./blob_partial.ts";
export * from "./blob_store.ts";
export * from "./blob_transfer.ts";
export * from "./blob_writer.ts";
export * from "./contact.ts";
export * from "./contacts_realm.ts";
export * from "./converged.ts";
export * from "./display_name.ts";
export * from "./document.ts";
export * from "./document_names.ts";
export * from "./errors.ts";
export * from "./event_stream.ts";
export { HomeRealm } from "./home_realm.ts";
export type { CreateArtifactOptions, SharedArtifact, UploadOptions } from "./home_realm.ts";
export * from "./identity.ts";
export * from "./identity_code.ts";
export * from "./identity_export.ts";
export * from "./invite.ts";
export * from "./invite_book.ts";
export * from "./issued_invite.ts";
export * from "./member_name.ts";
export * from "./messages.ts";
export * from "./network.ts";
export type { NetworkEvent } from "./network_event.ts";
export * from "./projection.ts";
export * from "./projection_source.ts";
export * from "./projection_tables.ts";
export * from "./read_tracker.ts";
export * from "./realm.ts";
export * from "./realm_event.ts";
export * from "./realm_host.ts";
export * from "./realm_ids.ts";
export * from "./realm_members.ts";
export * from "./realm_name.ts";
export * from "./realm_watcher.ts";
export * from "./search_rule.ts";
export type { SharedHeads } from "./shared_heads.ts";
export * from "./transports/simulated.ts";
export * from "./vault.ts";
