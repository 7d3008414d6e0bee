/**
 * Who has a realm's documents and who may write what in them.
 *
 * A realm is founded by one of three kinds of change: by the member that the realm's id commits to
 * (a nonce in the metadata proves it), by the owner of a home realm, or by either party of a direct
 * message. From then on members let others in. Everybody who was ever let in is believed: that only
 * grows, so peers judge alike whatever the order in which changes arrive, and what somebody wrote
 * before it was let in or removed stays history. To send and to be sent anything takes being a member
 * now.
 *
 * @module
 */
import { artifactIdOf, InterfaceDocument, SyncError, ValueDocument } from "../sync/mod.ts";
import type {
  Audience,
  AuthoredChange,
  DocumentRules,
  InterfaceChange,
  InterfaceId,
  MemberId,
} from "../sync/mod.ts";
import { dmRealmId, homeRealmId, realmIdOf } from "./realm_ids.ts";
import { REALM_KEYS } from "./realm_keys.ts";

/** What the rules need to know of the realms that are here. */
export interface RealmDirectory {
  /** The first document of a realm; `undefined` if the realm is not here. */
  readonly documentOf: (realmId: InterfaceId) => InterfaceDocument | undefined;
  /** Who is spoken to about a realm of which nothing has arrived yet: whoever invited. */
  readonly awaitedFrom: (realmId: InterfaceId) => readonly MemberId[];
}

/** The rules of a realm's members, metadata and log. */
export function interfaceRules(directory: RealmDirectory): DocumentRules<InterfaceDocument> {
  return {
    kind: "interface",
    owns: (document) => document instanceof InterfaceDocument,
    open: ({ snapshot, chunks }, writer) =>
      InterfaceDocument.loadStored(snapshot ?? new Uint8Array(0), chunks, writer),
    apply: (document, { bytes, announced, checkAuthors }) =>
      document.applyEncoded(bytes, announced, (changes) => {
        checkAuthors(changes);
        if (document.segment === 0) checkRealmChanges(document, changes);
        else checkMembers(directory.documentOf(document.interfaceId), changes);
      }),
    audience: (document) => audienceOf(directory, document.interfaceId, document),
    isRecalledFor: () => false,
  };
}

/** The rules of the documents that a realm's members write together. */
export function valueRules(directory: RealmDirectory): DocumentRules<ValueDocument> {
  return {
    kind: "value",
    owns: (document) => document instanceof ValueDocument,
    open: ({ snapshot, chunks }, writer) =>
      ValueDocument.loadStored(snapshot ?? new Uint8Array(0), chunks, writer),
    apply: (document, { bytes, announced, checkAuthors }) =>
      document.applyEncoded(bytes, announced, (changes) => {
        checkAuthors(changes);
        checkMembers(directory.documentOf(document.realmId), changes);
      }),
    audience: (document) => audienceOf(directory, document.realmId),
    isRecalledFor: () => false,
  };
}

/** The member that created a realm; `undefined` if nobody proved it, as in a direct message. */
export function creatorOf(document: InterfaceDocument): MemberId | undefined {
  const nonce = document.getMetadata(REALM_KEYS.creation);
  if (nonce === undefined) return undefined;
  return [...document.everMembers].find((member) =>
    isCreation(document.interfaceId, member, nonce)
  );
}

/** Whether a realm's id commits to a member and a nonce. */
export function isCreation(realmId: string, member: MemberId, nonce: Uint8Array): boolean {
  if (nonce.length !== 32) return false;
  return realmIdOf(Uint8Array.fromHex(artifactIdOf(member, nonce))) === realmId;
}

function audienceOf(
  { documentOf, awaitedFrom }: RealmDirectory,
  realmId: InterfaceId,
  document?: InterfaceDocument,
): Audience {
  // One that has just arrived is not in the directory yet.
  const realm = documentOf(realmId) ?? (document?.segment === 0 ? document : undefined);
  const members = realm?.members() ?? new Map();
  if (members.size === 0) return new Map(awaitedFrom(realmId).map((member) => [member, "awaited"]));
  return new Map(
    [...members].map(([id, { joinedAtMs, addedBy }]) => [id, `${joinedAtMs} ${addedBy}`]),
  );
}

function checkMembers(
  realm: InterfaceDocument | undefined,
  changes: readonly AuthoredChange[],
): void {
  const stranger = changes.find(({ author }) => !realm?.everMembers.has(author));
  // It may have been let in by a change that has not arrived yet: this is no proof of a cheat.
  if (stranger !== undefined) throw refused("no_access", stranger, "is no member");
}

function checkRealmChanges(
  document: InterfaceDocument,
  changes: readonly InterfaceChange[],
): void {
  const proven = creatorOf(document);
  const creator = proven ?? changes.find((change) => foundsOwn(document, change))?.author;
  // Hashing takes long: what one member has created is neither for two nor anybody's home.
  const isDirect = creator === undefined &&
    (isDirectRealm(document) || changes.some((change) => foundsDirect(document, change)));
  const isOwn = proven === undefined && !isDirect && isHome(document);
  const believed = new Set(document.everMembers);
  // Who lets somebody in may itself have been let in by another of these changes.
  for (let before = -1; before !== believed.size;) {
    before = believed.size;
    for (const change of changes) {
      if (believed.has(change.author) || founds(document, change)) {
        for (const member of [change.author, ...change.admits]) believed.add(member);
      }
    }
  }
  for (const change of changes) {
    const { author, admits, removes, keys } = change;
    if (!believed.has(author)) throw refused("no_access", change, "is no member");
    const isCreator = author === creator;
    if (
      isDirect &&
      admits.some((member) => dmIdOf(author, member) !== document.interfaceId && member !== author)
    ) {
      throw refused("not_allowed", change, "may let nobody into a direct message");
    }
    if (isOwn && admits.some((member) => member !== author)) {
      throw refused("not_allowed", change, "may let nobody into a home realm");
    }
    if (
      !isCreator && admits.some((one) => document.getMetadata(REALM_KEYS.out + one) !== undefined)
    ) {
      throw refused("not_allowed", change, "may not let in whom the creator has removed");
    }
    if (removes.some((member) => member !== author && !isCreator)) {
      throw refused("not_allowed", change, "may remove nobody but itself");
    }
    const foreign = keys.find((key) => !mayWrite(key, { author, isCreator }));
    if (foreign !== undefined) throw refused("not_allowed", change, `may not write "${foreign}"`);
  }
}

/** Whether a change makes its author the first member of a realm. */
function founds(document: InterfaceDocument, change: InterfaceChange): boolean {
  return foundsOwn(document, change) || foundsDirect(document, change);
}

/** The creation of a realm, or of one's own. */
function foundsOwn(document: InterfaceDocument, { author, creation }: InterfaceChange): boolean {
  return homeRealmId(author) as string === document.interfaceId ||
    (creation !== undefined && isCreation(document.interfaceId, author, creation));
}

function foundsDirect(document: InterfaceDocument, { author, admits }: InterfaceChange): boolean {
  return admits.some((member) => dmIdOf(author, member) === document.interfaceId);
}

/** Whether the realm is a direct message; nobody is let into one but its two parties. */
function isDirectRealm({ everMembers, interfaceId }: InterfaceDocument): boolean {
  if (everMembers.size !== 2) return false;
  const [one, other] = everMembers;
  return dmIdOf(one!, other!) === interfaceId;
}

function isHome(document: InterfaceDocument): boolean {
  return [...document.everMembers].some((member) =>
    homeRealmId(member) as string === document.interfaceId
  );
}

function dmIdOf(one: MemberId, other: MemberId): string | undefined {
  return one === other ? undefined : dmRealmId(one, other);
}

function mayWrite(
  key: string,
  { author, isCreator }: { readonly author: MemberId; readonly isCreator: boolean },
): boolean {
  if (key === REALM_KEYS.name || key === REALM_KEYS.creation) return isCreator;
  if (key.startsWith(REALM_KEYS.out)) return isCreator;
  if (key.startsWith(REALM_KEYS.document)) return true;
  return [REALM_KEYS.who, REALM_KEYS.read, REALM_KEYS.alias].some((own) => key === own + author);
}

function refused(
  code: "no_access" | "not_allowed",
  { hash, author }: AuthoredChange,
  why: string,
): SyncError {
  return new SyncError(code, `Cannot apply change "${hash}": "${author}" ${why}`);
}
