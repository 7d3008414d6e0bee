/**
 * A chat of two people in one process. Type who speaks, a colon and what is said:
 *
 *   deno run examples/chat/main.ts
 *   ada: Fair winds
 *   ben: /react ⛵
 *   ben: /away
 *
 * `/away` takes a person offline, `/back` brings it back. See `chat.ts` for the other commands.
 */
import { IndrasNetwork, SimulatedWorld } from "@indras/toolkit/network";
import { Chat, HELP } from "./chat.ts";

/** Plays lines; prints what each of the two sees, with whose window it is in front. */
export async function play(
  lines: Iterable<string> | AsyncIterable<string>,
  print: (line: string) => void,
): Promise<void> {
  const world = new SimulatedWorld({ seed: "chat" });
  const person = (name: string) => {
    const network = IndrasNetwork.create({ transport: world, sources: world.sources(name) });
    network.setDisplayName(name);
    network.start();
    return network;
  };
  using ada = person("Ada");
  using ben = person("Ben");
  world.connect(ada.memberId, ben.memberId);
  const harbour = ada.createRealm("Harbour");
  const joined = ben.join(harbour.inviteCode());
  await using adas = new Chat(harbour, ada.memberId, (line) => print(`ada | ${line}`));
  await using bens = new Chat(joined, ben.memberId, (line) => print(`ben | ${line}`));
  const windows = { ada: { chat: adas, network: ada }, ben: { chat: bens, network: ben } };
  const isName = (text: string): text is keyof typeof windows => Object.hasOwn(windows, text);

  await happen(world);
  for await (const line of lines) {
    const [, name = "", words = ""] = /^\s*(\w+)\s*:\s*(.*?)\s*$/s.exec(line) ?? [];
    const who = name.toLowerCase();
    if (!isName(who)) {
      if (line.trim() !== "") print(`Say who speaks: "ada: hello" or "ben: /away". ${HELP}`);
      continue;
    }
    const { chat, network } = windows[who];
    if (words === "/away") world.goOffline(network.memberId);
    else if (words === "/back") world.goOnline(network.memberId);
    else if (words !== "") chat.type(words);
    await happen(world);
  }
}

/** Lets everything arrive, and everything that arrived be printed. */
async function happen(world: SimulatedWorld): Promise<void> {
  world.settle();
  await new Promise((resolve) => setTimeout(resolve));
}

/** The lines of a stream of bytes. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== "") yield rest;
}

if (import.meta.main) await play(linesOf(Deno.stdin.readable), console.log);
