/**
 * A lint plugin: imports between layers point down, and chance and clocks come in as arguments.
 *
 * @module
 */

/** What each layer may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  sync: [],
  capsule: ["sync"],
  network: ["sync", "capsule"],
  lua: ["sync", "capsule", "network"],
  scenarios: ["sync", "capsule", "network", "lua"],
};

/** Files that may import any layer: tests, and what is run rather than imported. */
const FREE = /(_test\.ts$)|(^tests\/)|(^bench\/)|(^tools\/)|(^mod\.ts$)/;

/** Where the system's clock and chance come in; everything else takes `Sources`. */
const SOURCES_FILE = "sync/sources.ts";
const TAKEN: readonly (readonly [object: string, member: string])[] = [
  ["Date", "now"],
  ["Math", "random"],
  ["crypto", "randomUUID"],
  ["crypto", "getRandomValues"],
];

/** The path of a file below the project's root; `undefined` outside of it. */
function pathInProject(file: string): string | undefined {
  const root = decodeURI(new URL("../", import.meta.url).pathname);
  const name = file.startsWith("file://") ? decodeURI(new URL(file).pathname) : file;
  return name.startsWith(root) ? name.slice(root.length) : undefined;
}

/** What is wrong with an import, if anything is. */
function fault(path: string, specifier: string): string | undefined {
  if (FREE.test(path) || !specifier.startsWith(".")) return undefined;
  const layer = path.split("/")[0]!;
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  const other = target.split("/")[0]!;
  if (!(layer in MAY_IMPORT)) return undefined;
  if (layer === other) return undefined;
  if (!MAY_IMPORT[layer]!.includes(other)) return `${layer}/ may not import ${other}/`;
  return target === `${other}/mod.ts` ? undefined : `import ${other}/mod.ts, not a file inside it`;
}

const plugin: Deno.lint.Plugin = {
  name: "indras",
  rules: {
    "imports-point-down": {
      create(context) {
        const path = pathInProject(context.filename);
        const check = (source: Deno.lint.StringLiteral | null) => {
          const message = path && source ? fault(path, source.value) : undefined;
          if (message !== undefined) context.report({ node: source!, message });
        };
        return {
          ImportDeclaration: (node) => check(node.source),
          ExportNamedDeclaration: (node) => check(node.source),
          ExportAllDeclaration: (node) => check(node.source),
        };
      },
    },
    "no-taken-time-or-chance": {
      create(context) {
        const path = pathInProject(context.filename);
        if (path === undefined || FREE.test(path) || path === SOURCES_FILE) return {};
        return {
          MemberExpression(node) {
            const { object, property } = node;
            if (object.type !== "Identifier" || property.type !== "Identifier") return;
            const taken = TAKEN.some(([name, member]) =>
              name === object.name && member === property.name
            );
            if (!taken) return;
            const message = `${object.name}.${property.name} comes in as an argument: see Sources`;
            context.report({ node, message });
          },
        };
      },
    },
  },
};
export default plugin;
