import { assertEquals, assertThrows } from "@std/assert";
import { encodeWire, POSITION_AHEAD_MS_MAX, POSITIONS_PER_MS } from "../sync/mod.ts";
import type { WireValue } from "../sync/mod.ts";
import { ben, cyd, meet, realmOf } from "./_fake_realm_host.ts";
import type { FakeRealmHost } from "./_fake_realm_host.ts";
import { realmAlias, setRealmAlias } from "./alias.ts";
import { ALIAS_LENGTH_MAX } from "./display_name.ts";
import { NetworkError } from "./errors.ts";

function threeHosts() {
  const hosts = realmOf(ben, cyd);
  const [a, b, c] = hosts as [FakeRealmHost, FakeRealmHost, FakeRealmHost];
  const dispose = () => hosts.forEach((host) => host[Symbol.dispose]());
  return { hosts, a, b, c, [Symbol.dispose]: dispose };
}

const aliasOf = (host: FakeRealmHost) => realmAlias(host.document, host.nowMs);
const write = (host: FakeRealmHost, value: WireValue) =>
  host.document.setMetadata(`alias/${host.self}`, encodeWire(value));

Deno.test("alias: every member sets it, and every member clears it", () => {
  using realm = threeHosts();
  const { hosts, a, b, c } = realm;
  assertEquals(aliasOf(a), undefined);
  setRealmAlias(a, "Garden");
  meet(...hosts);
  assertEquals(hosts.map(aliasOf), ["Garden", "Garden", "Garden"]);
  setRealmAlias(b, "Jungle");
  meet(...hosts);
  assertEquals(hosts.map(aliasOf), ["Jungle", "Jungle", "Jungle"]);
  setRealmAlias(c, null);
  meet(...hosts);
  assertEquals(hosts.map(aliasOf), [undefined, undefined, undefined]);
  assertEquals([setRealmAlias(a, null), setRealmAlias(a, " ")], [false, false]);
});

Deno.test("alias: of those set at once the later one stays, whoever meets first", () => {
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0]]) {
    using realm = threeHosts();
    const { hosts, a, b, c } = realm;
    // The later one by the clock has the smaller id, and writes fewer times.
    a.nowMs += 10;
    setRealmAlias(a, "later");
    for (const alias of ["1", "2", "earlier"]) setRealmAlias(c, alias);
    b.nowMs += 9;
    setRealmAlias(b, "between");
    meet(...order.map((index) => hosts[index]!));
    for (const host of hosts) host.nowMs = a.nowMs;
    assertEquals(hosts.map(aliasOf), ["later", "later", "later"]);
  }
});

Deno.test("alias: of those set at the same time that of the largest member id stays", () => {
  using realm = threeHosts();
  const { hosts, a, b, c } = realm;
  setRealmAlias(c, "Cyd's");
  setRealmAlias(a, "Ada's");
  setRealmAlias(b, "Ben's");
  meet(...hosts);
  assertEquals(hosts.map(aliasOf), ["Cyd's", "Cyd's", "Cyd's"]);
});

Deno.test("alias: who answers wins, though its clock is slow", () => {
  using realm = threeHosts();
  const { hosts, a, c } = realm;
  setRealmAlias(c, "first");
  meet(...hosts);
  a.nowMs -= 60 * 60 * 1000;
  setRealmAlias(a, "second");
  meet(...hosts);
  assertEquals(hosts.map(aliasOf), ["second", "second", "second"]);
});

Deno.test("alias: nobody sets it for ever", () => {
  using realm = threeHosts();
  const { hosts, a, c } = realm;
  write(c, [Number.MAX_SAFE_INTEGER, "for ever"]);
  meet(...hosts);
  assertEquals(aliasOf(a), undefined);
  setRealmAlias(a, "Garden");
  meet(...hosts);
  assertEquals(hosts.map(aliasOf), ["Garden", "Garden", "Garden"]);
  write(c, [(a.nowMs + POSITION_AHEAD_MS_MAX) * POSITIONS_PER_MS, "a day ahead"]);
  meet(...hosts);
  assertEquals(aliasOf(a), "a day ahead");
  setRealmAlias(a, "Garden");
  a.nowMs += 1;
  assertEquals(aliasOf(a), "Garden");
});

Deno.test("alias: it is cut", () => {
  using realm = threeHosts();
  const { hosts, a, b, c } = realm;
  setRealmAlias(a, "🌱".repeat(100));
  assertEquals(aliasOf(a), "🌱".repeat(ALIAS_LENGTH_MAX));
  write(c, [(a.nowMs + 5) * POSITIONS_PER_MS, "x".repeat(100)]);
  meet(...hosts);
  assertEquals(aliasOf(b), "x".repeat(ALIAS_LENGTH_MAX));
});

Deno.test("alias: what is none is not seen", () => {
  using realm = threeHosts();
  const { hosts, a, b, c } = realm;
  setRealmAlias(a, "Garden");
  const later = (c.nowMs + 5) * POSITIONS_PER_MS;
  const wrong = ["x", [later], [later, 1], [later, "x", 1], [later + 0.5, "x"], [-1, "x"], {}];
  for (const value of wrong) {
    write(c, value);
    meet(...hosts);
    assertEquals(aliasOf(b), "Garden");
  }
  c.document.setMetadata(`alias/${c.self}`, new Uint8Array([0xff]));
  c.document.setMetadata("alias/", encodeWire([later, "x"]));
  c.document.setMetadata("alias/c3", encodeWire([later, "x"]));
  meet(...hosts);
  assertEquals(aliasOf(b), "Garden");
});

Deno.test("alias: asking writes nothing, and a stranger does not either", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  setRealmAlias(a, "Garden");
  meet(...hosts);
  const heads = b.heads();
  assertEquals(aliasOf(b), "Garden");
  assertEquals([b.heads(), b.written], [heads, []]);
  a.document.removeMember(ben);
  meet(...hosts);
  for (const alias of ["Jungle", null]) {
    const error = assertThrows(() => setRealmAlias(b, alias), NetworkError, "Not a member");
    assertEquals(error.code, "not_member");
  }
  assertEquals(aliasOf(b), "Garden");
});
