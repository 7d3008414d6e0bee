/**
 * What a Lua script sees of a home realm.
 *
 * @module
 */
import { HomeRealm, NetworkError } from "../../network/mod.ts";
import type { SharedArtifact } from "../../network/mod.ts";
import { defineLuaClass } from "../userdata.ts";
import type { LuaClass } from "../userdata.ts";
import { grantOptions } from "./_access_mode.ts";
import { artifactId, fields, member, optionalText, text } from "./_arguments.ts";
import type { BindingContext } from "./context.ts";
import { nothing } from "./network.ts";

/** The methods of a home realm. */
export function homeRealmClass(
  context: Pick<BindingContext, "runtime" | "readHostFile">,
): LuaClass {
  return defineLuaClass({
    name: "HomeRealm",
    type: HomeRealm,
    methods: {
      id: (self) => self.id,
      document: (self, name) => self.document(text(name, "name")),
      create_artifact: (self, kind, settings) => {
        const name = optionalText(fields(settings, "options", ["name"]).name, "name");
        return self.createArtifact(text(kind, "kind"), name === undefined ? {} : { name });
      },
      upload: (self, path, settings) => {
        const from = text(path, "path");
        const given = fields(settings, "options", ["name", "mime_type"]);
        const mimeType = optionalText(given.mime_type, "mime_type");
        return self.upload(readFile(context, from), {
          name: optionalText(given.name, "name") ?? baseName(from),
          ...(mimeType !== undefined && { mimeType }),
        });
      },
      get_artifact: (self, id) => self.getArtifact(artifactId(id)),
      grant_access: (self, id, grantee, mode, expiresAt) =>
        nothing(
          self.grantAccess(artifactId(id), member(grantee), grantOptions(mode, expiresAt)),
        ),
      revoke_access: (self, id, grantee) =>
        nothing(self.revokeAccess(artifactId(id), member(grantee))),
      recall: (self, id) => self.recall(artifactId(id)),
      transfer: (self, id, to) => nothing(self.transfer(artifactId(id), member(to))),
      shared_with: (self, who) => self.sharedWith(member(who)).map(toShared),
      attach_child: (self, parent, child) =>
        nothing(self.attachChild(artifactId(parent, "parent"), artifactId(child, "child"))),
      detach_child: (self, parent, child) =>
        nothing(self.detachChild(artifactId(parent, "parent"), artifactId(child, "child"))),
    },
    describe: (self) => `HomeRealm(id=${self.id.slice(0, 8)})`,
  });
}

function readFile(
  { runtime, readHostFile }: Pick<BindingContext, "runtime" | "readHostFile">,
  path: string,
): Uint8Array {
  const bytes = runtime.files.read(path) ?? readHostFile?.(path);
  if (bytes !== undefined) return bytes;
  throw new NetworkError("not_found", `Artifact error: there is no file "${path}"`);
}

/** The last part of a path: what people call the file. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function toShared({ id, name, size, mimeType }: SharedArtifact): Record<string, unknown> {
  return { id, name, size, mime_type: mimeType };
}
