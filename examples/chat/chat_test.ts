import { assertEquals } from "@std/assert";
import { play } from "./main.ts";

async function screens(...lines: string[]): Promise<string[]> {
  const printed: string[] = [];
  await play(lines, (line) => printed.push(line));
  return printed;
}

const ENTERED = ["* Ada is here", "* Ben is here", "* You are in Harbour"];

/** Each window's lines, in their order; the two print when they come to it. */
function byWindow(printed: readonly string[]): Record<string, string[]> {
  const windows: Record<string, string[]> = { ada: [], ben: [] };
  for (const line of printed) windows[line.slice(0, 3)]?.push(line.slice(6));
  return windows;
}

Deno.test("chat: both see what is said, answered and liked", async () => {
  const printed = await screens("ada: Fair winds", "ben: /react ⛵", "Ben: /reply and you");
  const seen = ["Ada: Fair winds", 'Ben ⛵ "Fair winds"', 'Ben, to "Fair winds": and you'];
  const { ada, ben } = byWindow(printed);
  assertEquals(ada!.slice(-3), seen);
  assertEquals(ben!.slice(-3), seen);
});

Deno.test("chat: people come in by name", async () => {
  const { ada, ben } = byWindow(await screens("ada: /who"));
  assertEquals([...ada!, ...ben!].filter((line) => line.startsWith("*")).sort(), ENTERED);
  assertEquals(ada!.at(-1)!.split(", ").sort(), ["Ada", "Ben"]);
});

Deno.test("chat: who was away gets all of it when it is back", async () => {
  const away = ["ben: /away", "ada: one", "ada: two", "ben: /unread"];
  const before = byWindow(await screens(...away));
  assertEquals(before["ben"]!.at(-1), "0 unread");
  const { ben } = byWindow(await screens(...away, "ben: /back", "ben: /unread", "ben: /read"));
  assertEquals(ben!.slice(-3), ["Ada: one", "Ada: two", "2 unread"]);
});

Deno.test("chat: words are found, and what cannot be done is said", async () => {
  const { ada } = byWindow(
    await screens("ada: /react ⛵", "ada: The tide turns", "ada: /find TIDE", "ada: /sing"),
  );
  assertEquals(ada!.slice(-4, -1), [
    "! Nobody else has said anything",
    "Ada: The tide turns",
    "Ada: The tide turns",
  ]);
  assertEquals(ada!.at(-1)!.startsWith("! There is no /sing: /reply TEXT"), true);
});

Deno.test("chat: a line that nobody speaks is explained, an empty one is nothing", async () => {
  const printed = await screens("hello", "", "eve: hello");
  assertEquals(printed.filter((line) => line.startsWith("Say who speaks")).length, 2);
  assertEquals(printed.length, ENTERED.length + 2);
});
