/**
 * What a Lua script sees of a tree artifact.
 *
 * @module
 */
import { Artifact } from "../../network/mod.ts";
import type { AccessGrant, ArtifactRef } from "../../sync/mod.ts";
import { defineLuaClass } from "../userdata.ts";
import type { LuaClass } from "../userdata.ts";
import { grantOptions } from "./_access_mode.ts";
import { artifactId, bytes, member, optionalInteger, optionalText, text } from "./_arguments.ts";
import { nothing } from "./network.ts";

/** The methods of an artifact. */
export const ARTIFACT_CLASS: LuaClass = defineLuaClass({
  name: "Artifact",
  type: Artifact,
  methods: {
    id: (self) => self.id,
    kind: (self) => self.kind,
    steward: (self) => self.steward,
    status: (self) => self.status,
    append_ref: (self, child, position, label) => {
      const at = optionalInteger(position, "position");
      const name = optionalText(label, "label");
      return nothing(self.appendRef(artifactId(child, "child_id"), {
        ...(at !== undefined && { position: at }),
        ...(name !== undefined && { label: name }),
      }));
    },
    remove_ref: (self, child) => nothing(self.removeRef(artifactId(child, "child_id"))),
    references: (self) => self.references.map(toReference),
    grant: (self, grantee, mode, expiresAt) =>
      nothing(self.grant(member(grantee), grantOptions(mode, expiresAt))),
    revoke: (self, grantee) => {
      self.revoke(member(grantee));
      return nothing();
    },
    grants: (self) => self.grants.map(toGrant),
    set_metadata: (self, key, value) =>
      nothing(self.setMetadata(text(key, "key"), bytes(value, "value"))),
    get_metadata: (self, key) => self.getMetadata(text(key, "key")),
    metadata: (self) => Object.fromEntries(self.metadata),
    heads: (self) => [...self.heads],
    recall: (self) => self.recall(),
    transfer: (self, to) => nothing(self.transfer(member(to))),
  },
  describe: (self) => `Artifact(id=${self.id.slice(0, 8)}, kind=${self.kind})`,
});

function toReference({ artifactId, position, label }: ArtifactRef): Record<string, unknown> {
  return { artifact_id: artifactId, position, label };
}

function toGrant(grant: AccessGrant): Record<string, unknown> {
  return {
    grantee: grant.grantee,
    mode: grant.mode,
    granted_at: Math.floor(grant.grantedAtMs / 1000),
    granted_by: grant.grantedBy,
    expires_at: grant.mode === "timed" ? Math.floor(grant.expiresAtMs / 1000) : undefined,
  };
}
