/**
 * The names of a realm's documents: a set in the realm's own document, so that members who add
 * names at once lose none.
 *
 * @module
 */
import type { InterfaceDocument } from "../sync/mod.ts";
import { invalid } from "./_realm_faults.ts";
import { writeMetadata } from "./_realm_metadata.ts";
import type { RealmHost } from "./realm_host.ts";
import { REALM_KEYS } from "./realm_keys.ts";

/** UTF-16 units of the name of a document in a realm. */
export const DOCUMENT_NAME_UNITS_MAX: number = 100;

/**
 * Fails unless a document can have this name.
 *
 * @throws {NetworkError} `invalid_operation` if it is empty, longer than
 * {@linkcode DOCUMENT_NAME_UNITS_MAX}, not well-formed, or has a control character.
 */
export function checkDocumentName(name: string): void {
  const fault = faultOf(name);
  if (fault !== undefined) throw invalid(`cannot name document: ${fault}`);
}

/** Whether a name begins with `_`: such documents are for the toolkit and not listed to people. */
export function isInternalDocument(name: string): boolean {
  return name.startsWith("_");
}

/**
 * Lists a document in its realm, so that the others get it; to be called with its first write.
 *
 * @returns Whether it was not listed yet; otherwise nothing is written.
 * @throws {NetworkError} `invalid_operation`, `not_member`, `too_large`, or `limit_reached` if the
 * realm has no room for another name.
 */
export function registerDocument(host: RealmHost, name: string): boolean {
  checkDocumentName(name);
  if (host.document.getMetadata(REALM_KEYS.document + name) !== undefined) return false;
  return writeMetadata(host, REALM_KEYS.document + name, new Uint8Array());
}

/** The names that people see, sorted. */
export function documentNames(host: Pick<RealmHost, "document">): string[] {
  return registeredDocuments(host.document).filter((name) => !isInternalDocument(name));
}

/** All names, internal ones too, sorted; what nobody could have registered is left out. */
export function registeredDocuments(document: InterfaceDocument): string[] {
  return document.metadataKeys(REALM_KEYS.document)
    .map((key) => key.slice(REALM_KEYS.document.length))
    .filter((name) => faultOf(name) === undefined)
    .sort();
}

function faultOf(name: string): string | undefined {
  if (name === "") return "the name is empty";
  if (name.length > DOCUMENT_NAME_UNITS_MAX) {
    return `${name.length} units, at most ${DOCUMENT_NAME_UNITS_MAX}`;
  }
  if (!name.isWellFormed()) return "the name is not well-formed Unicode";
  return /\p{Cc}/u.test(name) ? "the name has a control character" : undefined;
}
