import { assert, assertEquals } from "@std/assert";
import { artifactIdOf, MemoryStore, parseMemberId, seededSources } from "../sync/mod.ts";
import type { ArtifactId, MemberId } from "../sync/mod.ts";
import { BLOB_ORIGIN_LEAVES_MAX } from "./_blob_origins.ts";
import { BLOB_WANTS_PER_STEWARD_MAX } from "./_blob_shares.ts";
import { BLOB_WANTS_MAX } from "./_blob_wants.ts";
import { ArtifactIndex } from "./artifact_index.ts";
import { blobIdOf, leafType } from "./artifact_types.ts";
import { HomeBlobs } from "./home_blobs.ts";

const [ADA, BEN, CYD, EVE] = ["a1", "b2", "c3", "e5"].map((byte) =>
  parseMemberId(byte.repeat(32))
) as [MemberId, MemberId, MemberId, MemberId];
const PHOTO = new Uint8Array(3_000).fill(7);
const PHOTO_ID = blobIdOf(PHOTO);
let nonces = 0;

/** The bytes of one member, and leaves as if they had arrived. */
class Home {
  readonly self: MemberId;
  readonly store: MemoryStore;
  readonly index: ArtifactIndex;
  readonly blobs: HomeBlobs;

  constructor(self: MemberId, store = new MemoryStore(), index = new ArtifactIndex({ self })) {
    [this.self, this.store, this.index] = [self, store, index];
    const sources = seededSources(self, () => 5_000);
    this.blobs = new HomeBlobs({ self, sources, store, index: () => index });
    this.blobs.review();
  }

  /** A leaf of somebody's that lets these in. */
  leaf(steward: MemberId, grantees: readonly MemberId[], id = PHOTO_ID, size = 3_000): ArtifactId {
    const nonce = new Uint8Array(32);
    new DataView(nonce.buffer).setUint32(0, nonces++);
    const documentId = artifactIdOf(steward, nonce);
    const artifactType = leafType(id, size);
    const create = { type: "create", documentId, nonce, artifactType, steward } as const;
    this.index.apply([
      { ...create, createdAtMs: 1 },
      ...grantees.map((grantee) => ({
        ...{ type: "add_grant", documentId } as const,
        grant: { grantee, grantedBy: steward, grantedAtMs: 1, mode: "revocable" } as const,
      })),
    ]);
    this.blobs.review();
    return documentId;
  }

  /** Puts bytes there, and a leaf of this member's for them. */
  upload(grantees: readonly MemberId[], bytes = PHOTO): ArtifactId {
    const id = blobIdOf(bytes);
    this.blobs.put(id, bytes);
    return this.leaf(this.self, grantees, id, bytes.length);
  }

  restart(): Home {
    return new Home(this.self, this.store, this.index);
  }
}

/** Carries what these have for each other. Gives what happened at the first. */
function exchange(...homes: Home[]) {
  for (const one of homes) for (const other of homes) one.blobs.transfer.onReachable(other.self);
  const events = [];
  for (let turn = 0; turn < 50; turn++) {
    for (const from of homes) {
      for (const to of homes) {
        if (from === to) continue;
        for (const message of from.blobs.riders.take(to.self, 1_000_000)) {
          to.blobs.riders.receive(from.self, message);
        }
      }
    }
    for (const home of homes) {
      const told = home.blobs.takeEvents();
      if (home === homes[0]) events.push(...told);
    }
  }
  return events;
}

/** Whether one gives the photo to another, who wants it in its own way. */
function gives(from: Home, to: MemberId): boolean {
  const other = new Home(to);
  other.leaf(from.self, [to]);
  exchange(other, from);
  return other.blobs.get(PHOTO_ID) !== undefined;
}

Deno.test("HomeBlobs: bytes go to whom the leaf lets in by which they came", () => {
  const ada = new Home(ADA);
  ada.upload([BEN]);
  assertEquals([BEN, CYD].map((peer) => gives(ada, peer)), [true, false]);
  const ben = new Home(BEN);
  ben.leaf(ADA, [BEN, CYD]);
  exchange(ben, ada);
  assertEquals(ben.blobs.get(PHOTO_ID), PHOTO);
  assertEquals([ADA, CYD, EVE].map((peer) => gives(ben, peer)), [true, true, false]);
});

Deno.test("HomeBlobs: a leaf that names what is here gives it to nobody", () => {
  let ada = new Home(ADA);
  const own = ada.upload([BEN]);
  ada.leaf(EVE, [ADA, CYD]);
  for (let restart = 0; restart < 2; restart++) {
    assertEquals([BEN, CYD, EVE].map((peer) => gives(ada, peer)), [true, false, false]);
    ada = ada.restart();
  }
  // Nor does it when the other is gone: the bytes are not kept for its sake.
  ada.index.remove(own);
  ada.blobs.review();
  assertEquals([ada.blobs.get(PHOTO_ID), ada.blobs.transfer.wanted.size], [undefined, 1]);
});

Deno.test("HomeBlobs: of two leaves that may have brought it, both have to let in", () => {
  const ada = new Home(ADA);
  ada.upload([BEN, CYD]);
  const ben = new Home(BEN);
  ben.leaf(EVE, [BEN, ADA]); // before anything is here
  ben.leaf(ADA, [BEN, CYD]);
  exchange(ben, ada);
  assertEquals(ben.blobs.get(PHOTO_ID), PHOTO);
  assertEquals([ADA, CYD, EVE].map((peer) => gives(ben, peer)), [true, false, false]);
  const crowded = new Home(BEN);
  for (let n = 0; n <= BLOB_ORIGIN_LEAVES_MAX; n++) crowded.leaf(n === 0 ? ADA : EVE, [BEN, ADA]);
  exchange(crowded, ada);
  assertEquals(crowded.blobs.get(PHOTO_ID), PHOTO);
  assertEquals([ADA, EVE].map((peer) => gives(crowded.restart(), peer)), [false, false]);
});

Deno.test("HomeBlobs: who puts bytes there that it had from another gives them by either", () => {
  const ada = new Home(ADA);
  ada.upload([BEN]);
  const ben = new Home(BEN);
  const first = ben.leaf(ADA, [BEN]);
  exchange(ben, ada);
  ben.upload([CYD]);
  assertEquals([ADA, CYD, EVE].map((peer) => gives(ben, peer)), [true, true, false]);
  ben.index.remove(first);
  ben.blobs.review();
  const again = ben.restart();
  assertEquals(again.blobs.get(PHOTO_ID), PHOTO);
  assertEquals([ADA, CYD].map((peer) => gives(again, peer)), [false, true]);
});

Deno.test("HomeBlobs: what was put there and never made a leaf of is let go", () => {
  const ada = new Home(ADA);
  ada.blobs.put(blobIdOf(PHOTO), PHOTO);
  const again = ada.restart();
  assertEquals([again.blobs.get(PHOTO_ID), again.blobs.transfer.wanted.size], [undefined, 0]);
  assertEquals(ada.store.entries("blob_origins"), []);
});

Deno.test("HomeBlobs: a claim of somebody who is away holds nobody up", () => {
  const ada = new Home(ADA);
  ada.upload([BEN]);
  const ben = new Home(BEN);
  ben.leaf(EVE, [BEN], PHOTO_ID, 1); // who says that it is a byte long
  ben.leaf(ADA, [BEN]);
  const events = exchange(ben, ada);
  assertEquals(events.map(({ type }) => type), ["blob_arrived"]);
  assertEquals(ben.blobs.get(PHOTO_ID), PHOTO);
});

Deno.test("HomeBlobs: one that names more than can be wanted leaves room for others", () => {
  const ada = new Home(ADA);
  const ben = new Home(BEN);
  const photos = Array.from({ length: 3 }, (_, n) => new Uint8Array(100).fill(n));
  const count = BLOB_WANTS_PER_STEWARD_MAX + 20;
  for (let n = 0; n < count; n++) {
    const id = blobIdOf(new TextEncoder().encode(`${n}`));
    const nonce = new Uint8Array(32);
    new DataView(nonce.buffer).setUint32(4, n);
    ben.index.apply([{
      ...{ type: "create", nonce, steward: EVE, createdAtMs: 1, artifactType: leafType(id, 5) },
      documentId: artifactIdOf(EVE, nonce),
    }, {
      ...{ type: "add_grant", documentId: artifactIdOf(EVE, nonce) },
      grant: { grantee: BEN, grantedBy: EVE, grantedAtMs: 1, mode: "revocable" },
    }]);
  }
  ben.blobs.review();
  assertEquals(ben.blobs.transfer.wanted.size, BLOB_WANTS_PER_STEWARD_MAX);
  assert(BLOB_WANTS_PER_STEWARD_MAX < BLOB_WANTS_MAX);
  for (const photo of photos) {
    ada.upload([BEN], photo);
    ben.leaf(ADA, [BEN], blobIdOf(photo), 100);
  }
  exchange(ben, ada);
  for (const photo of photos) assertEquals(ben.blobs.get(blobIdOf(photo)), photo);
});

Deno.test("HomeBlobs: what there was no room for is asked for once something has arrived", () => {
  const ada = new Home(ADA);
  const ben = new Home(BEN);
  const photos = Array.from(
    { length: BLOB_WANTS_PER_STEWARD_MAX + 5 },
    (_, n) => new TextEncoder().encode(`photo ${n}`),
  );
  for (const home of [ada, ben]) home.blobs.review = () => {}; // once for all of them
  for (const photo of photos) {
    ada.upload([BEN], photo);
    ben.leaf(ADA, [BEN], blobIdOf(photo), photo.length);
  }
  for (const home of [ada, ben]) HomeBlobs.prototype.review.call(home.blobs);
  assertEquals(ben.blobs.transfer.wanted.size, BLOB_WANTS_PER_STEWARD_MAX);
  exchange(ben, ada);
  assertEquals(ben.blobs.transfer.wanted.size, 0);
  for (const photo of photos) assertEquals(ben.blobs.get(blobIdOf(photo)), photo);
});
