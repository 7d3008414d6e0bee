import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { actorOf } from "../sync/mod.ts";
import type { ArtifactDocument, ArtifactId, MemberId } from "../sync/mod.ts";
import { ada, ben, cem, dia, openVault, unknown } from "../tests/_open_vault.ts";
import { ArtifactIndex } from "./artifact_index.ts";
import { applyMutation, createDocument } from "./artifact_mutation.ts";
import type { ArtifactMutation } from "./artifact_mutation.ts";
import { NetworkError } from "./errors.ts";

const SEED = 20260106;

Deno.test("Vault: the index kept live is the index rebuilt from documents, whatever is done", () => {
  const members = [ada, ben, cem];
  const step = fc.record({
    who: fc.constantFrom(...members),
    whom: fc.constantFrom(...members, dia),
    what: fc.constantFrom(
      "compose",
      "addLeaf",
      "attach",
      "attach",
      "detach",
      "grant",
      "grant",
      "revoke",
      "recall",
      "transfer",
      "drops",
    ),
    one: fc.nat(9),
    two: fc.nat(9),
    mode: fc.constantFrom("revocable", "permanent", "timed", "transfer"),
    waitMs: fc.nat(4),
    isSteward: fc.boolean(),
  });
  const carriedOut = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 60 }), (steps) => {
      const { index, vaultOf, run, state, now } = openVault();
      const documents = new Map<ArtifactId, ArtifactDocument>();
      const write = (who: MemberId, mutations: readonly ArtifactMutation[]) => {
        for (const mutation of mutations) {
          const writer = { actor: actorOf(who, 0), nowMs: () => state.nowMs };
          const { documentId } = mutation;
          if (mutation.type === "create") {
            documents.set(documentId, createDocument(mutation, writer));
          } else if (mutation.type === "drop") {
            if (mutation.what === "bytes") continue;
            documents.get(documentId)![Symbol.dispose]();
            documents.delete(documentId);
          } else {
            const before = documents.get(documentId)!;
            const after = before.fork(writer);
            before[Symbol.dispose]();
            documents.set(documentId, after);
            applyMutation(after, mutation);
          }
        }
      };
      for (const { who: asked, whom, what, one, two, mode, waitMs, isSteward } of steps) {
        state.nowMs += waitMs;
        const all = [...index.entries.values()].filter(({ documentId, grants }) =>
          what === "detach"
            ? index.parent(documentId) !== undefined
            : what !== "revoke" || grants.some(({ grantee }) => grantee === whom)
        );
        const id = (at: number) => all[at % Math.max(1, all.length)]?.documentId ?? unknown;
        const decided = what === "attach" || what === "detach" ? id(two) : id(one);
        const isFree = what === "compose" || what === "addLeaf" || what === "drops";
        const who = !isFree && isSteward ? index.get(decided)?.steward ?? asked : asked;
        const vault = vaultOf(who);
        const before = new Map(index.entries);
        try {
          const mutations = what === "compose"
            ? vault.compose("story", { name: "n", children: one > 6 ? [id(two)] : [] }).mutations
            : what === "addLeaf"
            ? vault.addLeaf(new Uint8Array([one % 3]), { mimeType: "x/y" }).mutations
            : what === "attach"
            ? vault.attachChild(id(one), id(two))
            : what === "detach"
            ? vault.detachChild(index.parent(id(two))?.documentId ?? id(one), id(two))
            : what === "grant"
            ? vault.grant(
              id(one),
              whom,
              mode === "timed"
                ? { mode, expiresAtMs: state.nowMs + 5 }
                : { mode: mode as "revocable" },
            )
            : what === "revoke"
            ? vault.revoke(id(one), whom)
            : what === "recall"
            ? vault.recall(id(one)).mutations
            : what === "transfer"
            ? vault.transfer(id(one), whom)
            : vault.drops();
          // Nobody writes what other peers would refuse: that would lock it out.
          for (const mutation of mutations) {
            const entry = index.entries.get(mutation.documentId);
            if (entry === undefined || mutation.type === "drop") continue;
            const isShared = ["append_ref", "remove_ref", "set_metadata"].includes(mutation.type);
            const mayWrite = isShared && index.isGrantee(entry.documentId, who, now());
            assert(entry.steward === who || mayWrite, mutation.type);
          }
          run(mutations);
          write(who, mutations);
          if (mutations.length > 0) carriedOut.set(what, (carriedOut.get(what) ?? 0) + 1);
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error;
          assertEquals(new Map(index.entries), before);
        }
        const rebuilt = new ArtifactIndex({ self: ada });
        for (const document of documents.values()) rebuilt.materialize(document);
        assertEquals(new Map(index.entries), new Map(rebuilt.entries));
        for (const { documentId, grants } of index.entries.values()) {
          assertEquals(index.audience(documentId, now()), rebuilt.audience(documentId, now()));
          assertEquals(index.descendants(documentId), rebuilt.descendants(documentId));
          assertEquals(new Set(grants.map(({ grantee }) => grantee)).size, grants.length);
        }
      }
      for (const document of documents.values()) document[Symbol.dispose]();
    }),
    { seed: SEED, numRuns: 25 },
  );
  // Each operation had its turn, more than once.
  assertEquals(carriedOut.size, 9);
  assert(Math.min(...carriedOut.values()) > 5, JSON.stringify([...carriedOut]));
});
