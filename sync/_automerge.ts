/**
 * The one place that loads Automerge. The slim entry and its WebAssembly as base64 need no
 * permission, where the plain entry reads a file. Loading happens on import because nothing in this
 * layer can work without it and everything in this layer is synchronous.
 */
import * as Automerge from "@automerge/automerge/slim";
import { automergeWasmBase64 } from "@automerge/automerge/automerge.wasm.base64";

// Automerge's own function for base64 takes half a second, letter by letter.
if (!Automerge.isWasmInitialized()) {
  await Automerge.initializeWasm(Uint8Array.fromBase64(automergeWasmBase64));
}

/**
 * Automerge's own document, below the JavaScript objects that it usually keeps up to date: values
 * are read when they are asked for, and nothing is materialised.
 */
export type Handle = ReturnType<typeof Automerge.getBackend>;

/** One change, opened: its operations and what they depend on. */
export type DecodedChange = Omit<ReturnType<typeof Automerge.decodeChange>, "author">;

/** One operation of a change. */
export type Operation = DecodedChange["ops"][number];

/** Never written: making a document anew takes several times as long as copying this one. */
const EMPTY: Handle = Automerge.getBackend(Automerge.init({ actor: "00" }));

/** An empty document; every change made through it carries this actor. */
export function createHandle(actor: string): Handle {
  return EMPTY.clone(actor);
}

/** Makes a change out of parts, as an encoded chunk. */
export function encodeChange(
  change: Omit<Parameters<typeof Automerge.encodeChange>[0], "author">,
): Uint8Array {
  return Automerge.encodeChange(change as Parameters<typeof Automerge.encodeChange>[0]);
}

/**
 * Opens one encoded change, without a document.
 *
 * @throws if it is not one whole change; scan it first.
 */
export function decodeChange(change: Uint8Array): DecodedChange {
  return Automerge.decodeChange(change);
}
