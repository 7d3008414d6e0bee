import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import { INTERFACE_METADATA_KEYS_MAX } from "../sync/mod.ts";
import { ben, meet, realmOf } from "./_fake_realm_host.ts";
import {
  checkDocumentName,
  DOCUMENT_NAME_UNITS_MAX,
  documentNames,
  registerDocument,
  registeredDocuments,
} from "./document_names.ts";
import { NetworkError } from "./errors.ts";

function twoHosts() {
  const hosts = realmOf(ben);
  const dispose = () => hosts.forEach((host) => host[Symbol.dispose]());
  return { a: hosts[0]!, b: hosts[1]!, meet: () => meet(...hosts), [Symbol.dispose]: dispose };
}

Deno.test("document names: what members add at once is all listed, sorted", () => {
  using realm = twoHosts();
  const { a, b } = realm;
  registerDocument(a, "quests");
  registerDocument(a, "both");
  registerDocument(b, "notes");
  registerDocument(b, "both");
  registerDocument(b, "_internal");
  registerDocument(b, "doc/doc/1");
  realm.meet();
  for (const host of [a, b]) {
    assertEquals(documentNames(host), ["both", "doc/doc/1", "notes", "quests"]);
    assertEquals(registeredDocuments(host.document)[0], "_internal");
    assertEquals(registeredDocuments(host.document).length, 5);
  }
});

Deno.test("document names: a name is written once, and asking writes nothing", () => {
  using realm = twoHosts();
  const { a } = realm;
  assertEquals([registerDocument(a, "notes"), registerDocument(a, "notes")], [true, false]);
  const heads = a.heads();
  documentNames(a);
  registerDocument(a, "notes");
  assertEquals([a.heads(), a.written.length], [heads, 1]);
});

Deno.test("document names: what cannot be a name is refused, and not listed", () => {
  using realm = twoHosts();
  const { a, b } = realm;
  registerDocument(a, "🌱".repeat(DOCUMENT_NAME_UNITS_MAX / 2));
  const wrongs = ["", "x".repeat(DOCUMENT_NAME_UNITS_MAX + 1), "a\nb", "\0", "half \ud83c"];
  for (const wrong of wrongs) {
    for (const check of [() => checkDocumentName(wrong), () => registerDocument(a, wrong)]) {
      const error = assertThrows(check, NetworkError, "Invalid operation: cannot name document");
      assertEquals(error.code, "invalid_operation");
    }
    if (wrong.isWellFormed()) b.document.setMetadata(`doc/${wrong}`, new Uint8Array());
  }
  realm.meet();
  assertEquals(documentNames(a).length, 1);
});

Deno.test("document names: a realm has room for so many, and only members add them", () => {
  using realm = twoHosts();
  const { a, b } = realm;
  b.document.removeMember(ben);
  assertEquals(
    assertThrows(() => registerDocument(b, "notes"), NetworkError, "Not a member").code,
    "not_member",
  );
  assertFalse(documentNames(b).includes("notes"));
  const room = INTERFACE_METADATA_KEYS_MAX - a.document.metadata().size;
  for (let n = 0; n < room; n++) registerDocument(a, `${n}`);
  assertEquals(
    assertThrows(() => registerDocument(a, "one more"), NetworkError, "Invalid operation: ").code,
    "limit_reached",
  );
  assertEquals(registerDocument(a, "0"), false);
});
