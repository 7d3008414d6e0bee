import { assert, assertEquals } from "@std/assert";
import {
  ada,
  ben,
  bytes,
  cem,
  dia,
  openVault,
  refuses,
  types,
  unknown,
} from "../tests/_open_vault.ts";

Deno.test("Vault.grant() refuses in the order of the rules", () => {
  const { vault, bens, run, make, state } = openVault();
  const [story, gone, given] = [make(), make(), make()];
  run(vault.recall(gone).mutations);
  run([{ type: "set_status", documentId: given, status: "transferred" }]);
  run(vault.grant(story, ben, { mode: "timed", expiresAtMs: 6000 }));
  const mode = "revocable" as const;
  refuses(() => bens.grant(unknown, ben, { mode }), "artifact_not_found", "artifact not found");
  refuses(() => bens.grant(gone, ada, { mode }), "artifact_recalled", "artifact has been recalled");
  refuses(
    () => bens.grant(given, ada, { mode }),
    "artifact_transferred",
    "artifact has been transferred",
  );
  refuses(() => bens.grant(story, ben, { mode }), "already_granted", "grantee already has access");
  refuses(() => vault.grant(story, ada, { mode }), "already_granted", "grantee already has access");
  refuses(() => bens.grant(story, cem, { mode }), "not_steward", "not the steward");
  state.nowMs = 5999;
  refuses(() => vault.grant(story, ben, { mode }), "already_granted", "grantee already has access");
  state.nowMs = 6000; // an expired grant is no grant
  run(vault.grant(story, ben, { mode }));
});

Deno.test("Vault.grant() keeps one grant per grantee, whatever it inherits", () => {
  const { vault, index, run, make, attach, state } = openVault();
  const [top, child] = [make(), make()];
  attach(top, child);
  run(vault.grant(top, ben, { mode: "revocable" }));
  run(vault.grant(child, ben, { mode: "timed", expiresAtMs: 5001 }));
  state.nowMs = 5001;
  run(vault.grant(child, ben, { mode: "transfer" }));
  const expected = { grantee: ben, grantedBy: ada, grantedAtMs: 5001, mode: "transfer" } as const;
  assertEquals(index.get(child)?.grants, [expected]);
});

Deno.test("Vault.revoke() refuses in the order of the rules", () => {
  const { vault, bens, index, run, make, now } = openVault();
  const [story, gone] = [make(), make()];
  run(vault.recall(gone).mutations);
  const modes = [[ben, "revocable"], [cem, "transfer"], [dia, "permanent"]] as const;
  for (const [member, mode] of modes) run(vault.grant(story, member, { mode }));
  refuses(() => vault.revoke(unknown, ben), "artifact_not_found", "artifact not found");
  refuses(() => bens.revoke(gone, ben), "not_steward", "not the steward");
  refuses(() => vault.revoke(gone, dia), "artifact_not_active", "artifact is not active");
  refuses(() => vault.revoke(story, dia), "permanent_grant", "cannot revoke permanent grant");
  run(vault.revoke(story, ben));
  run(vault.revoke(story, cem));
  assertEquals(vault.revoke(story, ben), []);
  assertEquals(index.audience(story, now()), new Set([ada, dia]));
});

Deno.test("Vault.recall() cascades through three levels and keeps permanent grants", () => {
  const { vault, index, run, make, leaf, attach, now, vaultOf } = openVault();
  const [top, middle, low] = [make("collection"), make("gallery"), leaf("low")];
  attach(top, middle);
  attach(middle, low);
  run(vault.grant(top, ben, { mode: "permanent" }));
  run(vault.grant(middle, cem, { mode: "revocable" }));
  run(vault.grant(low, dia, { mode: "timed", expiresAtMs: 9000 }));
  const outcome = vault.recall(top);
  assert(outcome.recalled);
  assertEquals(outcome.artifacts.map(({ artifactId }) => artifactId), [top, middle, low]);
  assertEquals(outcome.artifacts.map(({ keepers }) => [...keepers]), [[ben], [ben], [ben]]);
  assertEquals(outcome.artifacts.map(({ droppers }) => [...droppers].sort()), [[], [cem], [
    cem,
    dia,
  ]]);
  assertEquals(outcome.artifacts.map(({ bytesMayGo }) => bytesMayGo), [false, false, false]);
  run(outcome.mutations);
  for (const id of [top, middle, low]) {
    assertEquals(index.get(id)?.status, "recalled");
    assertEquals(index.audience(id, now()), new Set([ada, ben]));
  }
  assertEquals(vault.recall(top), { recalled: false, mutations: [], artifacts: [] });
  assertEquals(vault.recall(unknown).recalled, false);
  assertEquals([vault.drops(), vaultOf(ben).drops()], [[], []]);
  assertEquals(vaultOf(cem).drops().map(({ what }) => what), ["all", "all", "all"]);
});

Deno.test("Vault.recall() lets bytes go that nobody keeps", () => {
  const { vault, index, run, leaf, vaultOf, bens } = openVault();
  const id = leaf("a");
  const { documentId } = index.get(id)!;
  refuses(() => bens.recall(id), "not_steward", "not the steward");
  run(vault.grant(id, ben, { mode: "revocable" }));
  const { mutations, artifacts } = vault.recall(id);
  const drop = { type: "drop", documentId, artifactId: id, what: "bytes" } as const;
  assertEquals(mutations.at(-1), drop);
  assertEquals(artifacts.map(({ bytesMayGo }) => bytesMayGo), [true]);
  run(mutations);
  assertEquals(vault.drops(), [drop]);
  const drops = vaultOf(ben).drops();
  assertEquals(drops, [{ ...drop, what: "all" }]);
  run(drops);
  assertEquals(index.get(id), undefined);
});

Deno.test("Vault.recall() leaves bytes that another artifact needs, and what others put below", () => {
  const { vault, index, run, leaf, make, bens, attach } = openVault();
  const [top, id] = [make(), leaf("a")];
  attach(top, id);
  const own = index.get(id)!.documentId;
  run(vault.grant(top, ben, { mode: "revocable" }));
  const { artifactId, mutations } = bens.addLeaf(bytes("a"));
  run(mutations);
  assertEquals([artifactId, index.named(id).length], [id, 2]);
  const theirs = make("gallery", bens);
  run(bens.attachChild(top, theirs));
  const outcome = vault.recall(top);
  assertEquals(outcome.artifacts.map(({ documentId }) => documentId), [top, own]);
  assertEquals(outcome.artifacts.map(({ bytesMayGo }) => bytesMayGo), [false, false]);
  run(outcome.mutations);
  assertEquals(index.get(theirs)?.status, "active");
  assertEquals(index.audience(theirs, { nowMs: 5000 }), new Set([ben]));
  assertEquals(
    bens.drops().map(({ documentId, what }) => [documentId, what]).sort(),
    [
      [own, "document"],
      [top, "all"],
    ].sort(),
  );
});

Deno.test("Vault.transfer() hands over and keeps a revocable grant", () => {
  const { vault, bens, index, run, make } = openVault();
  const [story, gone] = [make(), make()];
  run(vault.recall(gone).mutations);
  refuses(() => vault.transfer(unknown, ben), "artifact_not_found", "artifact not found");
  refuses(() => bens.transfer(gone, ben), "not_steward", "not the steward");
  refuses(() => vault.transfer(gone, ben), "artifact_not_active", "artifact is not active");
  refuses(() => vault.transfer(story, ada), "invalid_operation", "cannot transfer to its steward");
  const mutations = vault.transfer(story, ben);
  assertEquals(types(mutations), ["add_grant", "set_steward"]);
  run(mutations);
  assertEquals([index.get(story)?.steward, index.get(story)?.status], [ben, "active"]);
  assertEquals(index.access(story, ada, { nowMs: 5000 })?.mode, "revocable");
  refuses(() => vault.grant(story, cem, { mode: "revocable" }), "not_steward", "not the steward");
  run(bens.grant(story, cem, { mode: "revocable" }));
  run(bens.revoke(story, ada));
  assertEquals(index.access(story, ada, { nowMs: 5000 }), undefined);
});
