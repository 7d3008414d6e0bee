/**
 * The heads that each peer has acknowledged, per document.
 *
 * Never what was sent: a payload that waited may have been replaced, and one on its way may be lost.
 * What a peer said that it holds is the only safe base for the next payload. Unknown means `[]`,
 * which sends everything; too old a record sends too much; neither loses anything.
 *
 * @module
 */
import { bad, fieldsOf, headsFromWire, headsToWire, hex32 } from "./_wire_fields.ts";
import { encodeWire } from "./codec.ts";
import type { CborLimits, WireValue } from "./codec.ts";
import { parseArtifactId, parseHeads, parseMemberId } from "./ids.ts";
import type { DocumentId, Heads, MemberId } from "./ids.ts";

/** The version of the format that {@linkcode HeadTracker.save} writes. */
export const HEAD_TRACKER_VERSION: number = 1;

/** A saved tracker is one's own file and may be large: a million records of one head each. */
const LOAD_LIMITS: Partial<CborLimits> = { bytesMax: 256 * 1024 * 1024, itemsMax: 8_000_000 };

/**
 * What each peer is known to hold of each artifact.
 *
 * @example Unknown is nothing
 * ```ts
 * import { HeadTracker, parseArtifactId, parseHeads, parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const story = parseArtifactId("00".repeat(32));
 * const ben = parseMemberId("b2".repeat(32));
 * const tracker = new HeadTracker();
 * assertEquals(tracker.get(story, ben), []);
 *
 * const heads = parseHeads(["11".repeat(32)]);
 * tracker.update(story, ben, heads);
 * assertEquals(HeadTracker.load(tracker.save()).get(story, ben), heads);
 * ```
 */
export class HeadTracker {
  readonly #headsByPeerByArtifact: Map<DocumentId, Map<MemberId, Heads>> = new Map();

  /**
   * Opens what {@linkcode HeadTracker.save} gave.
   *
   * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
   */
  static load(bytes: Uint8Array): HeadTracker {
    const what = "head tracker";
    const { records } = fieldsOf(what, bytes, HEAD_TRACKER_VERSION, ["records"], LOAD_LIMITS);
    if (!Array.isArray(records)) throw bad(what, "records are not a list");
    const tracker = new HeadTracker();
    let last = "";
    for (const record of records as readonly WireValue[]) {
      if (!Array.isArray(record) || record.length !== 3) throw bad(what, "a record is not three");
      const artifactId = parseArtifactId(hex32(what, record[0]));
      const peer = parseMemberId(hex32(what, record[1]));
      if (artifactId + peer <= last) throw bad(what, "records are not ascending");
      last = artifactId + peer;
      tracker.update(artifactId, peer, headsFromWire(what, record[2]));
    }
    return tracker;
  }

  /** Records that a peer holds these heads of an artifact, whatever was recorded before. */
  update(artifactId: DocumentId, peer: MemberId, heads: Heads): void {
    const headsByPeer = this.#headsByPeerByArtifact.get(artifactId) ?? new Map<MemberId, Heads>();
    this.#headsByPeerByArtifact.set(artifactId, headsByPeer);
    headsByPeer.set(peer, parseHeads(heads));
  }

  /** The heads that a peer has acknowledged, sorted; `[]` if nothing is known of it. */
  get(artifactId: DocumentId, peer: MemberId): Heads {
    return this.#headsByPeerByArtifact.get(artifactId)?.get(peer) ?? [];
  }

  /** Forgets what one peer holds of one artifact: its grant has ended. */
  remove(artifactId: DocumentId, peer: MemberId): void {
    const headsByPeer = this.#headsByPeerByArtifact.get(artifactId);
    if (headsByPeer?.delete(peer) && headsByPeer.size === 0) this.removeArtifact(artifactId);
  }

  /** Forgets a peer: it has left. */
  removePeer(peer: MemberId): void {
    for (const artifactId of [...this.#headsByPeerByArtifact.keys()]) this.remove(artifactId, peer);
  }

  /** Forgets an artifact: it was recalled. */
  removeArtifact(artifactId: DocumentId): void {
    this.#headsByPeerByArtifact.delete(artifactId);
  }

  /** The tracker as bytes; trackers that hold the same give the same bytes. */
  save(): Uint8Array {
    const records = sorted(this.#headsByPeerByArtifact).flatMap(([artifactId, headsByPeer]) =>
      sorted(headsByPeer).map(([peer, heads]): WireValue => [
        Uint8Array.fromHex(artifactId),
        Uint8Array.fromHex(peer),
        headsToWire(heads),
      ])
    );
    return encodeWire({ v: HEAD_TRACKER_VERSION, records });
  }
}

function sorted<Key extends string, Value>(map: ReadonlyMap<Key, Value>): [Key, Value][] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1));
}
