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
 * Whom the creator has removed is out for ever, whoever lets it in again, before or after. So that
 * is no question of who heard what first, and a member that did not know is no cheat.
 *
 * @module
 */
import { InterfaceDocument, SyncError, ValueDocument } from "../sync/mod.ts";
import type {
  Audience,
  AuthoredChange,
  DocumentRules,
  InterfaceChange,
  InterfaceId,
  MemberId,
  Membership,
} from "../sync/mod.ts";
import { foundingOf, provesCreation } from "./_realm_founding.ts";
import { REALM_KEYS } from "./realm_keys.ts";

export { creatorOf, isCreation } from "./_realm_founding.ts";

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
    apply: (document, { bytes, announced, checkAuthors }) => {
      let isOut = false;
      const outcome = document.applyEncoded(bytes, announced, (changes) => {
        checkAuthors(changes);
        if (document.segment === 0) checkRealmChanges(document, changes);
        else checkMembers(directory.documentOf(document.interfaceId), changes);
        isOut = changes.some(({ keys }) => keys.some((key) => key.startsWith(REALM_KEYS.out)));
      });
      if (isOut) remaining.delete(document.members());
      return outcome;
    },
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

/** Everybody who is a member now: was let in, has not left, and was not removed by the creator. */
export function membersOf(document: InterfaceDocument): ReadonlyMap<MemberId, Membership> {
  const all = document.members();
  const known = remaining.get(all);
  if (known !== undefined) return known;
  const out = new Set(document.metadataKeys(REALM_KEYS.out));
  const members = out.size === 0
    ? all
    : new Map([...all].filter(([id]) => !out.has(REALM_KEYS.out + id)));
  remaining.set(all, members);
  return members;
}

/** By the map that a document gives out, which is another one after each change of the members. */
const remaining: WeakMap<
  ReadonlyMap<MemberId, Membership>,
  ReadonlyMap<MemberId, Membership>
> = new WeakMap();

function audienceOf(
  { documentOf, awaitedFrom }: RealmDirectory,
  realmId: InterfaceId,
  document?: InterfaceDocument,
): Audience {
  // One that has just arrived is not in the directory yet.
  const realm = documentOf(realmId) ?? (document?.segment === 0 ? document : undefined);
  if (realm === undefined || realm.everMembers.size === 0) {
    return new Map(awaitedFrom(realmId).map((member) => [member, "awaited"]));
  }
  const members = membersOf(realm);
  const known = audiences.get(members);
  if (known !== undefined) return known;
  const audience = new Map(
    [...members].map(([id, { joinedAtMs, addedBy }]) => [id, `${joinedAtMs} ${addedBy}`]),
  );
  audiences.set(members, audience);
  return audience;
}

/** By what {@linkcode membersOf} gives, which is another map after each change of the members. */
const audiences: WeakMap<ReadonlyMap<MemberId, Membership>, Audience> = new WeakMap();

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
  const { founders, creator, isOpen } = foundingOf(document, changes);
  const believed = new Set([...document.everMembers, ...founders]);
  // Who lets somebody in may itself have been let in by another of these changes.
  for (let before = -1; before !== believed.size;) {
    before = believed.size;
    for (const { author, admits } of changes) {
      if (believed.has(author)) { for (const member of admits) believed.add(member); }
    }
  }
  for (const change of changes) {
    const { author, admits, removes, keys } = change;
    if (!believed.has(author)) throw refused("no_access", change, "is no member");
    if (!isOpen && admits.some((member) => !founders.has(member))) {
      throw refused("not_allowed", change, "may let nobody into a realm of its own or of two");
    }
    const isCreator = author === creator;
    if (removes.some((member) => member !== author && !isCreator)) {
      throw refused("not_allowed", change, "may remove nobody but itself");
    }
    const foreign = keys.find((key) => !mayWrite(key, { author, isCreator }));
    if (foreign !== undefined) throw refused("not_allowed", change, `may not write "${foreign}"`);
    if (keys.includes(REALM_KEYS.creation) && !provesCreation(document, change)) {
      throw refused("not_allowed", change, "may write no other creation");
    }
  }
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
