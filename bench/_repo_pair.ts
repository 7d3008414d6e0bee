/**
 * Two repositories of automerge-repo in one process, connected by an adapter that counts.
 *
 * It hands messages over as they are, in a microtask: that is less than any transport costs.
 */
import * as Automerge from "@automerge/automerge/slim";
import {
  type DocHandle,
  type Message,
  NetworkAdapter,
  type PeerId,
  type PeerMetadata,
  Repo,
} from "npm:@automerge/automerge-repo@^2.5.0/slim";

/** What a story looks like to it. */
export interface RepoStory {
  references: { artifact_id: unknown; position: number; label: null }[][];
}

/** One document of a repository. */
export type RepoHandle = DocHandle<RepoStory>;

/** Two repositories, and what went between them: bytes of Automerge only, without any framing. */
export class RepoPair {
  readonly left: Repo = new Repo({ peerId: "left" as PeerId });
  readonly right: Repo = new Repo({ peerId: "right" as PeerId });
  messages = 0;
  bytes = 0;

  connect(): void {
    const adapters = [new DirectAdapter(this), new DirectAdapter(this)] as const;
    adapters[0].other = adapters[1];
    adapters[1].other = adapters[0];
    this.left.networkSubsystem.addNetworkAdapter(adapters[0]);
    this.right.networkSubsystem.addNetworkAdapter(adapters[1]);
  }

  /** Gives one of them a document that was saved. */
  add(side: "left" | "right", saved: Uint8Array, as?: RepoHandle): RepoHandle {
    const options = as === undefined ? {} : { docId: as.documentId };
    return this[side].import<RepoStory>(saved, options);
  }

  /** Waits until the other one holds just what these hold. */
  async until(handles: readonly RepoHandle[], side: "left" | "right" = "right"): Promise<void> {
    const heads = handles.map((handle) => Automerge.getHeads(handle.doc()));
    for (let n = 0; n < handles.length;) {
      const { documentId } = handles[n]!;
      const found = this[side].handles[documentId] as RepoHandle | undefined;
      const isThere = found?.isReady() === true &&
        sameHeads(Automerge.getHeads(found.doc()), heads[n]!);
      if (isThere) n++;
      else await pause(0);
    }
  }

  /** Waits until nothing was said for a while. */
  async quiet(quietMs = 300): Promise<void> {
    for (let before = -1; before !== this.messages;) {
      before = this.messages;
      await pause(quietMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.left.shutdown(), this.right.shutdown()]);
  }
}

/** Appends one reference, as the engine's documents do. */
export function appendInRepo(handle: RepoHandle, child: string, position: number): void {
  handle.change((draft) => {
    const page = draft.references.at(-1)!;
    page.push({ artifact_id: new Automerge.ImmutableString(child), position, label: null });
  });
}

/** Gives others a turn. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

class DirectAdapter extends NetworkAdapter {
  other!: DirectAdapter;
  readonly #pair: RepoPair;
  #up = Promise.withResolvers<void>();
  #isReady = false;

  constructor(pair: RepoPair) {
    super();
    this.#pair = pair;
  }

  override isReady(): boolean {
    return this.#isReady;
  }

  override whenReady(): Promise<void> {
    return this.#up.promise;
  }

  override connect(peerId: PeerId, peerMetadata: PeerMetadata = {}): void {
    this.peerId = peerId;
    this.peerMetadata = peerMetadata;
    if (this.other.peerId === undefined) return;
    this.#begin();
    this.other.#begin();
  }

  override send(message: Message): void {
    this.#pair.messages++;
    this.#pair.bytes += message.data?.length ?? 0;
    queueMicrotask(() => this.other.emit("message", message));
  }

  override disconnect(): void {
    if (this.other.peerId !== undefined) {
      this.emit("peer-disconnected", { peerId: this.other.peerId });
    }
  }

  #begin(): void {
    this.#isReady = true;
    this.#up.resolve();
    const { peerId, peerMetadata } = this.other;
    this.emit("peer-candidate", { peerId: peerId!, peerMetadata: peerMetadata ?? {} });
  }
}

function sameHeads(left: readonly string[], right: readonly string[]): boolean {
  return left.toSorted().join() === right.toSorted().join();
}
