import { decodeWire, encodeWire } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { HeadTracker } from "./head_tracker.ts";
import type { Writer } from "./history.ts";
import { parseArtifactId, parseMemberId, sameHeads } from "./ids.ts";
import type { DocumentId, Heads, MemberId } from "./ids.ts";
import { shouldCompact } from "./store.ts";
import type { Sources } from "./sources.ts";
import type { Store, StoredDocument, StoreWriter } from "./store.ts";
import type { DocumentRules, SyncedDocument } from "./synced_document.ts";
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
  /** By document; artifacts are not listed. */
  kinds: "kinds",
} as const;

/** What a step of the engine has changed. */
export class Changed {
  /** Documents with new changes. */
  readonly documents: Set<SyncedDocument> = new Set();
  /** Documents that are not kept any more. */
  readonly removed: Set<DocumentId> = new Set();
  /** What peers are known to hold, by `document/peer`. */
  readonly known: Map<string, Heads> = new Map();
  /** Vouchers to pass on. */
  vouchers: [DocumentId, Voucher][] = [];
  /** Peers from whom nothing is taken any more. */
  readonly quarantined: [DocumentId, MemberId][] = [];
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
  readonly #rules: readonly DocumentRules[];
  readonly #savedHeads: Map<DocumentId, Heads> = new Map();

  /** @param rules Of each kind of document; the first kind is not listed in the store. */
  constructor(store: Store, self: MemberId, rules: readonly DocumentRules[]) {
    this.#store = store;
    this.#self = self;
    this.#rules = rules;
  }

  /**
   * Begins a session and gives its number: never the same twice, so actors are not either. The first
   * one is drawn, because whoever has lost its store must not write as the actor that it was.
   */
  openSession(sources: Pick<Sources, "randomBytes">): number {
    const before = this.#readNumber("session") ?? firstSession(sources);
    const session = before + 1;
    this.#store.transact((writer) => writer.put(SPACE.engine, "session", encodeWire(session)));
    return session;
  }

  /** The envelope numbers below this may have been used; `undefined` if none was. */
  readNumberCeiling(): number | undefined {
    return this.#readNumber("number");
  }

  /**
   * The documents that are kept.
   *
   * @throws {SyncError} `bad_changes` if one does not open with the heads it was kept with.
   */
  readDocuments(writer: Writer): SyncedDocument[] {
    const kinds = new Map(
      this.#store.entries(SPACE.kinds).map(([id, kind]) => [id, String(decodeWire(kind))]),
    );
    return this.#store.documents().map((id) => {
      const kind = kinds.get(id) ?? this.#rules[0]!.kind;
      const rules = this.#rules.find((one) => one.kind === kind);
      if (rules === undefined) {
        throw new SyncError(
          "bad_changes",
          `Cannot open document "${id}": kind "${kind}" is unknown`,
        );
      }
      const document = open(rules, this.#store.readDocument(id)!, writer);
      const kept = this.#store.get(SPACE.heads, `${id}/${this.#self}`);
      const heads = headsFromWire("heads", kept && decodeWire(kept));
      if (document.documentId !== id || !sameHeads(heads, document.getHeads())) {
        throw new SyncError(
          "bad_changes",
          `Cannot open artifact "${id}": its changes are not all there`,
        );
      }
      this.#savedHeads.set(document.documentId, heads);
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
  readVouchers(): [DocumentId, Voucher][] {
    return this.#store.entries(SPACE.vouchers).map(([key, value]) => [
      parseArtifactId(key.slice(0, 64)),
      decodeVoucher(decodeWire(value)),
    ]);
  }

  /** The peers from whom nothing is taken for a document. */
  readQuarantined(): [DocumentId, MemberId][] {
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
        writer.delete(SPACE.kinds, artifactId);
        for (const space of [SPACE.heads, SPACE.vouchers, SPACE.quarantined]) {
          writer.deletePrefix(space, `${artifactId}/`);
        }
      }
      if (changed.numberCeiling !== undefined) {
        writer.put(SPACE.engine, "number", encodeWire(changed.numberCeiling));
      }
    });
    for (const document of changed.documents) {
      this.#savedHeads.set(document.documentId, document.getHeads());
    }
    for (const artifactId of changed.removed) this.#savedHeads.delete(artifactId);
  }

  #writeDocument(writer: StoreWriter, document: SyncedDocument): void {
    const { documentId: artifactId } = document;
    const saved = this.#savedHeads.get(artifactId);
    if (saved === undefined) {
      const { kind } = this.#rules.find((rules) => rules.owns(document))!;
      if (kind !== this.#rules[0]!.kind) writer.put(SPACE.kinds, artifactId, encodeWire(kind));
      writer.putSnapshot(artifactId, document.save());
    } else {
      const changes = document.getChangesSince(saved);
      const sizes = changes.map((change) => writer.appendChunk(artifactId, change)).at(-1);
      if (sizes !== undefined && shouldCompact(sizes)) {
        writer.putSnapshot(artifactId, document.save());
      }
    }
    const heads = encodeWire(headsToWire(document.getHeads()));
    writer.put(SPACE.heads, `${artifactId}/${this.#self}`, heads);
  }

  #readNumber(key: string): number | undefined {
    const value = this.#store.get(SPACE.engine, key);
    return value === undefined ? undefined : Number(decodeWire(value));
  }
}

/**
 * Opens a snapshot and the changes after it. There are changes that Automerge takes one by one, as
 * they came, and on which it panics when it is given all at once.
 */
function open(rules: DocumentRules, stored: StoredDocument, writer: Writer): SyncedDocument {
  try {
    return rules.open(stored, writer);
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== "bad_changes") throw error;
    const document = rules.open({ ...stored, chunks: [] }, writer);
    for (const bytes of stored.chunks) {
      rules.apply(document, { bytes, announced: [], checkAuthors: () => {} });
    }
    return document;
  }
}

/** Half of all sessions are left to come after it. */
function firstSession({ randomBytes }: Pick<Sources, "randomBytes">): number {
  return new DataView(new Uint8Array(randomBytes(4)).buffer).getUint32(0) >>> 1;
}

function readPair(key: string): [DocumentId, MemberId] {
  return [parseArtifactId(key.slice(0, 64)), parseMemberId(key.slice(65))];
}
