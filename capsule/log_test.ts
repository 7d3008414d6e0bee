import { assert, assertEquals, assertThrows } from "@std/assert";
import { seededSources } from "../sync/mod.ts";
import { TempFolder } from "../tests/_temp_folder.ts";
import { isLogDamaged } from "./_log_check.ts";
import { CapsuleError } from "./errors.ts";
import { SqliteStore } from "./sqlite_store.ts";

const SEED = "log 20260112";
const STEPS = 12;
const FLIPS = 200;
const { random } = seededSources(SEED, () => 0);
const below = (end: number) => Math.floor(random() * end);

/** The two files as a killed process leaves them: step n has put n. */
interface Left {
  readonly file: Uint8Array;
  readonly log: Uint8Array;
}

function leftBehind(folder: TempFolder): Left {
  const path = folder.file("left.db");
  using store = SqliteStore.open(path);
  for (let n = 1; n <= STEPS; n++) {
    store.transact((writer) => {
      writer.put("steps", "latest", Uint8Array.of(n));
      writer.appendChunk("story", new Uint8Array(1500).fill(n));
    });
  }
  return { file: Deno.readFileSync(path), log: Deno.readFileSync(`${path}-wal`) };
}

/** The latest step after opening, or the code of the error. */
function reopened(folder: TempFolder, { file, log }: Left, acceptMissingLog = false) {
  const path = folder.file("again.db");
  Deno.writeFileSync(path, file);
  if (log.length > 0) Deno.writeFileSync(`${path}-wal`, log);
  try {
    using store = SqliteStore.open(path, { acceptMissingLog });
    const latest = store.get("steps", "latest")?.[0] ?? 0;
    assertEquals(store.readDocument("story")?.chunks.length ?? 0, latest);
    return latest;
  } catch (error) {
    if (error instanceof CapsuleError) return error.code;
    throw error;
  } finally {
    for (const { name } of Deno.readDirSync(folder.path)) {
      if (name.startsWith("again")) Deno.removeSync(folder.file(name));
    }
  }
}

Deno.test("SqliteStore.open() finds every step in the log of a process that was killed", () => {
  using folder = new TempFolder();
  const left = leftBehind(folder);
  assertEquals(isLogDamaged(left.log), false);
  assertEquals(reopened(folder, left), STEPS);
});

Deno.test("SqliteStore.open() misses a log that is gone, and goes on without if told to", () => {
  using folder = new TempFolder();
  const left = leftBehind(folder);
  for (const length of [0, 31]) {
    const cut = { ...left, log: left.log.subarray(0, length) };
    assertEquals(reopened(folder, cut), "log_missing");
    assertEquals(reopened(folder, cut, true), 0);
  }
});

Deno.test("SqliteStore.open() misses the file that a log belongs to", () => {
  using folder = new TempFolder();
  Deno.writeFileSync(folder.file("x.db-wal"), leftBehind(folder).log);
  const error = assertThrows(() => SqliteStore.open(folder.file("x.db")), CapsuleError);
  assertEquals(error.code, "corrupt");
});

Deno.test(`SqliteStore.open() finds ${FLIPS} flipped bits in a log, but for the last step's (seed "${SEED}")`, () => {
  using folder = new TempFolder();
  const left = leftBehind(folder);
  const outcomes = new Map<unknown, number>();
  for (let n = 0; n < FLIPS; n++) {
    const [at, bit] = [below(left.log.length), below(8)];
    left.log[at]! ^= 1 << bit;
    const outcome = reopened(folder, left);
    left.log[at]! ^= 1 << bit;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    // What is damaged of the last transaction looks like one that was not finished.
    assert([STEPS, STEPS - 1, "corrupt"].includes(outcome), `bit ${bit} of byte ${at}: ${outcome}`);
  }
  console.log(Object.fromEntries(outcomes));
  assert(outcomes.get("corrupt")! > FLIPS / 2);
});

Deno.test(`SqliteStore.open() takes a log that was cut off for fewer steps, each of them whole (seed "${SEED}")`, () => {
  using folder = new TempFolder();
  const left = leftBehind(folder);
  for (let n = 0; n < 40; n++) {
    const length = 32 + below(left.log.length - 32);
    const outcome = reopened(folder, { ...left, log: left.log.subarray(0, length) });
    assert(typeof outcome === "number", `cut to ${length}: ${outcome}`);
  }
});
