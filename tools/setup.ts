/**
 * Makes a fresh checkout ready: asks whether JSR answers and, where it does not, fills `.jsr/` with
 * stand-ins for the `@std` packages.
 *
 * The workspace glob `./.jsr/*` shadows `jsr:` imports where the folder is filled and is ignored
 * where it is not, so one checkout works on both kinds of machine. This file imports nothing and
 * runs with `--no-config`, because the configuration is what it prepares.
 *
 * @module
 */

/** How long to wait for JSR before the stand-ins take its place, in milliseconds. */
const JSR_WAIT_MS = 20_000;

const root = new URL("../", import.meta.url);
const standInsDir = new URL(".jsr/", root);

const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
const packages = Object.values(config.imports as Record<string, string>)
  .filter((specifier) => specifier.startsWith("jsr:"));

if (await jsrAnswers(packages)) {
  await Deno.remove(standInsDir, { recursive: true }).catch(ignoreNotFound);
} else {
  await Promise.all(packages.map(writeStandIn));
}

async function jsrAnswers(specifiers: readonly string[]): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", "--no-config", "--no-lock", ...specifiers],
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(JSR_WAIT_MS),
  });
  const { success } = await command.output();
  return success;
}

/** `jsr:@std/assert@^1.0.0` becomes `.jsr/assert/`, a package of that name and version. */
async function writeStandIn(specifier: string): Promise<void> {
  const match = /^jsr:(@std\/([a-z]+))@\^(.+)$/.exec(specifier);
  if (match === null) throw new Error(`Cannot stand in for "${specifier}": expected jsr:@std/x@^1`);
  const [, name, folder, version] = match;
  const dir = new URL(`${folder}/`, standInsDir);
  await Deno.mkdir(dir, { recursive: true });
  const manifest = { name, version, exports: "./mod.ts", publish: false };
  await writeIfChanged(new URL("deno.json", dir), `${JSON.stringify(manifest, null, 2)}\n`);
  const source = new URL(`tools/stand_ins/${folder}.ts`, root);
  await writeIfChanged(new URL("mod.ts", dir), await Deno.readTextFile(source));
}

/** Unchanged files keep their times, so that Deno's caches stay valid. */
async function writeIfChanged(file: URL, text: string): Promise<void> {
  const before = await Deno.readTextFile(file).catch(ignoreNotFound);
  if (before !== text) await Deno.writeTextFile(file, text);
}

function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
