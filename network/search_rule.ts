/**
 * Which messages a search finds; the same on every peer, with and without an index.
 *
 * @module
 */
import type { Message } from "./message.ts";

/** A text as search compares it: composed, in lower case, and with one sigma. */
export function foldText(text: string): string {
  return text.normalize("NFC").toLowerCase().replaceAll("ς", "σ");
}

/**
 * The text by which a message is found: what it says, or the name of its artifact; `undefined` for
 * reactions and for artifacts without a name.
 */
export function searchedText(
  { type, content, artifactId }: Pick<Message, "type" | "content" | "artifactId">,
): string | undefined {
  return type === "reaction" || content === artifactId ? undefined : content;
}

/**
 * The messages with a text somewhere in them, in their order.
 *
 * @param query Nothing is found for `""`.
 */
export function findMessages<Found extends Pick<Message, "type" | "content" | "artifactId">>(
  messages: readonly Found[],
  query: string,
): Found[] {
  const folded = foldText(query);
  if (folded === "") return [];
  return messages.filter((message) => {
    const text = searchedText(message);
    return text !== undefined && foldText(text).includes(folded);
  });
}
