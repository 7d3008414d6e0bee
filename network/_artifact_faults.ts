import { NetworkError } from "./errors.ts";
import type { NetworkErrorCode } from "./errors.ts";

export function notActive(): NetworkError {
  return fault("artifact_not_active", "artifact is not active");
}

export function hasParent(): NetworkError {
  return fault("has_parent", "artifact already has a parent");
}

export function noAccess(): NetworkError {
  return fault("no_access", "no access");
}

export function tooMany(what: string, most: number): NetworkError {
  return fault("limit_reached", `too many ${what}, at most ${most}`);
}

export function fault(code: NetworkErrorCode, what: string): NetworkError {
  return new NetworkError(code, `Artifact error: ${what}`);
}
