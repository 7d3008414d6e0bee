/** Faults 21 to 25 of the prior system: who stays out, who may have bytes, and what leaves the house. */
import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { blobIdOf, importIdentity } from "../network/mod.ts";
import { encodeBlobMessage } from "../network/_blob_messages.ts";
import { leafType } from "../network/artifact_types.ts";
import { ArtifactDocument, openEnvelope } from "../sync/mod.ts";
import type { ArtifactId } from "../sync/mod.ts";
import { People } from "./_people.ts";
import type { Cheat, Person } from "./_people.ts";

const codeOf = (work: () => unknown) => (assertThrows(work) as { code?: string }).code;
const photo = (seed: string, length = 5_000) => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = seed.charCodeAt(at % seed.length) + at % 251;
  return bytes;
};

Deno.test("fault 21: who is blocked is refused after a restart, too", () => {
  using people = new People();
  const { ada, eve } = people;
  const eves = eve.network.connect(ada.id);
  eves.send("first");
  people.settle();
  ada.network.contactsRealm().block(eve.id);
  for (let restart = 0; restart < 2; restart++) {
    const contacts = ada.restart().contactsRealm();
    people.settle();
    const before = ada.kept();
    eves.send(`again ${restart}`);
    people.world.runFor(3_600_000);
    people.settle();
    assertEquals([contacts.blocked(), contacts.isBlocked(eve.id)], [[eve.id], true]);
    assertEquals([contacts.requests(), ada.network.realms()], [[], []]);
    assertEquals(ada.kept(), before);
  }
  ada.network.contactsRealm().unblock(eve.id);
  eves.send("third");
  people.settle();
  assertEquals(ada.restart().contactsRealm().blocked(), []);
});

Deno.test("fault 21: what was left does not come back, whatever the others do", () => {
  using people = new People();
  const { ada, ben, cyd } = people;
  const garden = people.garden();
  const direct = people.direct();
  direct.ben.send("stay");
  people.settle();
  for (const id of [garden.id, direct.id]) ben.network.leaveRealm(id);
  people.settle();
  assertEquals([garden.ada.memberCount, garden.cyd.memberCount], [2, 2]);
  for (let restart = 0; restart < 2; restart++) {
    ben.restart();
    garden.ada.send("come back");
    garden.cyd.document("plan").update({ restart });
    direct.ada.send("come back");
    people.settle();
    assertEquals(ben.network.realms(), []);
    for (const id of [garden.id, direct.id]) {
      assertEquals(ben.network.realm(id), undefined);
      assertEquals(codeOf(() => ben.network.leaveRealm(id)), "not_found");
    }
  }
  for (const other of [ada, cyd]) {
    assertFalse(other.network.audience(garden.id as string as ArtifactId).has(ben.id));
  }
  assertEquals(ada.restart().realm(garden.id)!.memberCount, 2);
});

Deno.test("fault 22: invites end: by time, by use, by word; and stay ended after a restart", () => {
  using people = new People();
  const { ada, ben, cyd, eve } = people;
  const realm = ada.network.createRealm("Garden");
  const { nowMs } = people.world;
  const timed = realm.createInvite({ expiresAtMs: nowMs + 60_000 });
  const single = realm.createInvite({ usesMax: 1 });
  const revoked = realm.createInvite();
  const standing = realm.inviteCode();
  assertEquals(realm.invites().length, 4);
  assert(realm.revokeInvite(realm.invites()[2]!.id));
  assertFalse(realm.revokeInvite(realm.invites()[2]!.id));

  // Ben is in by the one for one; asking again takes no second place.
  const bens = ben.network.join(single);
  assertEquals(ben.network.join(single), bens);
  people.settle();
  assert(bens.isMember);

  // Who asks while nobody can be reached is told in the end, by the inviter's clock.
  people.world.goOffline(cyd.id);
  const cyds = cyd.network.join(timed);
  people.world.runFor(60_000);
  const refusalsOf = (invites: readonly string[]) =>
    invites.map((invite) => {
      const joined = eve.network.join(invite);
      people.settle();
      assertEquals([joined.isMember, joined.messages()], [false, []]);
      const code = codeOf(() => joined.send("hello"));
      eve.network.leaveRealm(joined.id);
      return code;
    });
  for (let restart = 0; restart < 2; restart++) {
    assertEquals(codeOf(() => eve.network.join(timed)), "invite_expired");
    assertEquals(refusalsOf([single, revoked]), ["realm_full", "invite_revoked"]);
    ada.restart();
  }
  people.world.goOnline(cyd.id);
  people.settle();
  assertFalse(cyds.isMember);
  assertEquals(codeOf(() => cyds.send("hello")), "invite_expired");
  const adas = ada.network.realm(realm.id)!;
  assertEquals([adas.memberCount, adas.inviteCode()], [2, standing]);
  assert(adas.revokeInvite(adas.invites()[3]!.id));
  assertEquals(refusalsOf([standing]), ["invite_revoked"]);
});

/** Ada's photo, which Ben may look at, Cyd has for good, and Eve must not have. */
function shared(people: People) {
  const { ada, ben, cyd } = people;
  const home = ada.network.homeRealm();
  const bytes = photo("tides");
  const id = home.upload(bytes, { name: "tides.png", mimeType: "image/png" });
  home.grantAccess(id, ben.id, { mode: "revocable" });
  home.grantAccess(id, cyd.id, { mode: "permanent" });
  people.settle();
  return { home, id, bytes };
}

/** What a cheat that asks for bytes is given, in the words of the protocol. */
function bytesFor(cheat: Cheat, holder: Person, blobId: ArtifactId): number {
  cheat.received.length = 0;
  const ask = encodeBlobMessage({ type: "ask", number: 1, blobId });
  cheat.send(holder, cheat.seal(holder, [new Uint8Array([0xff, ...ask])]));
  const bodies = cheat.received.flatMap(({ bytes }) => openEnvelope(cheat.keys, bytes).bodies);
  return bodies.reduce((most, { length }) => Math.max(most, length), 0);
}

Deno.test("fault 23: bytes go to those who may have them, as long as they may", () => {
  using people = new People();
  const { ada, ben, cyd, eve } = people;
  const { home, id, bytes } = shared(people);
  assertEquals(ben.network.homeRealm().getArtifact(id), bytes);
  assertEquals(codeOf(() => eve.network.homeRealm().getArtifact(id)), "artifact_not_found");
  const eves = people.cheat(eve);
  for (const holder of [ada, ben, cyd]) assert(bytesFor(eves, holder, id) < 1_000);

  home.revokeAccess(id, ben.id);
  people.settle();
  const bens = people.cheat(ben);
  for (const holder of [ada, cyd]) assert(bytesFor(bens, holder, id) < 1_000);
  // The check is a check: Cyd, who may, is given them.
  const cyds = people.cheat(cyd);
  assert(bytesFor(cyds, ada, id) >= bytes.length);
});

Deno.test("fault 23: nobody gets bytes by claiming that they are its own", () => {
  for (const how of ["steward", "grantee", "transferred"] as const) {
    using people = new People();
    const { ada, ben, cyd, eve } = people;
    const { home, id, bytes } = shared(people);
    home.revokeAccess(id, ben.id); // who knows the id, and what it is of
    people.settle();
    const cheat = people.cheat(eve);
    const bens = people.cheat(ben);
    const [grantedBy, grantedAtMs] = [eve.id, people.world.nowMs];
    for (const [n, holder] of [ada, cyd].entries()) {
      using claim = ArtifactDocument.create({
        ...{ nonce: new Uint8Array(32).fill(n), artifactType: leafType(id, bytes.length) },
        ...cheat.writer,
      });
      for (const grantee of [holder.id, eve.id, ben.id]) {
        claim.addGrant({ grantee, grantedBy, grantedAtMs, mode: "permanent" });
      }
      if (how === "transferred") claim.setSteward(holder.id);
      cheat.bring(holder, claim);
      assert(holder.network.artifact(claim.artifactId), "the claim itself is taken");
      const who = how === "grantee" ? bens : cheat;
      assert(bytesFor(who, holder, id) < 1_000, how);
      // It holds after a restart, too.
      holder.restart();
      people.settle();
      assert(bytesFor(who, holder, id) < 1_000, how);
    }
    assertEquals(ada.network.homeRealm().getArtifact(id), bytes);
  }
});

Deno.test("fault 23: a timed grant ends, whatever the clock began with", () => {
  using people = new People();
  const { ada, ben } = people;
  const home = ada.network.homeRealm();
  const bytes = photo("timed");
  const id = home.upload(bytes);
  home.grantAccess(id, ben.id, { mode: "timed", expiresAtMs: people.world.nowMs + 60_000 });
  people.settle();
  assertEquals(ben.network.homeRealm().getArtifact(id), bytes);
  assertEquals(home.sharedWith(ben.id).map((one) => one.id), [id]);
  people.world.runFor(60_000);
  assertEquals(codeOf(() => ben.network.homeRealm().getArtifact(id)), "no_access");
  assertEquals(home.sharedWith(ben.id), []);
  const cheat = people.cheat(ben);
  assert(bytesFor(cheat, ada, id) < 1_000);
  home.grantAccess(id, ben.id, { mode: "timed", expiresAtMs: 0 });
  people.settle();
  assertEquals([home.sharedWith(ben.id), bytesFor(cheat, ada, id) < 1_000], [[], true]);
});

Deno.test("fault 23: a recall takes it from those who borrowed it, and from nobody else", () => {
  using people = new People();
  const { ada, ben, cyd } = people;
  const { home, id, bytes } = shared(people);
  const late = home.upload(photo("late"), { name: "late.png" });
  people.world.goOffline(cyd.id);
  home.grantAccess(late, cyd.id, { mode: "permanent" });
  for (const one of [id, late]) assertEquals([home.recall(one), home.recall(one)], [true, false]);
  people.settle();
  assertEquals(codeOf(() => ben.network.homeRealm().getArtifact(id)), "artifact_not_found");
  assertFalse(ben.store.entries("blobs").some(([key]) => key.includes(id)));
  assertEquals(codeOf(() => home.getArtifact(id)), "artifact_recalled");
  // Cyd was away; what is hers for good still reaches her.
  people.world.goOnline(cyd.id);
  people.settle();
  assertEquals(cyd.network.homeRealm().getArtifact(id), bytes);
  assertEquals(cyd.network.homeRealm().getArtifact(late), photo("late"));
  ada.restart();
  cyd.restart();
  people.settle();
  assertEquals(cyd.network.homeRealm().getArtifact(late), photo("late"));
});

Deno.test({
  name: "fault 24: a file's name from elsewhere is a text, and never a place",
  permissions: "none",
  fn: () => {
    using people = new People();
    const { ada, ben } = people;
    const home = ada.network.homeRealm();
    for (const name of ["../../etc/passwd", "/etc/passwd", "C:\\boot.ini", "a\0b", ".", "~"]) {
      const id = home.upload(photo(name), { name, mimeType: "../../x" });
      assertEquals(id, blobIdOf(photo(name)));
      home.grantAccess(id, ben.id, { mode: "permanent" });
      people.settle();
      assertEquals(ben.network.homeRealm().getArtifact(id), photo(name));
      const [entry] = ben.network.homeRealm().sharedWith(ben.id).filter((one) => one.id === id);
      assertEquals([entry!.name, entry!.mimeType], [name, "../../x"]);
      for (const { store } of [ada, ben]) {
        const keys = ["network", "kinds", "heads", "blobs", "blob_chunks", "blob_hashes"]
          .flatMap((space) => store.entries(space).map(([key]) => key));
        for (const key of [...keys, ...store.documents()]) assertFalse(key.includes(name), key);
      }
    }
  },
});

Deno.test("fault 25: an exported identity is sealed, and no other bytes are one", () => {
  using people = new People();
  const { ada } = people;
  const secret = ada.keys.secretKey.export({ format: "jwk" }).d!;
  const raw = Uint8Array.fromBase64(secret, { alphabet: "base64url" }).toHex();
  const sealed = ada.network.exportIdentity("correct horse");
  const plain = ada.network.exportIdentity();
  assert(plain.toHex().includes(raw), "this is how it would look");
  assertFalse(sealed.toHex().includes(raw));
  assertEquals(importIdentity(sealed, { passphrase: "correct horse" }).memberId, ada.id);
  assertEquals(codeOf(() => importIdentity(sealed)), "passphrase_needed");
  assertEquals(codeOf(() => importIdentity(sealed, { passphrase: "wrong" })), "wrong_passphrase");
  assertEquals(codeOf(() => importIdentity(plain, { passphrase: "any" })), "bad_identity");
  for (const whole of [sealed, plain]) {
    for (let length = 0; length < whole.length; length++) {
      assertEquals(codeOf(() => importIdentity(whole.slice(0, length))), "bad_identity");
    }
    const longer = new Uint8Array([...whole, 0]);
    assertEquals(codeOf(() => importIdentity(longer)), "bad_identity");
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at]! ^= 1;
      assertEquals(codeOf(() => importIdentity(damaged)), "bad_identity", `byte ${at}`);
    }
  }
});
