import { SyncError } from "../sync/mod.ts";
import { NetworkError } from "./errors.ts";

/** What to throw for something that cannot be done. */
export function invalid(why: string, cause?: unknown): NetworkError {
  const options = cause === undefined ? {} : { cause };
  return new NetworkError("invalid_operation", `Invalid operation: ${why}`, options);
}

/** What to throw for something that is larger than it may be. */
export function tooLarge(why: string, cause?: unknown): NetworkError {
  const options = cause === undefined ? {} : { cause };
  return new NetworkError("too_large", `Invalid operation: ${why}`, options);
}

/** Writes to a document; what the document refuses is said in this layer's words. */
export function writing<Result>(write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    if (error instanceof SyncError && error.code === "too_large") {
      throw tooLarge("the realm's document is full", error);
    }
    if (error instanceof RangeError) {
      throw new NetworkError("limit_reached", `Invalid operation: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}
