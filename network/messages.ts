/**
 * What the members of a realm say to one another.
 *
 * @module
 */
import type { ArtifactId, MemberId } from "../sync/mod.ts";
import { encodeBody, utf8Length } from "./_message_body.ts";
import type { MessageBody, MessageTarget } from "./_message_body.ts";
import { MessageLog } from "./_message_log.ts";
import type { MessageRow } from "./_message_log.ts";
import { faultOfName } from "./_name_text.ts";
import { invalid, tooLarge, writing } from "./_realm_faults.ts";
import { NetworkError } from "./errors.ts";
import { memberName } from "./member_name.ts";
import { ARTIFACT_NAME_LENGTH_MAX, EMOJI_BYTES_MAX, TEXT_BYTES_MAX } from "./message.ts";
import type { Message, MessageKey } from "./message.ts";
import { findMessages } from "./search_rule.ts";
import type { RealmHost } from "./realm_host.ts";

export * from "./message.ts";

/** What {@linkcode Messages.sendArtifact} takes besides the artifact. */
export interface SendArtifactOptions {
  /**
   * What it is called, at most {@linkcode ARTIFACT_NAME_LENGTH_MAX} Unicode scalar values.
   *
   * @default {its id}
   */
  readonly name?: string;
}

/**
 * The messages of one realm. Reading them writes nothing, and reads each event once.
 *
 * They are ordered by {@linkcode Message.id}, then by sender: the same on every peer with the same
 * history. An event that is no message, or damaged, is left out and counted.
 */
export class Messages {
  readonly #host: RealmHost;
  readonly #log: MessageLog = new MessageLog();
  #names: ReadonlyMap<MemberId, string> = new Map();
  #generation = 0;
  #shown: readonly Message[] = [];

  /** Reads and writes at a realm's host. */
  constructor(host: RealmHost) {
    this.#host = host;
  }

  /**
   * Says something.
   *
   * @returns The {@linkcode Message.id}.
   * @throws {NetworkError} `too_large` beyond {@linkcode TEXT_BYTES_MAX}, `not_member`.
   */
  send(text: string): number {
    return this.#append({ type: "text", text: checkText(text) });
  }

  /**
   * Answers a message.
   *
   * @param target Its id or its key. An id that no message here has is kept as it is: the message
   * may be on its way.
   * @returns The {@linkcode Message.id}.
   * @throws {NetworkError} `not_found` for a key that no message here has, `invalid_operation` for
   * an id that is no whole number from 0; else as {@linkcode Messages.send} does.
   */
  reply(target: number | string, text: string): number {
    this.#host.checkMember();
    return this.#append({ type: "text", text: checkText(text), to: this.#targetOf(target) });
  }

  /**
   * Reacts to a message. A member that reacts to a message with the same emoji again has done so
   * already: nothing is written.
   *
   * @param target As of {@linkcode Messages.reply}.
   * @returns The {@linkcode Message.id} of the reaction.
   * @throws {NetworkError} `too_large` beyond {@linkcode EMOJI_BYTES_MAX}, `invalid_operation` if
   * the emoji is empty; else as {@linkcode Messages.reply} does.
   */
  react(target: number | string, emoji: string): number {
    this.#host.checkMember();
    if (emoji === "") throw invalid("cannot react: the emoji is empty");
    const text = checkSize("emoji", emoji, EMOJI_BYTES_MAX);
    const body = { type: "reaction", emoji: text, to: this.#targetOf(target) } as const;
    const same = this.#log.findReaction(this.#host.self, body);
    return same?.event.sequence ?? this.#append(body);
  }

  /**
   * Points the members to an artifact. It grants nothing.
   *
   * @returns The {@linkcode Message.id}.
   * @throws {NetworkError} `invalid_name` if the name is no line that can be shown, `not_member`.
   */
  sendArtifact(artifactId: ArtifactId, { name }: SendArtifactOptions = {}): number {
    if (name === undefined) return this.#append({ type: "artifact", artifactId });
    const fault = faultOfName(name, ARTIFACT_NAME_LENGTH_MAX);
    if (fault === undefined) return this.#append({ type: "artifact", artifactId, name });
    throw new NetworkError("invalid_name", `Invalid operation: cannot name artifact: ${fault}`);
  }

  /** Writes a system message: what happened, rather than what somebody says. As `send` does. */
  announce(text: string): number {
    return this.#append({ type: "system", text: checkText(text) });
  }

  /** All messages in order; the same list as long as nothing has changed. */
  messages(): readonly Message[] {
    this.#refresh();
    const { rows, generation, senders } = this.#log;
    const names = new Map([...senders.keys()].map((id) => [id, memberName(this.#host, id)]));
    const isNamed = this.#shown.length === 0 ||
      [...this.#names].every(([id, name]) => names.get(id) === name);
    this.#names = names;
    const kept = generation === this.#generation && isNamed ? this.#shown : [];
    this.#generation = generation;
    if (kept.length === rows.length && kept === this.#shown) return kept;
    this.#shown = [...kept, ...rows.slice(kept.length).map((row) => toMessage(row, names))];
    return this.#shown;
  }

  /** The messages with an id above `id`, in order. */
  messagesSince(id: number): readonly Message[] {
    const messages = this.messages();
    return messages.slice(firstBeyond(messages, id));
  }

  /**
   * The messages with a text somewhere in them, in order: texts, announcements, and artifacts by
   * their names. Upper and lower case are the same, and so are the ways to write an accent.
   *
   * @param query Nothing is found for `""`.
   */
  search(query: string): Message[] {
    return findMessages(this.messages(), query);
  }

  /** The message with this id, the first if members who wrote at once share it, or this key. */
  message(target: number | string): Message | undefined {
    const messages = this.messages();
    const sequence = typeof target === "number"
      ? target
      : this.#log.find(target as MessageKey)?.event.sequence;
    if (sequence === undefined) return undefined;
    for (let index = firstBeyond(messages, sequence - 1); index < messages.length; index++) {
      const message = messages[index]!;
      if (message.id !== sequence) return undefined;
      if (typeof target === "number" || message.key === target) return message;
    }
    return undefined;
  }

  /** Events of the realm that are no message that this release knows, or damaged. */
  get skipped(): number {
    this.#refresh();
    return this.#log.skipped;
  }

  /** How many bodies were decoded so far: no event's twice. */
  get decoded(): number {
    return this.#log.decoded;
  }

  /** How many texts and artifacts there are of others than this member. */
  readableBy(member: MemberId): number {
    this.#refresh();
    return this.#log.readable - (this.#log.senders.get(member)?.readable ?? 0);
  }

  #refresh(): void {
    this.#log.refresh(this.#host.segments());
  }

  #targetOf(target: number | string): MessageTarget {
    this.#refresh();
    if (typeof target === "number") {
      if (!Number.isSafeInteger(target) || target < 0) {
        throw invalid(`a message's id is a whole number, not ${target}`);
      }
      const key = this.#log.find(target)?.key;
      return key === undefined ? { sequence: target } : { sequence: target, key };
    }
    const found = this.#log.find(target as MessageKey);
    if (found !== undefined) return { sequence: found.event.sequence, key: found.key };
    throw new NetworkError("not_found", `Message not found: ${target.slice(0, 80)}`);
  }

  #append(body: MessageBody): number {
    this.#host.checkMember();
    const segment = this.#host.openSegment();
    const { sequence } = writing(() =>
      segment.appendEvent({ kind: body.type, body: encodeBody(body) })
    );
    this.#host.changed(segment);
    return sequence;
  }
}

function toMessage(
  { event, key, body }: MessageRow,
  names: ReadonlyMap<MemberId, string>,
): Message {
  const start = {
    id: event.sequence,
    key,
    sender: event.sender,
    senderName: names.get(event.sender)!,
    type: body.type,
    timestampMs: event.atMs,
  };
  switch (body.type) {
    case "text":
      if (body.to === undefined) return { ...start, content: body.text };
      return { ...start, content: body.text, replyTo: body.to.sequence, ...targetKey(body.to) };
    case "reaction":
      return {
        ...start,
        content: body.emoji,
        reactionTarget: body.to.sequence,
        ...targetKey(body.to),
      };
    case "artifact":
      return { ...start, content: body.name ?? body.artifactId, artifactId: body.artifactId };
    case "system":
      return { ...start, content: body.text };
  }
}

function targetKey({ key }: MessageTarget): { targetKey?: MessageKey } {
  return key === undefined ? {} : { targetKey: key };
}

function checkText(text: string): string {
  return checkSize("text", text, TEXT_BYTES_MAX);
}

/** The string as it can be written: half of a surrogate pair becomes U+FFFD. */
function checkSize(what: string, text: string, bytesMax: number): string {
  const bytes = utf8Length(text);
  if (bytes <= bytesMax) return text.toWellFormed();
  throw tooLarge(`cannot send ${what}: ${bytes} bytes, at most ${bytesMax}`);
}

/** The index of the first message with an id above `id`. */
function firstBeyond(messages: readonly Message[], id: number): number {
  let low = 0;
  for (let high = messages.length; low < high;) {
    const middle = (low + high) >>> 1;
    if (messages[middle]!.id > id) high = middle;
    else low = middle + 1;
  }
  return low;
}
