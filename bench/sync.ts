/**
 * What the engine costs, beside Automerge's own protocol and automerge-repo, on the same documents
 * in the same run. Counts and bytes are exact; times are medians, and only their ratios mean
 * something. `x` says how many times ours the other's cost is.
 *
 * Run it with `deno run --allow-read=. --allow-write=.scenarios --allow-env bench/sync.ts`;
 * automerge-repo is what reads the environment.
 *
 * @module
 */
import { SqliteStore } from "../capsule/mod.ts";
import { TempFolder } from "../tests/_temp_folder.ts";
import { compareBytes } from "./_bytes.ts";
import { growthMs } from "./_growth.ts";
import { burst, burstInRepo } from "./_messages.ts";
import { partsMs } from "./_parts.ts";
import { newPeerInRepoMs, newPeerMs, oneChangeInRepoMs, oneChangeMs } from "./_times.ts";
import type { MakeStores } from "./_times.ts";
import { ms, times } from "./_timing.ts";

const STORIES = 1000;
const STORY_REFERENCES = 10;
const LENGTHS = [1000, 100_000] as const;

using folder = new TempFolder();
using stores = new DisposableStack();
let files = 0;
const onDisk: MakeStores = () => {
  const open = () => stores.use(SqliteStore.open(folder.file(`${files++}.db`)));
  return [open(), open()];
};

console.log("Messages: a burst of changes to one peer, with its receipt.");
console.table(await messages());

console.log("\nTime: both ends, without transport. Ours seals, vouches, checks and verifies.");
console.table(await comparedTimes());

console.log("\nThe parts of one change to one peer, in ms, by references in the story.");
console.table(Object.fromEntries(
  [10, 1000, 10_000].map((references) => {
    const parts = Object.entries(partsMs(references)).map(([part, took]) => [part, ms(took)]);
    return [references, Object.fromEntries(parts)];
  }),
));

console.log("\nGrowth: one append, and one change from elsewhere, in ms, by references.");
console.table(growth());

for (const references of LENGTHS) {
  console.log(`\nBytes: a story with ${references} references.`);
  console.table(await compareBytes(references));
}
console.log(
  "The bound is 1.15 times the smallest of Automerge's encodings and 200 bytes per envelope,\n" +
    "vouchers included. automerge-repo's bytes are without its framing.",
);

async function messages(): Promise<Record<string, Record<string, string | number>>> {
  const repo = await burstInRepo(1000);
  const rows = ([["there", 1], ["there", 1000], ["away", 1000]] as const).map(([how, changes]) => {
    const { envelopes, bytes } = burst(changes, how);
    return [`${changes} changes, peer ${how}`, { envelopes, bytes }];
  });
  return {
    ...Object.fromEntries(rows),
    "automerge-repo, 1000 changes, peer there": { envelopes: repo.messages, bytes: repo.bytes },
  };
}

async function comparedTimes(): Promise<Record<string, Record<string, string | number>>> {
  // Whoever comes first would otherwise pay for the compiler.
  for (const warm of [oneChangeInRepoMs, oneChangeMs]) await warm(10);
  for (const warm of [newPeerInRepoMs, newPeerMs]) await warm(50, STORY_REFERENCES);
  const rows: [string, number, number, number][] = [];
  for (const references of [10, 1000]) {
    rows.push([
      `one change, ${references} references`,
      await oneChangeInRepoMs(references),
      oneChangeMs(references),
      oneChangeMs(references, onDisk),
    ]);
  }
  rows.push([
    `${STORIES} stories of ${STORY_REFERENCES} to a new peer`,
    await newPeerInRepoMs(STORIES, STORY_REFERENCES),
    newPeerMs(STORIES, STORY_REFERENCES),
    newPeerMs(STORIES, STORY_REFERENCES, onDisk),
  ]);
  return Object.fromEntries(rows.map(([name, repo, memory, disk]) => [name, {
    "repo ms": ms(repo),
    "ours ms": ms(memory),
    "repo / ours": times(repo, memory),
    "stored on disk ms": ms(disk),
    "repo / stored": times(repo, disk),
  }]));
}

function growth(): Record<string, Record<string, string | number>> {
  const [short, long] = LENGTHS.map((references) => growthMs(references)) as [
    ReturnType<typeof growthMs>,
    ReturnType<typeof growthMs>,
  ];
  const names = {
    append: "append",
    bareAppend: "append, bare Automerge with pages",
    kept: "keeping it (memory)",
    taken: "preparing and sealing it",
    applied: "opening, checking and applying it",
    bareApplied: "applying it, bare Automerge with pages",
  } as const;
  const keys = Object.keys(names) as (keyof typeof names)[];
  return Object.fromEntries(keys.map((key) => [names[key], {
    [LENGTHS[0]]: ms(short[key]),
    [LENGTHS[1]]: ms(long[key]),
    "grows": times(long[key], short[key]),
  }]));
}
