/**
 * The bytes of a message's event.
 *
 * ```text
 * text      {text, to?}
 * reaction  {emoji, to}
 * artifact  {artifact: 32 bytes, name?}
 * system    {text}
 * to        a sequence, or [sequence, sender: 32 bytes, counter]
 * ```
 *
 * A body has one form only: what encodes to other bytes than it was read from is damaged.
 *
 * @module
 */
import { decodeWire, encodeWire, parseArtifactId, parseMemberId } from "../sync/mod.ts";
import type { ArtifactId, CborLimits, InterfaceEvent, MemberId, WireValue } from "../sync/mod.ts";
import { faultOfName } from "./_name_text.ts";
import { ARTIFACT_NAME_LENGTH_MAX, EMOJI_BYTES_MAX, TEXT_BYTES_MAX } from "./message.ts";
import type { MessageKey } from "./message.ts";

/** What a reply or a reaction is to. */
export interface MessageTarget {
  /** Its place in the realm. */
  readonly sequence: number;
  /** Which of those that have this place; absent if the sender had none of them. */
  readonly key?: MessageKey;
}

/** What a message says. */
export type MessageBody =
  | { readonly type: "text"; readonly text: string; readonly to?: MessageTarget }
  | { readonly type: "reaction"; readonly emoji: string; readonly to: MessageTarget }
  | { readonly type: "artifact"; readonly artifactId: ArtifactId; readonly name?: string }
  | { readonly type: "system"; readonly text: string };

/** More than the largest body takes, so that nothing larger is decoded. */
const LIMITS: Partial<CborLimits> = {
  bytesMax: TEXT_BYTES_MAX + 128,
  depthMax: 3,
  itemsMax: 16,
  keyBytesMax: 16,
};

/** The only bytes for this body. */
export function encodeBody(body: MessageBody): Uint8Array {
  switch (body.type) {
    case "text":
      return encodeWire({ text: body.text, ...(body.to && { to: encodeTarget(body.to) }) });
    case "reaction":
      return encodeWire({ emoji: body.emoji, to: encodeTarget(body.to) });
    case "artifact": {
      const artifact = Uint8Array.fromHex(body.artifactId);
      return encodeWire({ artifact, ...(body.name !== undefined && { name: body.name }) });
    }
    case "system":
      return encodeWire({ text: body.text });
  }
}

/** Reads what a member wrote; `undefined` if it is no message that this release knows. */
export function decodeBody(
  { kind, body }: Pick<InterfaceEvent, "kind" | "body">,
): MessageBody | undefined {
  try {
    const found = read(kind, decodeWire(body, LIMITS));
    return found !== undefined && sameBytes(encodeBody(found), body) ? found : undefined;
  } catch {
    return undefined; // the fault is the sender's, and there is nobody to tell
  }
}

/** The name of the message that an event holds. */
export function keyOf({ sender, counter }: Pick<InterfaceEvent, "sender" | "counter">): MessageKey {
  return `${sender}:${counter}`;
}

/** The bytes that a string takes in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

function read(kind: string, value: WireValue): MessageBody | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as { readonly [field: string]: WireValue | undefined };
  const to = fields.to === undefined ? undefined : readTarget(fields.to);
  switch (kind) {
    case "text":
      if (!isText(fields.text, TEXT_BYTES_MAX)) return undefined;
      return { type: "text", text: fields.text, ...(to && { to }) };
    case "reaction":
      if (!isText(fields.emoji, EMOJI_BYTES_MAX) || fields.emoji === "") return undefined;
      return to && { type: "reaction", emoji: fields.emoji, to };
    case "artifact": {
      const artifactId = parseArtifactId(hexOf(fields.artifact));
      if (fields.name === undefined) return { type: "artifact", artifactId };
      const name = String(fields.name);
      if (faultOfName(name, ARTIFACT_NAME_LENGTH_MAX) !== undefined) return undefined;
      return { type: "artifact", artifactId, name };
    }
    case "system":
      if (!isText(fields.text, TEXT_BYTES_MAX)) return undefined;
      return { type: "system", text: fields.text };
    default:
      return undefined;
  }
}

function encodeTarget({ sequence, key }: MessageTarget): WireValue {
  if (key === undefined) return sequence;
  const [sender, counter] = key.split(":") as [string, string];
  return [sequence, Uint8Array.fromHex(sender), Number(counter)];
}

/** Throws what {@linkcode decodeBody} catches. */
function readTarget(value: WireValue): MessageTarget {
  if (!Array.isArray(value)) return { sequence: wholeOf(value) };
  const [sequence, sender, counter] = value as readonly WireValue[];
  const key = keyOf({
    sender: parseMemberId(hexOf(sender)) as MemberId,
    counter: wholeOf(counter),
  });
  return { sequence: wholeOf(sequence), key };
}

function wholeOf(value: WireValue | undefined): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError("Cannot read message: not a whole number");
}

function hexOf(value: WireValue | undefined): string {
  if (value instanceof Uint8Array) return value.toHex();
  throw new TypeError("Cannot read message: not an id");
}

function isText(value: WireValue | undefined, bytesMax: number): value is string {
  return typeof value === "string" && utf8Length(value) <= bytesMax;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
