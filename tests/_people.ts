/** Networks of people in one world, what goes between them, and cheats that send what they like. */
import { createHash } from "node:crypto";
import { IndrasNetwork, SimulatedWorld } from "../network/mod.ts";
import { createIdentity } from "../network/identity.ts";
import {
  actorOf,
  encodePayload,
  encodeReceipt,
  encodeWire,
  InterfaceDocument,
  makeVoucher,
  MemoryStore,
  openEnvelope,
  sealEnvelope,
  ValueDocument,
} from "../sync/mod.ts";
import type {
  Connection,
  DocumentId,
  Heads,
  InterfaceId,
  MemberId,
  MemberKeys,
  Receiver,
  SyncedDocument,
  SyncEvent,
  Transport,
  Writer,
} from "../sync/mod.ts";

function digest(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 16);
}

/** An envelope as whoever carries it sees it. */
export interface Carried {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly bytes: Uint8Array;
}

/** Somebody with a network, and what outlives it. */
export class Person {
  readonly keys: MemberKeys;
  readonly store: MemoryStore = new MemoryStore();
  /** What happened to what others sent. */
  readonly events: SyncEvent[] = [];
  network!: IndrasNetwork;
  readonly #people: People;
  readonly #name: string;

  constructor(people: People, name: string) {
    this.#people = people;
    this.#name = name;
    this.keys = createIdentity(people.world.sources(`keys of ${name}`));
    this.open();
  }

  get id(): MemberId {
    return this.keys.memberId;
  }

  /** Begins again with nothing but what the store holds. */
  restart(): IndrasNetwork {
    this.network[Symbol.dispose]();
    return this.open();
  }

  open(): IndrasNetwork {
    this.network = new IndrasNetwork({
      identity: this.keys,
      sources: this.#people.world.sources(this.#name),
      transport: this.#people.transport,
      store: this.store,
      onEvent: (event) => this.events.push(event),
    });
    this.network.start();
    return this.network;
  }

  /** The codes of what was refused since it was last asked, and what else went wrong. */
  faults(): string[] {
    const found = this.events.splice(0).flatMap((event) => {
      if (event.type === "refused") return [event.code];
      return event.type === "quarantined" ? [event.type] : [];
    });
    return found;
  }

  /**
   * Everything that can change, records and documents as the store holds them, in short; how many
   * envelopes it has sealed does not count.
   */
  kept(): Map<string, string> {
    const spaces = ["network", "kinds", "heads", "vouchers", "quarantined", "blobs"];
    const records = spaces.flatMap((space) =>
      this.store.entries(space).map(([key, value]) => [`${space} ${key}`, digest([value])] as const)
    );
    const documents = this.store.documents().map((id) => {
      const { snapshot = new Uint8Array(), chunks } = this.store.readDocument(id)!;
      return [`document ${id}`, digest([snapshot, ...chunks])] as const;
    });
    return new Map([...records, ...documents]);
  }

  /** The heads of every document, by its id. */
  heads(): Map<string, Heads> {
    return new Map([...this.network.sharedHeads()].map(([id, { heads }]) => [id, heads]));
  }

  /** Everybody who may have any document of this person's. */
  audiences(): Set<MemberId> {
    return new Set([...this.network.sharedHeads().values()].flatMap(({ audience }) => [
      ...audience,
    ]));
  }
}

/** Ada, Ben, Cyd and Eve, started and linked each to each. */
export class People implements Disposable {
  readonly world: SimulatedWorld;
  /** All that was handed over, in order. */
  readonly carried: Carried[] = [];
  readonly ada: Person;
  readonly ben: Person;
  readonly cyd: Person;
  readonly eve: Person;

  constructor(seed = "people") {
    this.world = new SimulatedWorld({ seed });
    [this.ada, this.ben, this.cyd, this.eve] = ["ada", "ben", "cyd", "eve"]
      .map((name) => new Person(this, name)) as [Person, Person, Person, Person];
    for (const [n, left] of this.all.entries()) {
      for (const right of this.all.slice(n + 1)) this.world.connect(left.id, right.id);
    }
    this.settle();
  }

  get all(): Person[] {
    return [this.ada, this.ben, this.cyd, this.eve];
  }

  /** The world, and somebody who keeps a copy of each envelope. */
  get transport(): Transport {
    return {
      attach: (self, receiver) => {
        const connection = this.world.attach(self, receiver);
        return {
          reachable: () => connection.reachable(),
          wakeAt: (timeMs) => connection.wakeAt(timeMs),
          wake: () => connection.wake(),
          [Symbol.dispose]: () => connection[Symbol.dispose](),
          send: (to, bytes) => {
            if (!connection.send(to, bytes)) return false;
            this.carried.push({ from: self, to, bytes: bytes.slice() });
            return true;
          },
        };
      },
    };
  }

  settle(): void {
    this.world.settle();
  }

  /** A realm of Ada's with Ben and Cyd, who have it. */
  garden() {
    const { ada, ben, cyd } = this;
    const realm = ada.network.createRealm("Garden");
    const invite = realm.inviteCode();
    const [bens, cyds] = [ben, cyd].map(({ network }) => network.join(invite));
    this.settle();
    return { ada: realm, ben: bens!, cyd: cyds!, invite, id: realm.id as string as InterfaceId };
  }

  /** The direct message of Ada and Ben, who both want it. */
  direct() {
    const [adas, bens] = [
      this.ada.network.connect(this.ben.id),
      this.ben.network.connect(this.ada.id),
    ];
    this.settle();
    return { ada: adas, ben: bens, id: adas.id as string as InterfaceId };
  }

  /** Somebody's keys and place in the world, in the hands of a cheat. */
  cheat(person: Person): Cheat {
    person.network.stop();
    return new Cheat(this, person);
  }

  [Symbol.dispose](): void {
    for (const { network } of this.all) network[Symbol.dispose]();
  }
}

/** Sends by hand what no honest network would. */
export class Cheat implements Disposable {
  readonly keys: MemberKeys;
  /** What others sent to it. */
  readonly received: Carried[] = [];
  readonly #people: People;
  readonly #person: Person;
  readonly #connection: Connection;
  #number = 2 ** 40;

  constructor(people: People, person: Person) {
    this.#people = people;
    this.#person = person;
    this.keys = person.keys;
    const ignore = () => {};
    const receiver: Receiver = {
      onEnvelope: (from, bytes) => {
        this.received.push({ from, to: person.id, bytes });
      },
      ...{ onReachable: ignore, onUnreachable: ignore, onWake: ignore, onTime: ignore },
    };
    this.#connection = people.transport.attach(person.id, receiver);
  }

  /** A writer that this person's network never was. */
  get writer(): Writer {
    return this.writerOf(9_999);
  }

  /** Another one. */
  writerOf(session: number): Writer {
    return { actor: actorOf(this.keys.memberId, session), nowMs: () => this.#people.world.nowMs };
  }

  /** Leaves the place to whoever's it is. */
  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  /** A copy of a realm's document as somebody's store holds it. */
  copyOf(id: InterfaceId, from: Person = this.#person, writer = this.writer): InterfaceDocument {
    const { snapshot, chunks } = from.store.readDocument(id)!;
    return InterfaceDocument.loadStored(snapshot ?? new Uint8Array(0), chunks, writer);
  }

  /** A copy of a value document as somebody's store holds it. */
  valueOf(id: DocumentId, from: Person = this.#person, writer = this.writer): ValueDocument {
    const { snapshot, chunks } = from.store.readDocument(id)!;
    return ValueDocument.loadStored(snapshot ?? new Uint8Array(0), chunks, writer);
  }

  /** Lets bytes arrive that need not be an envelope. */
  send(to: Person, bytes: Uint8Array): void {
    this.#connection.send(to.id, bytes);
    this.#people.settle();
  }

  /** Seals bodies and a note as the protocol has it. */
  seal(to: Person, bodies: readonly Uint8Array[], note: Uint8Array = new Uint8Array(0)) {
    const sources = this.#people.world.sources(`cheat ${this.#number}`);
    const recipient = to.id;
    return sealEnvelope({
      keys: this.keys,
      recipient,
      number: this.#number++,
      bodies,
      note,
      sources,
    });
  }

  /** What a document holds beyond a base, as a payload, vouched for by `vouched`. */
  payload(document: SyncedDocument, base: Heads = [], { vouched = [this.keys] }: {
    readonly vouched?: readonly MemberKeys[];
  } = {}): Uint8Array {
    const vouchers = vouched.flatMap((keys) =>
      document.getHeads().map((head) => makeVoucher(keys, document.documentId, head))
    );
    return encodePayload({
      artifactId: document.documentId,
      senderHeads: document.getHeads(),
      changes: document.encodeChangesSince(base),
      vouchers,
    }, this.keys.memberId);
  }

  /** Brings what a document holds beyond a base. */
  bring(to: Person, document: SyncedDocument, base: Heads = []): void {
    this.send(to, this.seal(to, [this.payload(document, base)]));
  }

  /** Says that it holds nothing of a document, which asks for all of it. */
  askFor(to: Person, artifactId: DocumentId): void {
    const receipt = encodeReceipt({ artifactId, heads: [], answers: [] });
    this.send(to, this.seal(to, [], encodeWire([receipt])));
  }

  /** The bodies in the envelopes that it was sent. */
  bodies(): Uint8Array[] {
    return this.received.flatMap(({ bytes }) => openEnvelope(this.keys, bytes).bodies);
  }
}
