import type { ScenarioNeeds } from "./header.ts";

/** What Deno calls the thing that a permission is about, where it is not everything. */
const SUBJECTS: Readonly<Record<string, string>> = {
  read: "path",
  write: "path",
  ffi: "path",
  net: "host",
  import: "host",
  env: "variable",
  run: "command",
  sys: "kind",
};

/** What a scenario asks for, as a test's permissions. */
export function toPermissions(needs: ScenarioNeeds): Deno.PermissionOptions {
  return needs === "none" ? "none" : needs as Deno.PermissionOptionsObject;
}

/** The flags for what a scenario asks for and this process does not have; `[]` if it has it all. */
export function refusedNeeds(needs: ScenarioNeeds): string[] {
  if (needs === "none") return [];
  return Object.entries(needs).flatMap(([name, wanted]) => {
    if (wanted === true) return isGranted({ name }) ? [] : [`--allow-${name}`];
    const lacking = wanted.filter((one) => !isGranted({ name, [SUBJECTS[name]!]: one }));
    return lacking.map((one) => `--allow-${name}=${one}`);
  });
}

function isGranted(descriptor: Readonly<Record<string, string>>): boolean {
  const known = descriptor as unknown as Deno.PermissionDescriptor;
  return Deno.permissions.querySync(known).state === "granted";
}
