/**
 * What happens in a realm.
 *
 * @module
 */
import type { MemberId } from "../sync/mod.ts";
import type { NetworkErrorCode } from "./errors.ts";
import type { Message } from "./message.ts";

/** One thing that happened, at this peer or elsewhere. */
export type RealmEvent =
  | {
    /** A message is here that was not, of this peer too. */
    readonly type: "message";
    /** The message. */
    readonly message: Message;
  }
  | {
    /** Somebody is a member now, or is none any more. */
    readonly type: "member_joined" | "member_left";
    /** Who. */
    readonly member: MemberId;
  }
  | {
    /** The realm has another alias. */
    readonly type: "alias_changed";
    /** What it is now, if there is one. */
    readonly alias?: string;
  }
  | {
    /** The realm has another name. */
    readonly type: "renamed";
    /** What it is now, if it has one. */
    readonly name?: string;
  }
  | {
    /** A document is listed that was not; never an internal one. */
    readonly type: "document_added";
    /** Its name. */
    readonly name: string;
  }
  | {
    /** A member has read more. */
    readonly type: "read_marked";
    /** Who. */
    readonly member: MemberId;
    /** How many texts and artifacts of others it has read. */
    readonly count: number;
  }
  | {
    /** This peer was let in. */
    readonly type: "joined";
  }
  | {
    /** This peer was not let in. */
    readonly type: "refused";
    /** Why. */
    readonly code: NetworkErrorCode;
  };
