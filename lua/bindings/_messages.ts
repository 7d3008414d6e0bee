import type { Message } from "../../network/mod.ts";
import { integer, kindOf, text } from "./_arguments.ts";

/** A message as a table. */
export function toMessage(message: Message): Record<string, unknown> {
  return {
    id: message.id,
    key: message.key,
    sender_id: message.sender,
    sender_name: message.senderName,
    type: message.type,
    content: message.content,
    timestamp: Math.floor(message.timestampMs / 1000),
    reply_to: message.replyTo,
    reaction_target: message.reactionTarget,
    target_key: message.targetKey,
    artifact_id: message.artifactId,
  };
}

/** A message's id, or its key. Text that is a number is an id; no key is one. */
export function messageTarget(value: unknown): number | string {
  if (typeof value === "string" && value.includes(":")) return value.toLowerCase();
  if (typeof value === "string" && Number.isNaN(Number(value))) return value;
  if (["number", "string"].includes(kindOf(value))) return integer(value, "target");
  return text(value, "target");
}
