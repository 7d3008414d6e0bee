import type { JsonValue, MemberId } from "../sync/mod.ts";
import { faultOfName } from "./_name_text.ts";
import type { Contact, ContactRequest } from "./contact.ts";
import { DISPLAY_NAME_LENGTH_MAX } from "./display_name.ts";

/** What is stored of a contact, by its id. */
export type ContactRecord = Omit<Contact, "member">;
/** What is stored of a request, by the stranger's id. */
export type RequestRecord = Omit<ContactRequest, "member">;
/** What is stored of somebody who is blocked, by its id: since when, for people who look. */
export type BlockRecord = number;

/** Reads what is stored of a contact; `undefined` if it is damaged. Other fields are left alone. */
export function readContact(value: JsonValue): ContactRecord | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const { sentiment = 0, relayable = true, status, addedAtMs } = fields;
  if (typeof sentiment !== "number" || typeof relayable !== "boolean") return undefined;
  if (status !== "pending" && status !== "confirmed") return undefined;
  if (!isTime(addedAtMs)) return undefined;
  return { ...nameIn(fields), sentiment: clampSentiment(sentiment), relayable, status, addedAtMs };
}

/** Reads what is stored of a request; `undefined` if it is damaged. */
export function readRequest(value: JsonValue): RequestRecord | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined || !isTime(fields["receivedAtMs"])) return undefined;
  return { ...nameIn(fields), receivedAtMs: fields["receivedAtMs"] };
}

/** Reads a block. Whoever is listed is blocked, even if the time is damaged. */
export function readBlock(value: JsonValue): BlockRecord {
  return isTime(value) ? value : 0;
}

/** The entries of a map by member; what is not under a member's id is left out. */
export function memberEntries(value: JsonValue | undefined): [MemberId, JsonValue][] {
  const fields = value === undefined ? undefined : fieldsOf(value);
  return Object.entries(fields ?? {})
    .filter((entry): entry is [MemberId, JsonValue] => /^[0-9a-f]{64}$/.test(entry[0]));
}

/** The nearest number from -1 to 1. */
export function clampSentiment(sentiment: number): number {
  return Math.min(1, Math.max(-1, sentiment));
}

/** A name, if it can be shown on one line. */
export function nameIn({ name }: { readonly name?: unknown }): { readonly name?: string } {
  if (typeof name !== "string") return {};
  return faultOfName(name, DISPLAY_NAME_LENGTH_MAX) === undefined ? { name } : {};
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** What is in a map; `undefined` for what is none. */
export function fieldsOf(value: JsonValue): { readonly [key: string]: JsonValue } | undefined {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Uint8Array) && !(value instanceof Date);
  return isMap ? value as { readonly [key: string]: JsonValue } : undefined;
}
