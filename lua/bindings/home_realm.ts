/**
 * What a Lua script sees of a home realm.
 *
 * @module
 */
import { HomeRealm } from "../../network/mod.ts";
import { defineLuaClass } from "../userdata.ts";
import type { LuaClass } from "../userdata.ts";
import { optionalText, options, text } from "./_arguments.ts";

/** The methods of a home realm. */
export const HOME_REALM_CLASS: LuaClass = defineLuaClass({
  name: "HomeRealm",
  type: HomeRealm,
  methods: {
    id: (self) => self.id,
    create_artifact: (self, kind, settings) => {
      const name = optionalText(options(settings, "options")["name"], "name");
      return self.createArtifact(text(kind, "kind"), name === undefined ? {} : { name });
    },
  },
  describe: (self) => `HomeRealm(id=${self.id.slice(0, 8)})`,
});
