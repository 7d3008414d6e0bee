import { createIdentity } from "../network/identity.ts";
import { ArtifactDocument, Engine, MemoryStore, seededSources } from "../sync/mod.ts";
import type { ArtifactId, MemberKeys, Store, SyncEvent } from "../sync/mod.ts";
import { savedStory } from "./_story.ts";

/** Envelopes that went between two engines. */
export interface Traffic {
  envelopes: number;
  bytes: number;
}

const sources = seededSources("engines", () => 0);
const adasKeys: MemberKeys = createIdentity(sources);
const bensKeys: MemberKeys = createIdentity(sources);
const savedByReferences: Map<number, Uint8Array> = new Map();

/** Ada's story for herself and Ben; the same one whenever the same length is asked for. */
export function longStory(references: number): Uint8Array {
  const saved = savedByReferences.get(references) ??
    savedStory(adasKeys.memberId, references, [bensKeys.memberId]);
  savedByReferences.set(references, saved);
  return saved;
}

/** Two engines with nothing between them but a counter. */
export class EnginePair implements Disposable {
  readonly adasKeys: MemberKeys = adasKeys;
  readonly bensKeys: MemberKeys = bensKeys;
  readonly ada: Engine;
  readonly ben: Engine;

  constructor(stores: readonly [Store, Store] = [new MemoryStore(), new MemoryStore()]) {
    this.ada = new Engine({ keys: this.adasKeys, sources, store: stores[0] });
    this.ben = new Engine({ keys: this.bensKeys, sources, store: stores[1] });
  }

  /** Gives Ada a story for herself and Ben. */
  add(references: number): ArtifactId {
    const saved = savedStory(this.adasKeys.memberId, references, [this.bensKeys.memberId]);
    return this.addSaved(saved);
  }

  /** The same from what {@linkcode savedStory} gave. */
  addSaved(saved: Uint8Array): ArtifactId {
    const story = ArtifactDocument.load(saved, this.ada.writer);
    this.ada.add(story);
    this.ada.onReachable(this.bensKeys.memberId);
    return story.artifactId;
  }

  /** Delivers until nobody has anything to say. */
  settle(): Traffic {
    const traffic = { envelopes: 0, bytes: 0 };
    for (let before = -1; before !== traffic.envelopes;) {
      before = traffic.envelopes;
      this.#deliver(this.ada, this.bensKeys, this.ben, this.adasKeys, traffic);
      this.#deliver(this.ben, this.adasKeys, this.ada, this.bensKeys, traffic);
    }
    for (const engine of [this.ada, this.ben]) assertNoTrouble(engine.takeEvents());
    return traffic;
  }

  /** Neither reaches the other. */
  part(): void {
    this.ada.onUnreachable(this.bensKeys.memberId);
    this.ben.onUnreachable(this.adasKeys.memberId);
  }

  /** They reach each other again. */
  meet(): void {
    this.ada.onReachable(this.bensKeys.memberId);
    this.ben.onReachable(this.adasKeys.memberId);
  }

  [Symbol.dispose](): void {
    this.ada[Symbol.dispose]();
    this.ben[Symbol.dispose]();
  }

  #deliver(from: Engine, to: MemberKeys, at: Engine, by: MemberKeys, traffic: Traffic): void {
    for (;;) {
      const envelope = from.takeEnvelope(to.memberId);
      if (envelope === undefined) return;
      traffic.envelopes++;
      traffic.bytes += envelope.length;
      at.onEnvelope(by.memberId, envelope);
    }
  }
}

/** Fails unless both engines hold the same of a document. */
export function assertSame({ ada, ben }: EnginePair, artifactId: ArtifactId): void {
  const [left, right] = [ada, ben].map((one) => one.documents.get(artifactId)?.getHeads().join());
  if (left === undefined || left !== right) throw new Error("they hold different things");
}

function assertNoTrouble(events: readonly SyncEvent[]): void {
  const trouble = events.find(({ type }) => type !== "applied" && type !== "already_had");
  if (trouble !== undefined) throw new Error(`there was trouble: ${JSON.stringify(trouble)}`);
}
