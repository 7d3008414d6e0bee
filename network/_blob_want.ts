/**
 * What is wanted, and from whom it can be had.
 */
import type { MemberId } from "../sync/mod.ts";
import type { BlobFailure } from "./blob_event.ts";
import type { BlobId, ManifestId } from "./blob_manifest.ts";
import type { BlobPartial } from "./blob_partial.ts";

/** What is known of one holder of one blob. */
export class Holder {
  /** `"yes"` while it may still bring the blob; otherwise why it does not. */
  hope: "yes" | BlobFailure = "yes";
  /** The manifest that it gave, or under which it brought a chunk. */
  vouched: ManifestId | undefined;
  /** How often in a row it did not answer about this blob. */
  timeouts = 0;
  /** Keys of requests that count as lost; what answers them late is welcome all the same. */
  readonly late: Set<string> = new Set();
}

/** A request that waits for its answer. */
export interface Request {
  /** Unique among the want's requests. */
  readonly key: string;
  /** The requester's count. */
  readonly number: number;
  readonly want: Want;
  readonly holder: Holder;
  /** `undefined` for an `ask`. */
  readonly chunk: { readonly manifestId: ManifestId; readonly index: number } | undefined;
  /** When it was handed over, in milliseconds since the Unix epoch. */
  atMs: number;
}

/** What to ask a holder for next. */
export type Step = Pick<Request, "key" | "chunk">;

/** The key of the request for a manifest, or for the bytes if they are one chunk. */
export const ASK_KEY: string = "ask";

/** The key of the request for a chunk. */
export function chunkRequestKey(manifestId: ManifestId, index: number): string {
  return `${manifestId}/${index}`;
}

/** A blob that is wanted. */
export class Want {
  readonly blobId: BlobId;
  sizeMax: number;
  readonly holders: Map<MemberId, Holder> = new Map();
  /** Keys of the requests that wait for an answer. */
  readonly open: Set<string> = new Set();

  constructor(blobId: BlobId, sizeMax: number) {
    this.blobId = blobId;
    this.sizeMax = sizeMax;
  }

  /** The holders that may still bring it. */
  hopeful(): [MemberId, Holder][] {
    return [...this.holders].filter(([, { hope }]) => hope === "yes");
  }

  /** Why nobody brings it; `undefined` while somebody may. What can change soonest comes first. */
  failure(): BlobFailure | undefined {
    const hopes = new Set([...this.holders.values()].map(({ hope }) => hope));
    if (hopes.has("yes")) return undefined;
    return REASONS.find((reason) => hopes.has(reason)) ?? "no_answer";
  }

  /**
   * What to ask a holder for; `undefined` if others are better asked, or all is on its way.
   *
   * @param partials What is there of the blob.
   * @param lateness How often in a row a holder has not answered; `undefined` if it is away.
   * @param mayAsk Whether it may be asked for what is not begun yet.
   */
  next(
    peer: MemberId,
    partials: readonly BlobPartial[],
    lateness: (peer: MemberId, holder: Holder) => number | undefined,
    mayAsk: () => boolean,
  ): Step | undefined {
    const holder = this.holders.get(peer);
    if (holder?.hope !== "yes") return undefined;
    const partial = partialFor(holder, partials);
    const rivals = this.hopeful().filter(([, other]) => partialFor(other, partials) === partial);
    const own = lateness(peer, holder) ?? Infinity;
    if (rivals.some(([other, its]) => (lateness(other, its) ?? Infinity) < own)) return undefined;
    if (partial === undefined) {
      return this.open.has(ASK_KEY) || !mayAsk() ? undefined : { key: ASK_KEY, chunk: undefined };
    }
    const { manifestId } = partial;
    for (const index of partial.missing) {
      const key = chunkRequestKey(manifestId, index);
      if (!this.open.has(key)) return { key, chunk: { manifestId, index } };
    }
    return undefined;
  }
}

const REASONS: readonly BlobFailure[] = [
  "no_answer",
  "refused",
  "storage_full",
  "limit_reached",
  "too_large",
  "bad_data",
];

/** A holder is asked by its own manifest; before it gave one, by the one with the most chunks. */
function partialFor(
  { vouched }: Holder,
  partials: readonly BlobPartial[],
): BlobPartial | undefined {
  if (vouched !== undefined) return partials.find(({ manifestId }) => manifestId === vouched);
  return partials.reduce<BlobPartial | undefined>(
    (best, one) => best === undefined || one.receivedBytes > best.receivedBytes ? one : best,
    undefined,
  );
}
