/**
 * By which leaves the bytes that are here came.
 *
 * The id of bytes is no secret, and whoever knows it can make a leaf that names them. A holder that
 * gave bytes to whomever any leaf lets in would give them to everybody who knows the id.
 */
import { decodeWire, encodeWire, parseArtifactId } from "../sync/mod.ts";
import type { ArtifactId, Store, WireValue } from "../sync/mod.ts";
import type { BlobId } from "./blob_manifest.ts";
import { BlobError } from "./blob_errors.ts";

/** Ways by which the bytes of one blob came that are remembered; the oldest is forgotten. */
export const BLOB_ORIGINS_MAX: number = 64;

/** Leaves that may all have brought the bytes of one blob; if there are more, nobody gets it by them. */
export const BLOB_ORIGIN_LEAVES_MAX: number = 64;

const SPACE = "blob_origins";
/** No document has this id. */
const NOBODY = parseArtifactId("0".repeat(64));

/**
 * Leaves by their documents. Where it cannot be told which of several brought the bytes, only what
 * all of them allow is allowed: nobody can widen who gets bytes by naming them first.
 */
type Way = readonly ArtifactId[];

interface Origins {
  readonly ways: readonly Way[];
  /** Whether this peer has put the bytes there itself, and made no leaf of them yet. */
  readonly isExpected: boolean;
}

const NONE: Origins = { ways: [], isExpected: false };

/** Remembers, for the bytes that are here, the ways by which they came. */
export class BlobOrigins {
  readonly #store: Store;
  readonly #known: Map<BlobId, Origins> = new Map();

  /**
   * What a store holds.
   *
   * @throws {BlobError} `corrupt` if it is not what was put there.
   */
  constructor(store: Store) {
    this.#store = store;
    for (const [key, value] of store.entries(SPACE)) {
      this.#known.set(key as BlobId, readOrigins(key, value));
    }
  }

  /** Whether any way is known. */
  has(blobId: BlobId): boolean {
    return this.of(blobId).length > 0;
  }

  /** The ways; whoever all leaves of one of them let in may have the bytes. */
  of(blobId: BlobId): readonly Way[] {
    return (this.#known.get(blobId) ?? NONE).ways;
  }

  /** Whether bytes were put here for a leaf that is to be made. */
  isExpected(blobId: BlobId): boolean {
    return (this.#known.get(blobId) ?? NONE).isExpected;
  }

  /** Bytes were put here for a leaf that is to be made. */
  expect(blobId: BlobId): void {
    this.#put(blobId, { ways: this.of(blobId), isExpected: true });
  }

  /** The bytes came in these ways, too; nothing more is expected. A way of no leaves is none. */
  add(blobId: BlobId, ways: readonly Way[]): void {
    const before = this.of(blobId);
    const names = new Set(before.map((way) => way.join()));
    const more = ways.filter((way) => way.length > 0).map(cut);
    const added = more.filter((way) => !names.has(way.join()));
    if (added.length === 0 && !this.isExpected(blobId)) return;
    this.#put(blobId, { ways: [...before, ...added].slice(-BLOB_ORIGINS_MAX), isExpected: false });
  }

  /** The bytes are here no more. */
  forget(blobId: BlobId): void {
    if (this.#known.delete(blobId)) {
      this.#store.transact((writer) => writer.delete(SPACE, blobId));
    }
  }

  #put(blobId: BlobId, origins: Origins): void {
    this.#known.set(blobId, origins);
    const fields = [origins.isExpected, origins.ways.map((way) => [...way])];
    this.#store.transact((writer) => writer.put(SPACE, blobId, encodeWire(fields)));
  }
}

function cut(way: Way): Way {
  if (way.length <= BLOB_ORIGIN_LEAVES_MAX) return way;
  return [NOBODY, ...way.slice(0, BLOB_ORIGIN_LEAVES_MAX)];
}

function readOrigins(key: string, value: Uint8Array): Origins {
  try {
    const [isExpected, ways] = decodeWire(value) as [boolean, WireValue[][]];
    return {
      isExpected: isExpected === true,
      ways: ways.map((way) => way.map((id) => parseArtifactId(String(id)))),
    };
  } catch (cause) {
    throw new BlobError("corrupt", `Cannot read origins of blob "${key}"`, { cause });
  }
}
