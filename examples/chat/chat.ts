/**
 * One person's side of a chat: what happens in a realm becomes lines, what is typed becomes
 * messages. It knows neither the transport nor the terminal.
 */
import { NetworkError } from "@indras/toolkit/network";
import type { Message, Realm, RealmEvent } from "@indras/toolkit/network";
import type { MemberId } from "@indras/toolkit/sync";

/** What can be typed besides text. */
export const HELP = "/reply TEXT, /react EMOJI (both to the last words of somebody else), " +
  "/who, /find TEXT, /unread, /read";

/** A window of the chat. */
export class Chat implements AsyncDisposable {
  readonly #realm: Realm;
  readonly #self: MemberId;
  readonly #print: (line: string) => void;
  readonly #events: AsyncIterableIterator<RealmEvent>;
  readonly #following: Promise<void>;

  /** Prints what happens from now on, until it is disposed. */
  constructor(realm: Realm, self: MemberId, print: (line: string) => void) {
    this.#realm = realm;
    this.#self = self;
    this.#print = print;
    this.#events = realm.events();
    this.#following = this.#follow();
  }

  /** Does what a line says. What cannot be done is printed. */
  type(line: string): void {
    const [, command, rest = ""] = /^\/(\w+)\s*(.*)$/s.exec(line) ?? [];
    try {
      if (command === undefined) this.#realm.send(line);
      else this.#obey(command, rest);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      this.#print(`! ${error.message}`);
    }
  }

  /** Ends the window once everything that has happened is printed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#events.return?.();
    await this.#following;
  }

  async #follow(): Promise<void> {
    for await (const event of this.#events) {
      const line = this.#lineOf(event);
      if (line !== undefined) this.#print(line);
    }
  }

  #obey(command: string, rest: string): void {
    switch (command) {
      case "reply":
        return void this.#realm.reply(this.#lastOfOthers(), rest);
      case "react":
        return void this.#realm.react(this.#lastOfOthers(), rest);
      case "who":
        return this.#print(this.#realm.members().map(({ name }) => name).join(", "));
      case "find":
        for (const message of this.#realm.search(rest)) this.#print(this.#said(message));
        return;
      case "unread":
        return this.#print(`${this.#realm.unreadCount(this.#self)} unread`);
      case "read":
        return this.#realm.markRead(this.#self);
      default:
        return this.#print(`! There is no /${command}: ${HELP}`);
    }
  }

  #lineOf(event: RealmEvent): string | undefined {
    switch (event.type) {
      case "message":
        return this.#said(event.message);
      case "joined":
        return `* You are in ${this.#realm.name}`;
      case "refused":
        return `! You were not let in: ${event.code}`;
      case "member_joined":
        return event.member === this.#self ? undefined : `* ${this.#nameOf(event.member)} is here`;
      case "member_left":
        return `* ${this.#nameOf(event.member)} has left`;
      default:
        return undefined;
    }
  }

  #said({ senderName, type, content, targetKey }: Message): string {
    const target = targetKey && this.#realm.messages().find(({ key }) => key === targetKey);
    if (type === "reaction") return `${senderName} ${content} "${target?.content ?? "..."}"`;
    return target === undefined
      ? `${senderName}: ${content}`
      : `${senderName}, to "${target.content}": ${content}`;
  }

  #lastOfOthers(): string {
    const said = this.#realm.messages().filter(({ sender, type }) =>
      sender !== this.#self && type === "text"
    );
    const last = said.at(-1);
    if (last !== undefined) return last.key;
    throw new NetworkError("not_found", "Nobody else has said anything");
  }

  #nameOf(member: MemberId): string {
    return this.#realm.members().find(({ id }) => id === member)?.name ?? member.slice(0, 10);
  }
}
