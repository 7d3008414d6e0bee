import { assert, assertEquals } from "@std/assert";
import { SqliteStore } from "../capsule/mod.ts";
import {
  applyPayload,
  ArtifactDocument,
  HeadTracker,
  parseMemberId,
  preparePayload,
  seededSources,
} from "../sync/mod.ts";
import { argument } from "./_argument.ts";
import { childId, load, OURS, readNumber, STORY, writerOf } from "./_crash_state.ts";
import { TempFolder } from "./_temp_folder.ts";

/** More and others of them: `deno test ... tests/crash_test.ts -- --kills=500 --with=x`. */
const KILLS_EACH = Number(argument("kills") ?? 51);
const SEED = argument("with") ?? "crash 20260113";
const DATABASES = 2;
const CHILD = new URL("./_crash_child.ts", import.meta.url);
const BEN = parseMemberId("b2".repeat(32));

/** A line after which to kill, the n-th of up to so many, and how much later at most. */
const MOMENTS: readonly (readonly [start: string, times: number, delayMsMax: number])[] = [
  ["opening", 1, 12],
  ["compacting", 2, 6],
  ["step", 12, 6],
];

/** A process that writes to a file, and the lines that it has said. */
class Child implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(file: string) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-read=.",
        "--allow-write=.scenarios",
        CHILD.pathname,
        file,
      ],
      cwd: new URL("../", import.meta.url),
      env: { NO_COLOR: "1" },
      stdout: "piped",
    }).spawn();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Reads until it has said a line that begins like this, so many times, or says nothing more. */
  async heard(start: string, times = 1): Promise<void> {
    while (this.lines.filter((line) => line.startsWith(start)).length < times) {
      const { value, done } = await this.#reader.read();
      if (done) return;
      const parts = (this.#rest + value).split("\n");
      this.#rest = parts.pop()!;
      this.lines.push(...parts);
    }
  }

  /** Kills it, unless it has ended, and reads what it had still said. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended
    }
    await this.heard("no such line");
    await this.#process.status;
  }
}

/** What a database has been through. */
interface Life {
  kills: number;
  /** Killed while it opened. */
  opening: number;
  /** Killed while it replaced the snapshot. */
  compacting: number;
  /** Of the last line that anybody heard. */
  step: number;
  /** The document's, after that line or a later change; empty if there was none. */
  heads: string;
  /** Kills since it was last looked at. */
  unverified: number;
  /** Steps that were on disk although nobody heard of them. */
  unheard: number;
  deltas: number;
}

async function killOnce(file: string, life: Life, random: () => number): Promise<void> {
  const child = new Child(file);
  try {
    const [start, times, delayMsMax] = MOMENTS[Math.floor(random() * MOMENTS.length)]!;
    await child.heard(start, 1 + Math.floor(random() * times));
    await new Promise((resolve) => setTimeout(resolve, random() * delayMsMax));
  } finally {
    await child[Symbol.asyncDispose]();
  }
  for (const line of child.lines) {
    assert(/^(opening|opened|compacting|step .*)$/.test(line), line);
    const [word, step, heads] = line.split(" ");
    if (word !== "step") continue;
    life.step = Number(step);
    life.heads = heads!;
  }
  if (child.lines.at(-1) === "opening") life.opening++;
  if (child.lines.at(-1) === "compacting") life.compacting++;
  life.kills++;
  life.unverified++;
}

/** What returned is there, what is there fits together, and the other peer gets only what is new. */
function verifyLife(file: string, life: Life, ben: ArtifactDocument): void {
  using store = SqliteStore.open(file);
  const step = readNumber(store, "step");
  // Each process may have been killed between a step and the line that tells of it.
  const unheard = step - life.step;
  assert(unheard >= 0 && unheard <= life.unverified, `step ${step} after ${life.step}`);
  life.unheard += unheard;
  life.unverified = 0;
  using document = load(store, writerOf(OURS, 0));
  const heads = new TextDecoder().decode(store.get("heads", STORY));
  if (document === undefined) return assertEquals([step, heads], [0, ""]);
  assertEquals(document.getHeads().join(), heads);
  if (unheard === 0 && life.heads !== "") assertEquals(heads, life.heads);
  life.step = step;
  const lastCleared = step - step % 10;
  assertEquals(
    store.entries("events").length,
    step === 0 ? 0 : step - Math.max(lastCleared, 1) + 1,
  );

  const saved = store.get("heads", "tracker");
  const tracker = saved ? HeadTracker.load(saved) : new HeadTracker();
  const payload = preparePayload(document, tracker, BEN);
  if (saved !== undefined) {
    const [bytes, wholeBytes] = [payload.changes.length, document.save().length];
    assert(bytes < wholeBytes / 4, `${bytes} bytes are no delta of ${wholeBytes}`);
    life.deltas++;
  }
  applyPayload(ben, new HeadTracker(), payload, OURS);
  assertEquals(ben.getHeads(), document.getHeads());

  ben.appendRef(childId(2_000_000 + life.kills));
  const before = document.getHeads();
  document.applyChanges(ben.getChangesSince(before));
  tracker.update(STORY, BEN, ben.getHeads());
  store.transact((writer) => {
    writer.appendChunk(STORY, document.encodeChangesSince(before));
    writer.put("heads", STORY, new TextEncoder().encode(document.getHeads().join()));
    writer.put("heads", "tracker", tracker.save());
  });
  life.heads = document.getHeads().join();
}

Deno.test(`SqliteStore survives ${DATABASES * KILLS_EACH} kills (seed "${SEED}")`, async () => {
  using folder = new TempFolder();
  const live = async (n: number): Promise<Life> => {
    const { random } = seededSources(`${SEED} ${n}`, () => 0);
    const file = folder.file(`${n}.db`);
    using ben = ArtifactDocument.awaiting(STORY, writerOf(BEN, n));
    const life: Life = {
      unverified: 0,
      kills: 0,
      opening: 0,
      compacting: 0,
      step: 0,
      heads: "",
      unheard: 0,
      deltas: 0,
    };
    while (life.kills < KILLS_EACH) {
      await killOnce(file, life, random);
      // A third of the time the next process finds what this one left.
      if (life.kills % 3 !== 1) verifyLife(file, life, ben);
    }
    return life;
  };
  const ended = await Promise.allSettled(Array.from({ length: DATABASES }, (_, n) => live(n)));
  const lives = ended.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
  console.table(lives.map(({ heads: _, unverified: __, ...counts }) => counts));
  const sum = (name: "kills" | "deltas" | "step") =>
    lives.reduce((sum, life) => sum + life[name], 0);
  assertEquals(sum("kills"), DATABASES * KILLS_EACH);
  assert(sum("deltas") > DATABASES && sum("step") > sum("kills"));
});

Deno.test("SqliteStore is locked for other processes until its own is killed", async () => {
  using folder = new TempFolder();
  const file = folder.file("x.db");
  {
    await using first = new Child(file);
    await first.heard("step");
    await using second = new Child(file);
    await second.heard("no such line");
    assertEquals(second.lines, ["opening", "locked"]);
  }
  using store = SqliteStore.open(file);
  assert(readNumber(store, "step") > 0);
  await using third = new Child(file);
  await third.heard("no such line");
  assertEquals(third.lines, ["opening", "locked"]);
});

Deno.test("SqliteStore is made by at most one of several processes at once", async () => {
  using folder = new TempFolder();
  const file = folder.file("x.db");
  const children = Array.from({ length: 4 }, () => new Child(file));
  try {
    // Whoever is not locked goes on for ever.
    await Promise.all(children.map((child) => child.heard("step")));
    const said = children.map(({ lines }) => lines[1]);
    assert(said.every((line) => line === "opened" || line === "locked"), said.join());
    assert(said.filter((line) => line === "opened").length <= 1, said.join());
  } finally {
    for (const child of children) await child[Symbol.asyncDispose]();
  }
  SqliteStore.open(file)[Symbol.dispose]();
});
