import { CHANGE_OPERATIONS_MAX } from "./history.ts";

/** Maps and lists in each other, the value itself included. */
export const VALUE_DEPTH_MAX: number = 32;
/** What one value has in it, itself included. Copies that grow at once may meet with more. */
export const VALUE_NODES_MAX: number = 20_000;
/** Keys of one map. Copies that grow at once may meet with more. */
export const VALUE_KEYS_MAX: number = 10_000;
/** UTF-8 bytes of a key. */
export const VALUE_KEY_BYTES_MAX: number = 1024;
/** UTF-8 bytes of a string, and bytes of a byte string. */
export const VALUE_STRING_BYTES_MAX: number = 1024 * 1024;
/** UTF-16 units of a collaborative text. Copies that grow at once may meet with more. */
export const VALUE_TEXT_LENGTH_MAX: number = 65_536;
/** Bytes of all keys and strings that one change writes. */
export const VALUE_CHANGE_BYTES_MAX: number = 2 * 1024 * 1024;
/** Operations of one change; every value, every deletion and every letter of a text is one. */
export const VALUE_CHANGE_OPERATIONS_MAX: number = CHANGE_OPERATIONS_MAX;
/** UTF-16 units of a document's name. */
export const DOCUMENT_NAME_LENGTH_MAX: number = 256;
/**
 * Elements that come or go, beyond which a change of a list is no longer looked at closely: the
 * result is the same, but elements in the middle are overwritten in place. The cost is its square.
 */
export const LIST_EDITS_MAX: number = 1000;
/**
 * UTF-16 units between the first and the last difference of two texts, beyond which they are
 * replaced as a whole: finding the smallest edit of 10,000 letters takes seconds.
 */
export const TEXT_EDITS_MAX: number = 2000;
