/**
 * By whom a realm was founded, which its id alone can prove.
 */
import { artifactIdOf } from "../sync/mod.ts";
import type { InterfaceChange, InterfaceDocument, InterfaceId, MemberId } from "../sync/mod.ts";
import { dmRealmId, homeRealmId, realmIdOf } from "./realm_ids.ts";
import { REALM_KEYS } from "./realm_keys.ts";

/** What makes a realm what it is. */
export interface Founding {
  /** Who is believed without having been let in. */
  readonly founders: ReadonlySet<MemberId>;
  /** Who decides about name and removal; nobody in a direct message. */
  readonly creator?: MemberId;
  /** Whether others may be let in. */
  readonly isOpen: boolean;
}

/**
 * How a realm was founded, by what is here and what has arrived. Hashing takes long, so what
 * answers most often is asked first.
 */
export function foundingOf(
  document: InterfaceDocument,
  changes: readonly InterfaceChange[],
): Founding {
  const known = proven.get(document);
  if (known !== undefined) return known;
  const { interfaceId, everMembers } = document;
  const authors = [...new Set(changes.map(({ author }) => author))];
  const nonce = document.getMetadata(REALM_KEYS.creation);
  const creator = creatorOf(document) ??
    (nonce && authors.find((author) => isCreation(interfaceId, author, nonce))) ??
    changes.find((change) => provesCreation(document, change))?.author;
  if (creator !== undefined) return { founders: new Set([creator]), creator, isOpen: true };
  if (nonce !== undefined) return { founders: new Set(), isOpen: true };
  const owner = authors.find((author) => homeRealmId(author) as string === interfaceId);
  if (owner !== undefined) {
    return prove(document, { founders: new Set([owner]), creator: owner, isOpen: false });
  }
  const parties = new Set(partiesOf(interfaceId, everMembers, changes));
  const founding = { founders: parties, isOpen: false };
  return parties.size === 0 ? founding : prove(document, founding);
}

/** What nothing but the ids of realm and members says holds for ever, whatever becomes of changes. */
const proven: WeakMap<InterfaceDocument, Founding> = new WeakMap();

function prove(document: InterfaceDocument, founding: Founding): Founding {
  proven.set(document, founding);
  return founding;
}

/** Whether all that a change writes as the creation is the nonce that the realm's id commits to. */
export function provesCreation(document: InterfaceDocument, change: InterfaceChange): boolean {
  const { author, creation, keys } = change;
  return creation !== undefined && isCreation(document.interfaceId, author, creation) &&
    keys.filter((key) => key === REALM_KEYS.creation).length === 1;
}

/** The two of a direct message, as soon as one of them has let the other in. */
function partiesOf(
  interfaceId: InterfaceId,
  everMembers: ReadonlySet<MemberId>,
  changes: readonly InterfaceChange[],
): readonly MemberId[] {
  // Nobody is let in but the two, so among more there are none.
  const known = everMembers.size <= 2 ? [...everMembers] : [];
  const pairs = [
    ...known.map((one) => [one, known] as const),
    ...changes.map(({ author, admits }) => [author, [...admits, ...known]] as const),
  ];
  for (const [one, others] of pairs) {
    const other = others.find((other) =>
      other !== one && dmRealmId(one, other) as string === interfaceId
    );
    if (other !== undefined) return [one, other];
  }
  return [];
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
