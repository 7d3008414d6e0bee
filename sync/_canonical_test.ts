import { assert, assertFalse } from "@std/assert";
import { createHandle, encodeChange } from "./_automerge.ts";
import type { Handle } from "./_automerge.ts";
import { isCanonical } from "./_canonical.ts";
import { openChange } from "./_open_change.ts";
import { forgeChange, setOps } from "../tests/_forge.ts";

type Datatype = NonNullable<Parameters<Handle["put"]>[3]>;

const check = (bytes: Uint8Array) => isCanonical(bytes, openChange(bytes));

Deno.test("isCanonical() knows whatever Automerge writes", () => {
  const handle = createHandle("00aa");
  const values: [string, unknown, Datatype][] = [
    ["none", new Uint8Array(0), "bytes"],
    ["some", new Uint8Array([1, 2, 3]), "bytes"],
    ["more", new Uint8Array(300), "bytes"],
    ["word", "grüße", "str"],
    ["number", -70_000, "int"],
    ["nothing", null, "null"],
  ];
  for (const [key, value, type] of values) {
    handle.put("/", key, value as string, type);
    handle.commit(null, 0);
  }
  for (const [key, value, type] of values) handle.put("/", `again ${key}`, value as string, type);
  const list = handle.putObject("/", "list", []);
  for (let n = 0; n < 3; n++) handle.insert(list, n, new Uint8Array([n]), "bytes");
  handle.commit(null, 0);
  handle.delete(list, 1);
  handle.put("/", "some", new Uint8Array(2), "bytes");
  handle.commit(null, 0);
  for (const change of handle.getChanges([])) assert(check(change));
});

Deno.test("isCanonical() sees what else a change can be written as", () => {
  assert(check(encodeChange({
    ...{ actor: "00aa", seq: 1, startOp: 1, time: 0, message: null, deps: [] },
    ops: [{ action: "set", obj: "_root", key: "k", value: 1, datatype: "int", pred: [] }],
  } as never)));
  assert(check(forgeChange({ columns: setOps(2) })));
  assertFalse(check(forgeChange({ columns: setOps(2), others: ["bb"] })), "an actor too many");
});
