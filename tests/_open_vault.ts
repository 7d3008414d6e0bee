import { assertEquals, assertThrows } from "@std/assert";
import { ArtifactIndex } from "../network/artifact_index.ts";
import type { ArtifactMutation } from "../network/artifact_mutation.ts";
import { NetworkError } from "../network/errors.ts";
import type { NetworkErrorCode } from "../network/errors.ts";
import { Vault } from "../network/vault.ts";
import { parseArtifactId, parseMemberId, seededSources } from "../sync/mod.ts";
import type { ArtifactId, MemberId } from "../sync/mod.ts";

/** Four members. */
export const [ada, ben, cem, dia] = ["a1", "b2", "c3", "d4"].map((byte) =>
  parseMemberId(byte.repeat(32))
) as [MemberId, MemberId, MemberId, MemberId];
/** An artifact that is nowhere. */
export const unknown = parseArtifactId("ee".repeat(32));
/** UTF-8. */
export const bytes = (text: string) => new TextEncoder().encode(text);

/** Vaults of several members over one index, and a clock. */
export function openVault() {
  const state = { nowMs: 5000 };
  const index = new ArtifactIndex({ self: ada });
  const sources = seededSources("7", () => state.nowMs);
  const vaultOf = (self: MemberId) => new Vault({ self, index, sources });
  const [vault, bens, cems] = [vaultOf(ada), vaultOf(ben), vaultOf(cem)];
  const run = (mutations: readonly ArtifactMutation[]) => index.apply(mutations);
  const make = (kind = "story", by = vault) => {
    const { artifactId, mutations } = by.compose(kind);
    run(mutations);
    return artifactId;
  };
  const leaf = (text: string, by = vault) => {
    const { artifactId, mutations } = by.addLeaf(bytes(text), { name: `${text}.txt` });
    run(mutations);
    return artifactId;
  };
  const attach = (parent: ArtifactId, ...children: ArtifactId[]) =>
    children.forEach((child) => run(vault.attachChild(parent, child)));
  const now = () => ({ nowMs: state.nowMs });
  return { state, index, vault, vaultOf, bens, cems, run, make, leaf, attach, now };
}

/** Checks the code and the text of an error. */
export function refuses(work: () => unknown, code: NetworkErrorCode, text: string): void {
  const error = assertThrows(work, NetworkError);
  assertEquals([error.code, error.message], [code, `Artifact error: ${text}`]);
}
/** What kinds of mutations there are. */
export const types = (mutations: readonly ArtifactMutation[]): string[] =>
  mutations.map(({ type }) => type);
