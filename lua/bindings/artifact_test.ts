import { assertEquals } from "@std/assert";
import { LuaScript } from "../../tests/_lua_script.ts";

/** A started network `a`, a member id `ben`, a child id and a story. */
const STORY = `
  a = indras.Network.new()
  a:start()
  home = a:home_realm()
  story = home:create_artifact("story", { name = "Tides" })
  ben, child = ("b2"):rep(32), ("c3"):rep(32)
`;

Deno.test("HomeRealm.create_artifact() makes an active tree of that kind and name", async () => {
  using script = await LuaScript.open();
  script.run(STORY);
  const seen = script.run(`
    return story:kind(), story:status(), story:steward() == a:id(), #story:id(),
      story:get_metadata("name"), home:create_artifact("any-word"):kind(),
      home:create_artifact("gallery", {}):get_metadata("name"), tostring(home)`);
  const [id] = script.run("return home:id()");
  assertEquals(seen, [
    ...["story", "active", true, 64, "Tides", "any-word", undefined],
    `HomeRealm(id=${String(id).slice(0, 8)})`,
  ]);
});

Deno.test("HomeRealm and Artifact refuse wrong arguments and a wrong self", async () => {
  using script = await LuaScript.open();
  script.run(STORY);
  const cases: [string, string][] = [
    ["home:create_artifact()", "bad argument 'kind': expected text, got nil"],
    ["home:create_artifact({})", "bad argument 'kind': expected text, got table"],
    ["home:create_artifact(print)", "bad argument 'kind': expected text, got function"],
    [
      "home:create_artifact('two words')",
      `Cannot compose: kind "two words" is not a word for a tree`,
    ],
    [
      "home:create_artifact('story', 'Tides')",
      "bad argument 'options': expected a table with named fields, got string Tides",
    ],
    [
      "home:create_artifact('story', { name = {} })",
      "bad argument 'name': expected text, got table",
    ],
    ["home.id(story)", "bad self: expected HomeRealm (call it as object:id(...))"],
    ["story.id(home)", "bad self: expected Artifact (call it as object:id(...))"],
    ["story.grants()", "bad self: expected Artifact (call it as object:grants(...))"],
    ["story:append_ref()", "bad argument 'child_id': expected text, got nil"],
    ["story:append_ref('c3')", `Cannot parse artifact id "c3": expected 64 hex digits`],
    [
      "story:append_ref(child, 1.5)",
      "bad argument 'position': expected an integer, got number 1.5",
    ],
    [
      "story:append_ref(child, 'one')",
      "bad argument 'position': expected an integer, got string one",
    ],
    ["story:append_ref(child, -1)", "Cannot append reference: position -1 is not a whole number"],
    ["story:append_ref(child, 1, {})", "bad argument 'label': expected text, got table"],
    ["story:append_ref(child, 1, '\\xff')", "bad argument 'label': not UTF-8"],
    ["story:remove_ref(nil)", "bad argument 'child_id': expected text, got nil"],
    ["story:get_metadata()", "bad argument 'key': expected text, got nil"],
    ["story:set_metadata('k')", "bad argument 'value': expected text, got nil"],
    ["story:set_metadata('', 'v')", `Cannot set metadata: key "" is empty or too long`],
    ["story:set_metadata('k', {})", "bad argument 'value': expected text, got table"],
    ["story:grant()", "bad argument 'member': expected text, got nil"],
    ["story:grant('zz', 'revocable')", `Cannot parse member id "zz": expected 64 hex digits`],
    ["story:grant(ben)", "bad argument 'mode': expected text, got nil"],
    ["story:grant(ben, 'timed')", "bad argument 'expires_at': expected seconds from 0, got nil"],
    [
      "story:grant(ben, 'timed', -1)",
      "bad argument 'expires_at': expected seconds from 0, got number -1",
    ],
    [
      "story:grant(ben, 'forever')",
      "Unknown access mode: forever (expected revocable, permanent, timed or transfer)",
    ],
    [
      "story:grant(ben, 'Revocable')",
      "Unknown access mode: Revocable (expected revocable, permanent, timed or transfer)",
    ],
    [
      "story:grant(ben, 'constructor')",
      "Unknown access mode: constructor (expected revocable, permanent, timed or transfer)",
    ],
    ["story:revoke()", "bad argument 'member': expected text, got nil"],
  ];
  for (const [source, said] of cases) {
    const raised = script.raisedBy(source);
    assertEquals([source, raised?.text, raised?.code], [
      source,
      `a.lua:1: ${said}`,
      "bad_argument",
    ]);
  }
  assertEquals(script.run("return #story:references(), #story:grants()"), [0, 0]);
});

Deno.test("Artifact.references() is a fresh list in order, with integers and without holes", async () => {
  using script = await LuaScript.open();
  script.run(STORY);
  const seen = script.run(`
    local answered = select("#", story:append_ref(child:upper(), 5.0, "five"))
    story:append_ref(("aa"):rep(32), "3", 3)
    story:append_ref(("bb"):rep(32), 4)
    local first, second = story:references(), story:references()
    first[1].label = "changed"
    return answered, second, math.type(second[1].position), first ~= second`);
  assertEquals(plain(seen), [
    0,
    [
      { artifact_id: "aa".repeat(32), position: 3, label: "3" },
      { artifact_id: "bb".repeat(32), position: 4 },
      { artifact_id: "c3".repeat(32), position: 5, label: "five" },
    ],
    "integer",
    true,
  ]);
  assertEquals(
    script.run(`
    local answered = select("#", story:remove_ref(child)) + select("#", story:remove_ref(child))
    return answered, #story:references()`),
    [0, 2],
  );
});

Deno.test("Artifact.append_ref() without a position comes after everything", async () => {
  using script = await LuaScript.open();
  script.run(STORY);
  assertEquals(
    script.run(`
      story:append_ref(child, nil, "first")
      story:append_ref(("aa"):rep(32), nil, "second")
      local one, two = table.unpack(story:references())
      return one.label, two.label, one.position < two.position, math.type(two.position)`),
    ["first", "second", true, "integer"],
  );
});

Deno.test("Artifact.grants() lists mode, who gave it and when, in whole seconds", async () => {
  using script = await LuaScript.open();
  script.run(STORY);
  const [answered, grants, types, now, self] = script.run(`
    indras.sleep(1.75)
    local answered = select("#", story:grant(("D4"):rep(32), "timed", os.time() + 60.5))
    answered = answered + select("#", story:grant(ben, "permanent", 5))
    local grants = story:grants()
    return answered, grants,
      math.type(grants[1].granted_at) .. math.type(grants[2].expires_at), os.time(), a:id()`);
  const at = Number(now);
  assertEquals(plain([answered, grants, types]), [
    0,
    [
      { grantee: "b2".repeat(32), mode: "permanent", granted_at: at, granted_by: self },
      {
        grantee: "d4".repeat(32),
        mode: "timed",
        granted_at: at,
        granted_by: self,
        expires_at: at + 60,
      },
    ],
    "integerinteger",
  ]);
});

Deno.test("Artifact.grant() and revoke() raise the errors of the network, with their codes", async () => {
  using script = await LuaScript.open();
  script.run(STORY);
  script.run("story:grant(ben, 'permanent')");
  const cases: [string, string, string][] = [
    ["story:grant(ben:upper(), 'timed', 2^40)", "grantee already has access", "already_granted"],
    ["story:grant(a:id(), 'revocable')", "grantee already has access", "already_granted"],
    ["story:revoke(ben)", "cannot revoke permanent grant", "permanent_grant"],
  ];
  for (const [source, said, code] of cases) {
    assertEquals(script.raisedBy(source), { text: `a.lua:1: Artifact error: ${said}`, code });
  }
});

Deno.test("Artifact.revoke() ends a grant, answers nothing, and may be said twice", async () => {
  using script = await LuaScript.open();
  script.run(STORY);
  for (const mode of ["revocable", "transfer"]) {
    assertEquals(
      script.run(`
        story:grant(ben, "${mode}")
        local before = #story:grants()
        return before, select("#", story:revoke(ben)), select("#", story:revoke(ben)),
          #story:grants()`),
      [1, 0, 0, 0],
    );
  }
});

Deno.test("only the steward grants; who lost access cannot write any more", async () => {
  using script = await LuaScript.open();
  script.run(`${STORY}
    b = indras.Network.new()
    b:start()
    a:connect_to(b)
    story:grant(b:id(), "timed", os.time() + 60)
    indras.settle()
    theirs = b:artifact(story:id())`);
  assertEquals(script.raisedBy("theirs:grant(ben, 'revocable')"), {
    text: "a.lua:1: Artifact error: not the steward",
    code: "not_steward",
  });
  assertEquals(script.raisedBy("theirs:append_ref(child)"), undefined);
  assertEquals(script.raisedBy("indras.sleep(60) theirs:append_ref(child)"), {
    text: "a.lua:1: Artifact error: no access any more",
    code: "no_access",
  });
});

Deno.test("metadata is safe for any bytes, in both directions", async () => {
  using script = await LuaScript.open();
  script.run(STORY);
  const seen = script.run(`
    local all = {}
    for byte = 0, 255 do all[#all + 1] = string.char(byte) end
    all = table.concat(all)
    local answered = select("#", story:set_metadata("all", all))
    story:set_metadata("empty", "")
    story:set_metadata("number", 12)
    story:set_metadata("constructor", "x")
    local table_of = story:metadata()
    local keys = {}
    for key in pairs(table_of) do keys[#keys + 1] = key end
    table.sort(keys)
    return answered, story:get_metadata("all") == all, table_of.all == all,
      story:get_metadata("empty") == "", story:get_metadata("number"), story:get_metadata("none"),
      keys, table_of.constructor`);
  assertEquals(seen, [
    ...[0, true, true, true, "12", undefined],
    ["all", "constructor", "empty", "name", "number"],
    "x",
  ]);
});

Deno.test("Artifact.heads() is a sorted list of 64 hex digits that changes with each write", async () => {
  using script = await LuaScript.open();
  script.run(STORY);
  const [before, after] = script.run(`
    local before = story:heads()
    story:append_ref(child)
    return before, story:heads()`);
  for (const heads of [before, after]) {
    assertEquals((heads as string[]).map((head) => /^[0-9a-f]{64}$/.test(head)), [true]);
  }
  assertEquals(JSON.stringify(before) === JSON.stringify(after), false);
});

Deno.test("tostring() of an artifact shows 8 digits of its id and its kind", async () => {
  using script = await LuaScript.open();
  script.run(STORY);
  const [text, id] = script.run("return tostring(story), story:id()");
  assertEquals(text, `Artifact(id=${String(id).slice(0, 8)}, kind=story)`);
});

/** Tables come without a prototype; for comparing they get the ordinary one. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
