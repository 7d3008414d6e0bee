import { ArtifactDocument } from "./artifact_document.ts";
import { decodeWire, encodeWire } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { HeadTracker } from "./head_tracker.ts";
import type { Writer } from "./history.ts";
import { parseArtifactId, parseMemberId, sameHeads } from "./ids.ts";
import type { ArtifactId, Heads, MemberId } from "./ids.ts";
import { shouldCompact } from "./store.ts";
import type { Store, StoreWriter } from "./store.ts";
import { decodeVoucher, encodeVoucher } from "./voucher.ts";
import type { Voucher } from "./voucher.ts";
import { headsFromWire, headsToWire } from "./_wire_fields.ts";

/** The spaces of a store that an engine uses. */
const SPACE = {
  /** `session`: how often the engine was opened; `number`: no envelope has a higher one. */
  engine: "engine",
  /** By document and peer: what the peer has acknowledged; under one's own id, the document's heads. */
  heads: "heads",
  /** By document and change. */
  vouchers: "vouchers",
  /** By document and peer. */
  quarantined: "quarantined",
} as const;

/** What a step of the engine has changed. */
export class Changed {
  /** Documents with new changes. */
  readonly documents: Set<ArtifactDocument> = new Set();
  /** Documents that are not kept any more. */
  readonly removed: Set<ArtifactId> = new Set();
  /** What peers are known to hold, by `document/peer`. */
  readonly known: Map<string, Heads> = new Map();
  /** Vouchers to pass on. */
  vouchers: [ArtifactId, Voucher][] = [];
  /** Peers from whom nothing is taken any more. */
  readonly quarantined: [ArtifactId, MemberId][] = [];
  /** Envelope numbers below it are spoken for. */
  numberCeiling: number | undefined;

  /** Whether there is nothing to keep. */
  get isEmpty(): boolean {
    const { documents, removed, known, vouchers, quarantined, numberCeiling } = this;
    const count = documents.size + removed.size + known.size + vouchers.length + quarantined.length;
    return count === 0 && numberCeiling === undefined;
  }
}

/** Keeps an engine's state in a store: each step one transaction. */
export class EngineStore {
  readonly #store: Store;
  readonly #self: MemberId;
  readonly #savedHeads: Map<ArtifactId, Heads> = new Map();

  constructor(store: Store, self: MemberId) {
    this.#store = store;
    this.#self = self;
  }

  /** Begins a session and gives its number: never the same twice, so actors are not either. */
  openSession(): number {
    const session = this.#readNumber("session") + 1;
    this.#store.transact((writer) => writer.put(SPACE.engine, "session", encodeWire(session)));
    return session;
  }

  /** The envelope numbers below this may have been used. */
  readNumberCeiling(): number {
    return this.#readNumber("number");
  }

  /**
   * The documents that are kept.
   *
   * @throws {SyncError} `bad_changes` if one does not open with the heads it was kept with.
   */
  readDocuments(writer: Writer): ArtifactDocument[] {
    return this.#store.documents().map((id) => {
      const { snapshot, chunks } = this.#store.readDocument(id)!;
      const document = open(snapshot ?? new Uint8Array(0), chunks, writer);
      const kept = this.#store.get(SPACE.heads, `${id}/${this.#self}`);
      const heads = headsFromWire("heads", kept && decodeWire(kept));
      if (document.artifactId !== id || !sameHeads(heads, document.getHeads())) {
        throw new SyncError(
          "bad_changes",
          `Cannot open artifact "${id}": its changes are not all there`,
        );
      }
      this.#savedHeads.set(document.artifactId, heads);
      return document;
    });
  }

  /** What peers have acknowledged. */
  readTracker(): HeadTracker {
    const tracker = new HeadTracker();
    for (const [key, value] of this.#store.entries(SPACE.heads)) {
      const [artifactId, peer] = readPair(key);
      if (peer !== this.#self) {
        tracker.update(artifactId, peer, headsFromWire("heads", decodeWire(value)));
      }
    }
    return tracker;
  }

  /** The vouchers that are kept. */
  readVouchers(): [ArtifactId, Voucher][] {
    return this.#store.entries(SPACE.vouchers).map(([key, value]) => [
      parseArtifactId(key.slice(0, 64)),
      decodeVoucher(decodeWire(value)),
    ]);
  }

  /** The peers from whom nothing is taken for a document. */
  readQuarantined(): [ArtifactId, MemberId][] {
    return this.#store.entries(SPACE.quarantined).map(([key]) => readPair(key));
  }

  /** Keeps what a step has changed; when this returns it is on disk. */
  write(changed: Changed): void {
    this.#store.transact((writer) => {
      for (const document of changed.documents) this.#writeDocument(writer, document);
      for (const [key, heads] of changed.known) {
        if (heads.length === 0) writer.delete(SPACE.heads, key);
        else writer.put(SPACE.heads, key, encodeWire(headsToWire(heads)));
      }
      for (const [artifactId, voucher] of changed.vouchers) {
        const key = `${artifactId}/${voucher.change}`;
        writer.put(SPACE.vouchers, key, encodeWire(encodeVoucher(voucher)));
      }
      for (const pair of changed.quarantined) {
        writer.put(SPACE.quarantined, pair.join("/"), new Uint8Array(0));
      }
      for (const artifactId of changed.removed) {
        writer.removeDocument(artifactId);
        for (const space of [SPACE.heads, SPACE.vouchers, SPACE.quarantined]) {
          writer.deletePrefix(space, `${artifactId}/`);
        }
      }
      if (changed.numberCeiling !== undefined) {
        writer.put(SPACE.engine, "number", encodeWire(changed.numberCeiling));
      }
    });
    for (const document of changed.documents) {
      this.#savedHeads.set(document.artifactId, document.getHeads());
    }
    for (const artifactId of changed.removed) this.#savedHeads.delete(artifactId);
  }

  #writeDocument(writer: StoreWriter, document: ArtifactDocument): void {
    const { artifactId } = document;
    const saved = this.#savedHeads.get(artifactId);
    if (saved === undefined) writer.putSnapshot(artifactId, document.save());
    else {
      const changes = document.getChangesSince(saved);
      const sizes = changes.map((change) => writer.appendChunk(artifactId, change)).at(-1);
      if (sizes !== undefined && shouldCompact(sizes)) {
        writer.putSnapshot(artifactId, document.save());
      }
    }
    const heads = encodeWire(headsToWire(document.getHeads()));
    writer.put(SPACE.heads, `${artifactId}/${this.#self}`, heads);
  }

  #readNumber(key: string): number {
    const value = this.#store.get(SPACE.engine, key);
    return value === undefined ? 0 : Number(decodeWire(value));
  }
}

/**
 * Opens a snapshot and the changes after it. There are changes that Automerge takes one by one, as
 * they came, and on which it panics when it is given all at once.
 */
function open(
  snapshot: Uint8Array,
  chunks: readonly Uint8Array[],
  writer: Writer,
): ArtifactDocument {
  try {
    return ArtifactDocument.loadStored(snapshot, chunks, writer);
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== "bad_changes") throw error;
    const document = ArtifactDocument.loadStored(snapshot, [], writer);
    for (const chunk of chunks) document.applyChanges([chunk]);
    return document;
  }
}

function readPair(key: string): [ArtifactId, MemberId] {
  return [parseArtifactId(key.slice(0, 64)), parseMemberId(key.slice(65))];
}
