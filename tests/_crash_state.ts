/**
 * What the crash test and the process that it kills both know.
 */
import { createHash } from "node:crypto";
import {
  actorOf,
  ArtifactDocument,
  artifactIdOf,
  parseArtifactId,
  parseMemberId,
} from "../sync/mod.ts";
import type { ArtifactId, MemberId, Store, StoreWriter, Writer } from "../sync/mod.ts";

/** The peer that is killed. */
export const OURS: MemberId = parseMemberId("a1".repeat(32));
/** What the document's id is made of, besides who made it. */
export const NONCE: Uint8Array = new Uint8Array(32);
/** The document. */
export const STORY: ArtifactId = artifactIdOf(OURS, NONCE);

/** An artifact's id by its number, without any order that would make it small. */
export function childId(n: number): ArtifactId {
  return parseArtifactId(createHash("sha256").update(String(n)).digest("hex"));
}

export function writerOf(member: MemberId, session: number): Writer {
  return { actor: actorOf(member, session), nowMs: () => 0 };
}

/** The document as it is stored; `undefined` before it was. */
export function load(store: Store, writer: Writer): ArtifactDocument | undefined {
  const stored = store.readDocument(STORY);
  if (stored === undefined) return undefined;
  const parts = [stored.snapshot ?? new Uint8Array(0), ...stored.chunks];
  return ArtifactDocument.load(Uint8Array.from(parts.flatMap((part) => [...part])), writer);
}

/** A number among the store's settings; 0 if it was never written. */
export function readNumber(store: Store, key: string): number {
  return Number(new TextDecoder().decode(store.get("settings", key)) || 0);
}

export function writeNumber(writer: StoreWriter, key: string, value: number): void {
  writer.put("settings", key, new TextEncoder().encode(String(value)));
}

/** Writes one line at once. */
export function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
