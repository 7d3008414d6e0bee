/**
 * People whom a member keeps, asks to keep it, or keeps away.
 *
 * @module
 */
import type { MemberId } from "../sync/mod.ts";

/**
 * Contacts of one member. All that is known of them lies in one document, whose value has
 * {@linkcode VALUE_NODES_MAX} parts at most, six for each contact.
 */
export const CONTACTS_MAX: number = 3000;
/** Members that one member blocks. */
export const BLOCKED_MAX: number = 10_000;
/** Strangers who wait for an answer; what others send is refused and counted. */
export const REQUESTS_MAX: number = 256;

/** Whether a contact was confirmed, or waits for that. */
export type ContactStatus = "pending" | "confirmed";

/** Somebody whom a member keeps. */
export interface Contact {
  /** Who. */
  readonly member: MemberId;
  /** What the member calls it; absent if there is no name for it. */
  readonly name?: string;
  /** How much the member thinks of it, from -1 to 1; 0 at first. */
  readonly sentiment: number;
  /** Whether it may be made known to others; at first it may. */
  readonly relayable: boolean;
  /** Whether it was confirmed. */
  readonly status: ContactStatus;
  /** When it was added, in milliseconds since the Unix epoch. */
  readonly addedAtMs: number;
}

/** A stranger who has written to a member, and waits for an answer. */
export interface ContactRequest {
  /** Who. */
  readonly member: MemberId;
  /** What it says that it is called; absent if it says nothing that can be shown. */
  readonly name?: string;
  /** When the first message came, in milliseconds since the Unix epoch. */
  readonly receivedAtMs: number;
}

/** One thing that happened to the contacts, here or at another device of the same member. */
export type ContactEvent =
  | {
    /**
     * Somebody is a contact now; its status is confirmed now, which `added` may come before;
     * its name, its sentiment or whether it is relayable is another one.
     */
    readonly type: "added" | "confirmed" | "changed";
    /** Who. */
    readonly member: MemberId;
    /** What is known of it now. */
    readonly contact: Contact;
  }
  | {
    /** A stranger waits for an answer. */
    readonly type: "requested";
    /** Who. */
    readonly member: MemberId;
    /** What is known of it. */
    readonly request: ContactRequest;
  }
  | {
    /** Somebody is no contact and no stranger who waits any more; is blocked; is not any more. */
    readonly type: "removed" | "blocked" | "unblocked";
    /** Who. */
    readonly member: MemberId;
  };
