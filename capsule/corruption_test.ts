import { assert, assertEquals, equal } from "@std/assert";
import { seededSources } from "../sync/mod.ts";
import type { Store } from "../sync/mod.ts";
import { contentsOf } from "../sync/_store_model.ts";
import type { Contents } from "../sync/_store_model.ts";
import { argument } from "../tests/_argument.ts";
import { TempFolder } from "../tests/_temp_folder.ts";
import { CapsuleError } from "./errors.ts";
import { SqliteStore } from "./sqlite_store.ts";

/** More and others of them: `deno test ... capsule/corruption_test.ts -- --flips=20000 --with=x`. */
const FLIPS = Number(argument("flips") ?? 600);
const SEED = argument("with") ?? "corruption 20260111";
const SPACES = ["heads", "large"];
const { random, randomBytes } = seededSources(SEED, () => 0);
const below = (end: number) => Math.floor(random() * end);

/** Records and documents of many sizes, some of them gone again. */
function fill(store: Store): void {
  for (let n = 0; n < 30; n++) {
    store.transact((writer) => {
      for (let k = 0; k < 8; k++) writer.put("heads", `${n} ${k}`, randomBytes(64));
      writer.put("large", `${n}`, randomBytes(below(3000)));
      writer.putSnapshot(`document ${n}`, randomBytes(below(n * 500)));
      for (let k = 0; k < n % 5; k++) writer.appendChunk(`document ${n}`, randomBytes(200));
      if (n % 4 === 0) writer.removeDocument(`document ${n - 3}`);
    });
  }
}

/** A file that was closed, and what it holds. */
function closedFile(folder: TempFolder): { readonly bytes: Uint8Array; readonly whole: Contents } {
  const file = folder.file("whole.db");
  using store = SqliteStore.open(file);
  fill(store);
  const whole = contentsOf(store, SPACES);
  store[Symbol.dispose]();
  return { bytes: Deno.readFileSync(file), whole };
}

/** Opens a file with these bytes and reads everything: it is whole, or an error says why not. */
function openAndRead(folder: TempFolder, bytes: Uint8Array, whole: Contents, what: string): string {
  const file = folder.file("damaged.db");
  Deno.writeFileSync(file, bytes);
  try {
    using store = SqliteStore.open(file, { synchronous: "normal" });
    assert(equal(contentsOf(store, SPACES), whole), `${what}: opened with other contents`);
    return "whole";
  } catch (error) {
    assert(error instanceof CapsuleError, `${what}: ${error}`);
    assert(error.code === "corrupt" || error.code === "not_a_database", `${what}: ${error.code}`);
    return error.code;
  } finally {
    for (const { name } of Deno.readDirSync(folder.path)) {
      if (name.startsWith("damaged")) Deno.removeSync(folder.file(name));
    }
  }
}

Deno.test(`SqliteStore finds each of ${FLIPS} flipped bits (seed "${SEED}")`, () => {
  using folder = new TempFolder();
  const { bytes, whole } = closedFile(folder);
  const outcomes = new Map<string, number>();
  for (let n = 0; n < FLIPS; n++) {
    const [at, bit] = [below(bytes.length), below(8)];
    bytes[at]! ^= 1 << bit;
    const outcome = openAndRead(folder, bytes, whole, `bit ${bit} of byte ${at}`);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    bytes[at]! ^= 1 << bit;
  }
  console.log(`${bytes.length} bytes:`, Object.fromEntries(outcomes));
  assert((outcomes.get("corrupt") ?? 0) > FLIPS / 2);
  assertEquals(openAndRead(folder, bytes, whole, "undamaged"), "whole");
});

Deno.test("SqliteStore finds a flipped bit anywhere in the file's header", () => {
  using folder = new TempFolder();
  const { bytes, whole } = closedFile(folder);
  for (let at = 0; at < 100; at++) {
    for (let bit = 0; bit < 8; bit++) {
      bytes[at]! ^= 1 << bit;
      openAndRead(folder, bytes, whole, `bit ${bit} of byte ${at}`);
      bytes[at]! ^= 1 << bit;
    }
  }
});

Deno.test(`SqliteStore finds that its file was cut off (seed "${SEED}")`, () => {
  using folder = new TempFolder();
  const { bytes, whole } = closedFile(folder);
  const pages = Array.from({ length: bytes.length / 4096 }, (_, page) => page * 4096);
  const anywhere = Array.from({ length: 60 }, () => below(bytes.length));
  for (const length of [0, 1, 15, 16, 99, 100, 512, bytes.length - 1, ...pages, ...anywhere]) {
    const outcome = openAndRead(folder, bytes.subarray(0, length), whole, `cut to ${length}`);
    assert(outcome !== "whole", `cut to ${length}`);
  }
});
