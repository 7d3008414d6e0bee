import type { SyncEvent } from "../sync/mod.ts";
import type { BlobEvent } from "./blob_event.ts";

/** What happens to payloads and to the bytes of leaves; realms and contacts tell their own. */
export type NetworkEvent = SyncEvent | BlobEvent;
