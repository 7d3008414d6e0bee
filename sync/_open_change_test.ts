import { assert, assertEquals } from "@std/assert";
import { createHandle, decodeChange } from "./_automerge.ts";
import { openChange } from "./_open_change.ts";

/** A document with everything that a document can hold. */
function changes(): Uint8Array[] {
  const handle = createHandle("00aa");
  const commit = (message: string | null = null, time = 0) => handle.commit(message, time);
  handle.put("/", "null", null, "null");
  handle.put("/", "yes", true, "boolean");
  handle.put("/", "no", false, "boolean");
  handle.put("/", "text", "grüße 🌊", "str");
  handle.put("/", "bytes", new Uint8Array([0, 1, 255]), "bytes");
  handle.put("/", "nothing", new Uint8Array(0), "bytes");
  for (const n of [0, 1, -1, 63, 64, -64, -65, 2 ** 31, -(2 ** 40), 2 ** 53 - 1]) {
    handle.put("/", `int ${n}`, n, "int");
    if (n >= 0) handle.put("/", `uint ${n}`, n, "uint");
  }
  commit(null, 1_700_000_000);
  const list = handle.putObject("/", "list", []);
  for (let n = 0; n < 5; n++) handle.insert(list, n, n, "int");
  const map = handle.insertObject(list, 2, {});
  handle.put(map, "key", "value", "str");
  commit();
  handle.delete(list, 1);
  handle.delete("/", "text");
  handle.put("/", "yes", "no", "str");
  commit();
  const other = handle.clone("00bb");
  other.put("/", "text", "theirs", "str");
  other.delete(list, 0);
  other.commit(null, 0);
  handle.put("/", "text", "ours", "str");
  commit();
  handle.loadIncremental(other.saveSince([]));
  handle.put("/", "text", "both", "str");
  handle.putObject("/", "words", "collaborative");
  commit();
  handle.put("/", "float", 1.5, "f64");
  commit();
  handle.put("/", "counter", 1, "counter");
  handle.put("/", "time", 1, "timestamp");
  commit("a message", -5);
  handle.increment("/", "counter", 2);
  commit();
  return handle.getChanges([]);
}

Deno.test("openChange() opens whatever Automerge writes just as Automerge does", () => {
  const all = changes();
  assert(all.length > 8);
  // A set must not differ in a field that is undefined, so JSON is what is compared.
  for (const change of all) {
    const [ours, theirs] = [openChange(change), decodeChange(change)].map((one) => ({
      ...one,
      ops: one.ops.map((op) => Object.fromEntries(Object.entries(op).sort())),
    }));
    assertEquals(ours, theirs);
  }
});
