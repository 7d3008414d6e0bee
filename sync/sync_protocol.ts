/**
 * Automerge's interactive protocol, for peers that are online together and for peers that run plain
 * Automerge.
 *
 * It needs no record of what a peer holds, but two messages or more each way; what must reach a
 * peer that is away goes by payload, see `raw_sync.ts`.
 *
 * @module
 */
import { generate, newSession, receive, takeChanges } from "./_sync_session.ts";
import type { SyncableDocument, SyncSession } from "./_sync_session.ts";
import { HeadTracker } from "./head_tracker.ts";
import type { ApplyOutcome } from "./history.ts";
import { parseArtifactId } from "./ids.ts";
import type { ArtifactId, Heads, MemberId } from "./ids.ts";

export {
  SYNC_CHANGES_MAX,
  SYNC_HAVE_MAX,
  SYNC_MESSAGE_BYTES_MAX,
  SYNC_NEED_MAX,
} from "./_sync_message.ts";
export { SYNC_SEND_BYTES_MAX } from "./_sync_session.ts";
export type { SyncableDocument } from "./_sync_session.ts";

/** A document of any kind under its id, 64 lowercase hex digits. */
export type SyncDocument =
  & SyncableDocument
  & ({ readonly artifactId: string } | { readonly documentId: string });

/**
 * The conversations with all peers about all documents.
 *
 * Take out messages with {@linkcode SyncProtocol.generate} until there is none, whenever a document
 * has changed, a peer has connected or a message has come in. Messages must arrive in order and
 * each once; when a connection ends, say so with {@linkcode SyncProtocol.disconnect}.
 *
 * @example Two copies that grew apart hold the same once both are silent
 * ```ts
 * import {
 *   actorOf, InterfaceDocument, parseInterfaceId, parseMemberId, SyncProtocol,
 * } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = [parseMemberId("a1".repeat(32)), parseMemberId("b2".repeat(32))];
 * const interfaceId = parseInterfaceId("00".repeat(32));
 * const nowMs = () => 0;
 * using adas = InterfaceDocument.create({ interfaceId, actor: actorOf(ada, 0), nowMs });
 * using bens = InterfaceDocument.create({ interfaceId, actor: actorOf(ben, 0), nowMs });
 * const [adaTo, benTo] = [new SyncProtocol(), new SyncProtocol()];
 *
 * for (let isSilent = false; !isSilent;) {
 *   const hello = adaTo.generate(adas, ben);
 *   if (hello !== undefined) benTo.receive(bens, ada, hello);
 *   const answer = benTo.generate(bens, ada);
 *   if (answer !== undefined) adaTo.receive(adas, ben, answer);
 *   isSilent = hello === undefined && answer === undefined;
 * }
 * assertEquals(adas.getHeads(), bens.getHeads());
 * ```
 */
export class SyncProtocol {
  readonly #shared: HeadTracker;
  readonly #sessions: Map<MemberId, Map<ArtifactId, SyncSession>> = new Map();

  /**
   * Conversations that have not begun.
   *
   * @param shared The heads that are known to be shared with each peer, kept up to date here.
   */
  constructor(shared: HeadTracker = new HeadTracker()) {
    this.#shared = shared;
  }

  /**
   * Opens what {@linkcode SyncProtocol.save} gave; every connection is a new one.
   *
   * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
   */
  static load(bytes: Uint8Array): SyncProtocol {
    return new SyncProtocol(HeadTracker.load(bytes));
  }

  /** The next message to a peer about a document; `undefined` if there is nothing to say. */
  generate(document: SyncDocument, peer: MemberId): Uint8Array | undefined {
    const id = idOf(document);
    const [session, message] = generate(document, this.#session(id, peer));
    this.#keep(id, peer, session);
    return message;
  }

  /**
   * Takes in a message from a peer about a document. Its changes are checked like any that come
   * from elsewhere, and applied all or nothing. Those that depend on changes that are not here are
   * held until they come; that is `waiting`.
   *
   * @returns What became of its changes; `already_had` if there were none.
   * @throws {SyncError} `bad_changes`, `bad_schema` or `too_large` if the message or a change in it
   * is not right; the document is then as it was, and the connection not worth keeping.
   */
  receive(document: SyncDocument, peer: MemberId, message: Uint8Array): ApplyOutcome {
    return this.#take(document, peer, (session) => receive(document, session, message));
  }

  /**
   * Tries the held changes of a peer again: what they wait for may have come from another peer.
   *
   * @throws {SyncError} as {@linkcode SyncProtocol.receive} does.
   */
  applyHeld(document: SyncDocument, peer: MemberId): ApplyOutcome {
    return this.#take(document, peer, (session) => takeChanges(document, session, []));
  }

  /** The heads that are known to be shared with a peer; `[]` if nothing is known of it. */
  sharedHeads(document: SyncDocument, peer: MemberId): Heads {
    return this.#shared.get(idOf(document), peer);
  }

  /** A connection has ended: what was under way on it counts as lost. Shared heads stay. */
  disconnect(peer: MemberId): void {
    this.#sessions.delete(peer);
  }

  /** Forgets a peer: it has left. */
  removePeer(peer: MemberId): void {
    this.disconnect(peer);
    this.#shared.removePeer(peer);
  }

  /** Forgets a document: it is no longer here. */
  removeDocument(document: SyncDocument): void {
    const id = idOf(document);
    for (const sessions of this.#sessions.values()) sessions.delete(id);
    this.#shared.removeArtifact(id);
  }

  /** The shared heads as bytes, in the format of {@linkcode HeadTracker.save}. */
  save(): Uint8Array {
    return this.#shared.save();
  }

  #take(
    document: SyncDocument,
    peer: MemberId,
    take: (session: SyncSession) => readonly [SyncSession, ApplyOutcome],
  ): ApplyOutcome {
    const id = idOf(document);
    const session = this.#session(id, peer);
    try {
      const [after, outcome] = take(session);
      this.#keep(id, peer, after);
      return outcome;
    } catch (error) {
      // What was held may be the reason, and would be for ever.
      this.#keep(id, peer, { ...session, held: new Uint8Array(0), missing: [] });
      throw error;
    }
  }

  #session(id: ArtifactId, peer: MemberId): SyncSession {
    return this.#sessions.get(peer)?.get(id) ?? newSession(this.#shared.get(id, peer));
  }

  #keep(id: ArtifactId, peer: MemberId, session: SyncSession): void {
    const sessions = this.#sessions.get(peer) ?? new Map<ArtifactId, SyncSession>();
    this.#sessions.set(peer, sessions.set(id, session));
    if (session.shared.length > 0) this.#shared.update(id, peer, session.shared);
    else this.#shared.remove(id, peer);
  }
}

/** The tracker names documents of every kind as it names artifacts. */
function idOf(document: SyncDocument): ArtifactId {
  return parseArtifactId("artifactId" in document ? document.artifactId : document.documentId);
}
