/**
 * What is said in a realm, as those who read it see it.
 *
 * @module
 */
import type { ArtifactId, MemberId } from "../sync/mod.ts";

/** Bytes of a text in UTF-8. */
export const TEXT_BYTES_MAX: number = 64 * 1024;
/** Bytes of a reaction's emoji in UTF-8. */
export const EMOJI_BYTES_MAX: number = 32;
/** Unicode scalar values of the name under which an artifact is sent. */
export const ARTIFACT_NAME_LENGTH_MAX: number = 256;

/** What a message is; also the kind of the event that holds it. */
export type MessageType = "text" | "reaction" | "artifact" | "system";

/** Names a message for ever: its sender's id in hex, a colon, and the sender's own count. */
export type MessageKey = `${string}:${number}`;

/** One message. */
export interface Message {
  /** Its place in the realm, from 1. Two members who write at once may both use it. */
  readonly id: number;
  /** Its name, which no other message has. */
  readonly key: MessageKey;
  /** Who sent it. */
  readonly sender: MemberId;
  /** What the sender is called, else the first 10 digits of its id. */
  readonly senderName: string;
  /** Which kind of message this is. */
  readonly type: MessageType;
  /** The text; a reaction's emoji; an artifact's name, else its id. */
  readonly content: string;
  /** When it was sent by the sender's clock, in milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** The {@linkcode Message.id} of the message that this text answers. It may not be here yet. */
  readonly replyTo?: number;
  /** The {@linkcode Message.id} of the message that this reaction is to. It may not be here yet. */
  readonly reactionTarget?: number;
  /** The name of the message that this one answers or reacts to, if its sender had that message. */
  readonly targetKey?: MessageKey;
  /** The artifact that is sent. */
  readonly artifactId?: ArtifactId;
}

/** Whether people have a message to read: reactions and announcements are not counted. */
export function isReadable({ type }: Pick<Message, "type">): boolean {
  return type === "text" || type === "artifact";
}
