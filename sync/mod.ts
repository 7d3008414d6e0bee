/**
 * Store-and-forward sync of Automerge documents between peers.
 *
 * Knows documents, heads, payloads and receipts. Knows no realm, no socket, no timer and no clock
 * that was not handed in, and needs no permission.
 *
 * @module
 */
export * from "./access.ts";
export * from "./artifact_document.ts";
export type { ArtifactRef } from "./artifact_entries.ts";
export {
  ARTIFACT_NONCE_BYTES,
  ARTIFACT_STATUSES,
  ARTIFACT_TYPE_LENGTH_MAX,
  artifactIdOf,
  LABEL_LENGTH_MAX,
  METADATA_KEY_LENGTH_MAX,
  METADATA_VALUE_BYTES_MAX,
  RESERVED_KEY_PREFIX,
} from "./artifact_schema.ts";
export type { ArtifactStatus } from "./artifact_schema.ts";
export * from "./blake3.ts";
export * from "./codec.ts";
export * from "./authority.ts";
export * from "./authorship.ts";
export * from "./engine.ts";
export * from "./engine_options.ts";
export * from "./envelope.ts";
export * from "./mailbox.ts";
export * from "./errors.ts";
export * from "./event_store.ts";
export * from "./head_tracker.ts";
export type { ApplyOutcome, Writer } from "./history.ts";
export * from "./hybrid_clock.ts";
export * from "./ids.ts";
export * from "./interface_document.ts";
export type { InterfaceEvent } from "./interface_events.ts";
export * from "./interface_id.ts";
export type { Membership } from "./interface_members.ts";
export {
  EVENT_BODY_BYTES_MAX,
  EVENT_KIND_LENGTH_MAX,
  INTERFACE_MEMBERS_MAX,
  INTERFACE_METADATA_KEYS_MAX,
} from "./interface_schema.ts";
export type { InterfaceWrites } from "./interface_schema.ts";
export * from "./keys.ts";
export * from "./memory_store.ts";
export * from "./payload.ts";
export * from "./raw_sync.ts";
export * from "./scan.ts";
export * from "./sources.ts";
export * from "./store.ts";
export * from "./sync_event.ts";
export * from "./sync_protocol.ts";
export * from "./synced_document.ts";
export * from "./transport.ts";
export * from "./value_document.ts";
export * from "./voucher.ts";
