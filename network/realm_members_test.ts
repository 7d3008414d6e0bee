import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { actorOf, InterfaceDocument, parseInterfaceId } from "../sync/mod.ts";
import { ada, ben, cyd, meet, realmOf } from "./_fake_realm_host.ts";
import { NetworkError } from "./errors.ts";
import type { NetworkErrorCode } from "./errors.ts";
import { memberName, sayName } from "./member_name.ts";
import { isRealmCreator, realmMembers, removeRealmMember } from "./realm_members.ts";
import { parseRealmName, REALM_NAME_LENGTH_MAX, realmName, renameRealm } from "./realm_name.ts";

function threeHosts() {
  const hosts = realmOf(ben, cyd);
  const dispose = () => hosts.forEach((host) => host[Symbol.dispose]());
  return { hosts, a: hosts[0]!, b: hosts[1]!, c: hosts[2]!, [Symbol.dispose]: dispose };
}

function refuses(code: NetworkErrorCode, write: () => unknown, text = "") {
  assertEquals(assertThrows(write, NetworkError, text).code, code);
}

Deno.test("members: they are listed by id, with the names that they gave themselves", () => {
  using realm = threeHosts();
  const { hosts, a, b, c } = realm;
  sayName(b, " Ben ");
  c.names.set(ben, "not this one");
  c.names.set(ada, "Ada");
  meet(...hosts);
  assertEquals(realmMembers(c), [
    { id: ada, name: "Ada" },
    { id: ben, name: "Ben" },
    { id: cyd, name: "c3c3c3c3c3" },
  ]);
  assertEquals(sayName(b, "Ben"), false);
  assertEquals([sayName(b, undefined), sayName(a, undefined)], [true, false]);
  meet(...hosts);
  assertEquals(memberName(c, ben), "not this one");
  assertEquals(memberName(a, ben), "b2b2b2b2b2");
  refuses("invalid_name", () => sayName(a, "a\nb"));
});

Deno.test("members: a name that cannot be shown is none", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  for (const text of ["a\nb", "", "x".repeat(65), "\u202eeve"]) {
    b.document.setMetadata(`who/${ben}`, new TextEncoder().encode(text));
    meet(...hosts);
    assertEquals(memberName(a, ben), "b2b2b2b2b2");
  }
  b.document.setMetadata(`who/${ben}`, new Uint8Array([0xff]));
  meet(...hosts);
  assertEquals(memberName(a, ben), "b2b2b2b2b2");
});

Deno.test("members: whom the creator removed is none, whoever lets it in again", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  assert(removeRealmMember(a, cyd));
  b.document.removeMember(cyd);
  b.document.addMember(cyd); // Ben has not heard of it
  meet(...hosts);
  for (const host of hosts) {
    assert(host.document.members().has(cyd));
    assertEquals(realmMembers(host).map(({ id }) => id), [ada, ben]);
  }
  assertFalse(removeRealmMember(a, cyd), "she is no member");
});

Deno.test("members: the creator is who the realm's id is made of", () => {
  using realm = threeHosts();
  const { hosts, a } = realm;
  for (const { document } of hosts) {
    assert(isRealmCreator(document, ada));
    assertFalse(isRealmCreator(document, ben));
  }
  a.document.setMetadata("creation", new Uint8Array(31));
  assertFalse(isRealmCreator(a.document, ada));
  const interfaceId = parseInterfaceId("00".repeat(32));
  using other = InterfaceDocument.create({ interfaceId, actor: actorOf(ada, 0), nowMs: () => 0 });
  assertFalse(isRealmCreator(other, ada));
});

Deno.test("members: the creator removes others, and nobody else does", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  refuses("invalid_operation", () => removeRealmMember(b, cyd), "only its creator can");
  refuses("invalid_operation", () => removeRealmMember(a, ada), "the creator can only leave");
  assertEquals(b.written, []);
  assertEquals([removeRealmMember(a, ben), removeRealmMember(a, ben)], [true, false]);
  assertEquals(a.written.length, 2);
  meet(...hosts);
  assertEquals(b.document.getMetadata(`out/${ben}`), new Uint8Array());
  assertEquals(realmMembers(b).map(({ id }) => id), [ada, cyd]);
  refuses("not_member", () => removeRealmMember(b, cyd), "Not a member");
  refuses("not_member", () => sayName(b, "Ben"));
});

Deno.test("realm name: its creator gives it, the others see it", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  assertEquals(realmName(a.document), undefined);
  assertEquals([renameRealm(a, "Garden"), renameRealm(a, "Garden")], [true, false]);
  meet(...hosts);
  assertEquals(hosts.map(({ document }) => realmName(document)), ["Garden", "Garden", "Garden"]);
  refuses("invalid_operation", () => renameRealm(b, "Jungle"), "only its creator can");
  refuses("invalid_name", () => renameRealm(a, ""));
  refuses("invalid_name", () => parseRealmName("x".repeat(REALM_NAME_LENGTH_MAX + 1)));
  a.document.setMetadata("name", new Uint8Array([0xff]));
  assertEquals(realmName(a.document), undefined);
  a.document.setMetadata("name", new TextEncoder().encode("a\nb"));
  assertEquals(realmName(a.document), undefined);
});
