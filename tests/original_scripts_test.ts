import { assertEquals, assertStringIncludes } from "@std/assert";

const FIXTURES = "tests/fixtures";
const SCRIPT = `${FIXTURES}/simulation/scripts/scenarios/original.lua`;

/** Runs the script as `deno task lua` does, with a root to find modules below. */
async function runBelow(root: string): Promise<{ code: number; lines: string[]; err: string }> {
  const args = ["run", "--quiet", "--no-prompt", "--allow-read", "tools/lua.ts"];
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args, "--root", root, SCRIPT],
    cwd: new URL("../", import.meta.url),
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, lines: out!.trimEnd().split("\n"), err: err! };
}

Deno.test("a script for the original simulation runs as it is, with the helpers of the toolkit", async () => {
  const { code, lines, err } = await runBelow(FIXTURES);
  assertEquals([code, err], [0, ""]);
  assertEquals(lines.at(0), "Running: original");
  assertStringIncludes(lines.join("\n"), "--- 8. Isolation and recovery ---");
  assertEquals(lines.at(-1), "=== original PASSED ===");
});

Deno.test("a script for the original simulation runs as it is, with helpers of its own", async () => {
  const { code, lines, err } = await runBelow(`${FIXTURES}/own_helpers`);
  assertEquals([code, err], [0, ""]);
  assertEquals(lines, ["Running: original", "", "=== original PASSED (own helpers) ==="]);
});
