/**
 * How much of a realm each member has read.
 *
 * @module
 */
import { encodeWire } from "../sync/mod.ts";
import type { InterfaceDocument, MemberId } from "../sync/mod.ts";
import { invalid } from "./_realm_faults.ts";
import { decodeData, memberBehind, writeMetadata } from "./_realm_metadata.ts";
import { isReadable } from "./message.ts";
import type { Messages } from "./messages.ts";
import type { RealmHost } from "./realm_host.ts";
import { REALM_KEYS } from "./realm_keys.ts";

/**
 * Counts what members have read: texts and artifacts of others. A member's count only goes up, and
 * only the member writes it. Reading counts writes nothing.
 */
export class ReadTracker {
  readonly #host: RealmHost;
  readonly #messages: Messages;

  /** A tracker for the messages of a realm. */
  constructor(host: RealmHost, messages: Messages) {
    this.#host = host;
    this.#messages = messages;
  }

  /**
   * Has read everything that is here.
   *
   * @returns Whether that is more than before; otherwise nothing is written.
   * @throws {NetworkError} `invalid_operation` if the member is somebody else, `not_member`,
   * `too_large` or `limit_reached`.
   */
  markRead(member: MemberId): boolean {
    if (member !== this.#host.self) throw invalid("messages are marked read by who reads them");
    this.#host.checkMember();
    const count = this.#messages.readableBy(member);
    const before = readCount(this.#host.document, member);
    if (before !== undefined && before >= count) return false;
    return writeMetadata(this.#host, REALM_KEYS.read + member, encodeWire(count));
  }

  /** How many texts and artifacts of others a member has not read, as far as is known here. */
  unreadCount(member: MemberId): number {
    const read = readCount(this.#host.document, member) ?? 0;
    return Math.max(0, this.#messages.readableBy(member) - read);
  }

  /**
   * The id up to which a member has nothing to read; 0 if it never marked anything. Its own messages
   * and all reactions count as read. What was written elsewhere before and arrives late lowers it.
   */
  lastReadSeq(member: MemberId): number {
    if (readCount(this.#host.document, member) === undefined) return 0;
    const messages = this.#messages.messages();
    let [unread, first] = [this.unreadCount(member), messages.length];
    while (unread > 0 && first > 0) {
      const message = messages[--first]!;
      if (message.sender !== member && isReadable(message)) unread--;
    }
    const last = messages[first - 1]?.id ?? 0;
    // A message of one's own may have the same id as the first unread one.
    return Math.min(last, (messages[first]?.id ?? Infinity) - 1);
  }
}

/** How many messages of others a member says that it has read; `undefined` if it never said so. */
export function readCount(document: InterfaceDocument, member: MemberId): number | undefined {
  return toCount(document.getMetadata(REALM_KEYS.read + member));
}

/** The counts of all who have marked something. */
export function readCounts(metadata: ReadonlyMap<string, Uint8Array>): Map<MemberId, number> {
  const counts = new Map<MemberId, number>();
  for (const [key, value] of metadata) {
    const member = memberBehind(REALM_KEYS.read, key);
    const count = member && toCount(value);
    if (member !== undefined && count !== undefined) counts.set(member, count);
  }
  return counts;
}

function toCount(value: Uint8Array | undefined): number | undefined {
  const count = decodeData(value);
  if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0) return undefined;
  return count;
}
