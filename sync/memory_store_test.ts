import { MemoryStore } from "./memory_store.ts";
import { testStore } from "./store_conformance.ts";

testStore("MemoryStore", () => new MemoryStore());
