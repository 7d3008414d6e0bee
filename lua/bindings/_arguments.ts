import { parseRealmId } from "../../network/mod.ts";
import type { InviteId, RealmId } from "../../network/mod.ts";
import { parseArtifactId, parseMemberId } from "../../sync/mod.ts";
import type { ArtifactId, MemberId } from "../../sync/mod.ts";

/** Text: numbers are taken as what they print as. */
export function text(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) throw new TypeError(`bad argument '${name}': not UTF-8`);
  throw wrong(name, "text", value);
}

/** Text that may be left out. */
export function optionalText(value: unknown, name: string): string | undefined {
  return value === undefined ? undefined : text(value, name);
}

/** Any string of Lua, as its bytes. */
export function bytes(value: unknown, name: string): Uint8Array {
  return value instanceof Uint8Array ? value : new TextEncoder().encode(text(value, name));
}

/** A whole number; also a float without a fraction, and text that is one. */
export function integer(value: unknown, name: string): number {
  const number = fromNumeral(value);
  if (typeof number === "number" && Number.isSafeInteger(number)) return number;
  throw wrong(name, "an integer", value);
}

/** A whole number that may be left out. */
export function optionalInteger(value: unknown, name: string): number | undefined {
  return value === undefined ? undefined : integer(value, name);
}

/** Seconds from 0, as milliseconds. */
export function seconds(value: unknown, name: string): number {
  const number = fromNumeral(value);
  if (typeof number === "number" && number >= 0 && number < Infinity) return number * 1000;
  throw wrong(name, "seconds from 0", value);
}

/** A member's id. */
export function member(value: unknown, name = "member"): MemberId {
  return parseMemberId(text(value, name));
}

/** An artifact's id. */
export function artifactId(value: unknown, name = "artifact_id"): ArtifactId {
  return parseArtifactId(text(value, name));
}

/** A realm's id. */
export function realmId(value: unknown, name = "realm_id"): RealmId {
  return parseRealmId(text(value, name));
}

/** An invite's id. */
export function inviteId(value: unknown, name = "invite_id"): InviteId {
  const id = text(value, name);
  if (/^[\da-f]{64}$/i.test(id)) return id.toLowerCase() as InviteId;
  throw new TypeError(`Cannot parse invite id "${id.slice(0, 80)}": expected 64 hex digits`);
}

/** True or false itself. */
export function boolean(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(name, "true or false", value);
}

/** Any number but NaN, infinite ones too; also text that is one. */
export function number(value: unknown, name: string): number {
  const found = fromNumeral(value);
  if (typeof found === "bigint") return Number(found);
  if (typeof found === "number" && !Number.isNaN(found)) return found;
  throw wrong(name, "a number", value);
}

/** An object of one of our classes. */
export function instance<T extends object>(
  value: unknown,
  name: string,
  type: new (...args: never[]) => T,
): T {
  if (value instanceof type) return value;
  throw wrong(name, luaName(type), value);
}

/** A table with named fields; empty if it is left out. */
export function options(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (isTable(value) && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(name, "a table with named fields", value);
}

/** A table with these named fields and no other, so that a misspelt name is noticed. */
export function fields<Name extends string>(
  value: unknown,
  name: string,
  known: readonly Name[],
): { readonly [Key in Name]?: unknown } {
  const found = options(value, name);
  const unknown = Object.keys(found).sort().find((key) => !known.some((one) => one === key));
  if (unknown === undefined) return found as { readonly [Key in Name]?: unknown };
  throw new TypeError(`bad argument '${name}': there is no field '${unknown}'`);
}

/** A list; an empty table is one. */
export function list(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (isTable(value) && Object.keys(value as object).length === 0) return [];
  throw wrong(name, "a list", value);
}

/** Whether a value came from a Lua table: a list, or an object of no class. */
export function isTable(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === null ||
    Object.getPrototypeOf(value) === Object.prototype;
}

/** What a value is called in Lua. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nil";
  if (typeof value === "bigint") return "number";
  if (value instanceof Uint8Array) return "string";
  if (typeof value === "object") return isTable(value) ? "table" : luaName(value.constructor);
  return typeof value;
}

/** The class of networks has a longer name where there is no table `indras` around it. */
function luaName({ name }: { readonly name: string }): string {
  return name === "IndrasNetwork" ? "Network" : name;
}

/** Text that Lua itself takes for a number, as that number; anything else as it is. */
function fromNumeral(value: unknown): unknown {
  const isNumeral = typeof value === "string" && NUMERAL.test(value.trim());
  return isNumeral ? Number(value) : value;
}

const NUMERAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^0x[\da-f]+$/i;

function wrong(name: string, expected: string, value: unknown): TypeError {
  const shown = typeof value === "string" || typeof value === "number" ? ` ${value}` : "";
  return new TypeError(
    `bad argument '${name}': expected ${expected}, got ${kindOf(value)}${shown}`,
  );
}
