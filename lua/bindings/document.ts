/**
 * What a Lua script sees of a document.
 *
 * @module
 */
import { Document } from "../../network/mod.ts";
import type { JsonValue } from "../../sync/mod.ts";
import { defineLuaClass } from "../userdata.ts";
import type { LuaClass } from "../userdata.ts";
import { withExactFloats } from "../values.ts";
import { fromStored, toStored } from "./_document_values.ts";
import { nothing } from "./network.ts";

/** The methods of a document. */
export const DOCUMENT_CLASS: LuaClass = defineLuaClass({
  name: "Document",
  type: Document<JsonValue>,
  methods: {
    name: (self) => self.name,
    read: (self) => fromStored(self.readTyped()),
    update: withExactFloats((self: Document, value: unknown) =>
      nothing(self.update(toStored(value) as JsonValue))
    ),
    merge: withExactFloats((self: Document, value: unknown) =>
      nothing(self.merge(toStored(value) as Parameters<Document["merge"]>[0]))
    ),
    refresh: (self) => self.refresh(),
  },
  describe: (self) => `Document(name=${self.name})`,
});
