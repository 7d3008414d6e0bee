/** The keys of a realm's metadata; those that end in a slash go on with a name or a member's id. */
export const REALM_KEYS = {
  /** The nonce that proves who created the realm. */
  creation: "creation",
  /** What its creator calls it, in UTF-8. */
  name: "name",
  /** By member: what it has called the realm last, and when. */
  alias: "alias/",
  /** By member: what it wants to be called, in UTF-8. */
  who: "who/",
  /** By member: how many messages of others it has read. */
  read: "read/",
  /** By member: it was removed by the creator, and nobody else may let it in again. */
  out: "out/",
  /** By name: there is a document. */
  document: "doc/",
} as const;
