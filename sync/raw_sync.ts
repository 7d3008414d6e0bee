/**
 * One delivery converges: payloads of raw changes, computed from what a peer has acknowledged.
 *
 * There is no negotiation. A payload carries all that the recipient is not known to hold, and the
 * sender's heads; applying it brings the recipient's document up to them, and applying it twice is
 * harmless.
 *
 * @module
 */
import type { ArtifactDocument, ArtifactJudge } from "./artifact_document.ts";
import { SyncError } from "./errors.ts";
import type { HeadTracker } from "./head_tracker.ts";
import type { ApplyOutcome } from "./history.ts";
import type { Heads, MemberId } from "./ids.ts";
import type { ArtifactSyncPayload } from "./payload.ts";
import type { SyncedDocument } from "./synced_document.ts";

/** Who gets a broadcast. */
export interface BroadcastOptions {
  /** Everybody who may have the artifact; oneself among them is skipped. */
  readonly audience: Iterable<MemberId>;
  /** Who sends. */
  readonly self: MemberId;
}

/**
 * Prepares what one peer lacks, as far as is known: everything for a peer never heard of.
 *
 * @returns Its changes are empty if the peer is known to hold all that is here.
 */
export function preparePayload(
  document: SyncedDocument,
  tracker: HeadTracker,
  recipient: MemberId,
): ArtifactSyncPayload {
  return payloadSince(document, tracker.get(document.documentId, recipient));
}

/**
 * Applies what a peer sent, all or nothing, and records the heads that it said it holds. While
 * changes are missing nothing is applied and nothing recorded: tell the sender which heads are here
 * and it will send from there.
 *
 * @param judge Decides about the new changes together; see `ArtifactDocument.applyEncoded()`.
 * @returns What was done; see {@linkcode ApplyOutcome}.
 * @throws {SyncError} `wrong_document` if the payload is for another artifact, otherwise as
 * `ArtifactDocument.applyEncoded()` does. The document and the tracker are then as they were.
 *
 * @example What one writes another holds
 * ```ts
 * import {
 *   actorOf, applyPayload, ArtifactDocument, HeadTracker, parseMemberId, preparePayload,
 * } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const ada = parseMemberId("a1".repeat(32));
 * const ben = parseMemberId("b2".repeat(32));
 * const nowMs = () => 0;
 * using adas = ArtifactDocument.create({
 *   nonce: new Uint8Array(32), artifactType: "story", actor: actorOf(ada, 0), nowMs,
 * });
 * using bens = ArtifactDocument.awaiting(adas.artifactId, { actor: actorOf(ben, 0), nowMs });
 *
 * const payload = preparePayload(adas, new HeadTracker(), ben);
 * assertEquals(applyPayload(bens, new HeadTracker(), payload, ada).type, "applied");
 * assertEquals(bens.getHeads(), adas.getHeads());
 * ```
 */
export function applyPayload(
  document: ArtifactDocument,
  tracker: HeadTracker,
  payload: ArtifactSyncPayload,
  sender: MemberId,
  judge?: ArtifactJudge,
): ApplyOutcome {
  if (payload.artifactId !== document.artifactId) {
    throw new SyncError(
      "wrong_document",
      `Cannot apply payload: it is for artifact "${payload.artifactId}", not "${document.artifactId}"`,
    );
  }
  const outcome = document.applyEncoded(payload.changes, payload.senderHeads, judge);
  if (outcome.type !== "waiting") {
    tracker.update(document.artifactId, sender, payload.senderHeads);
  }
  return outcome;
}

/**
 * Prepares a payload for everybody who may have the artifact and is not known to hold all of it.
 * Peers that have acknowledged the same heads share one encoding.
 *
 * @returns In the order of the audience, each peer once.
 */
export function broadcastPayloads(
  document: ArtifactDocument,
  tracker: HeadTracker,
  { audience, self }: BroadcastOptions,
): [MemberId, ArtifactSyncPayload][] {
  const payloadByHeads = new Map<string, ArtifactSyncPayload>();
  const peers = [...new Set(audience)].filter((peer) => peer !== self);
  return peers.flatMap((peer): [MemberId, ArtifactSyncPayload][] => {
    const heads = tracker.get(document.artifactId, peer);
    const key = heads.join();
    const payload = payloadByHeads.get(key) ?? payloadSince(document, heads);
    payloadByHeads.set(key, payload);
    return payload.changes.length === 0 ? [] : [[peer, payload]];
  });
}

function payloadSince(document: SyncedDocument, heads: Heads): ArtifactSyncPayload {
  return {
    artifactId: document.documentId,
    senderHeads: document.getHeads(),
    changes: document.encodeChangesSince(heads),
    vouchers: [],
  };
}
