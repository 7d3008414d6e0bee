import { assert, assertEquals, assertFalse, assertNotEquals, assertThrows } from "@std/assert";
import { parseMemberId, SyncError } from "../sync/mod.ts";
import type { JsonValue, MemberId } from "../sync/mod.ts";
import { FakeHomeHost } from "./_fake_home_host.ts";
import { ada, ben, cyd } from "./_fake_realm_host.ts";
import { BLOCKED_MAX, CONTACTS_MAX, REQUESTS_MAX } from "./contact.ts";
import type { ContactEvent } from "./contact.ts";
import { ContactsRealm } from "./contacts_realm.ts";
import { documentNames, registeredDocuments } from "./document_names.ts";
import { NetworkError } from "./errors.ts";
import { EventStream } from "./event_stream.ts";

const DOCUMENTS = ["_contacts", "_requests", "_blocked"];

/** Ada's contacts on one device, what she is told of them, and of whom the network was told. */
class Device implements Disposable {
  readonly host: FakeHomeHost;
  readonly events: EventStream<ContactEvent> = new EventStream();
  readonly blocked: MemberId[] = [];
  readonly contacts: ContactsRealm;
  readonly #reader: AsyncIterable<ContactEvent>;

  constructor(session = 0, host = new FakeHomeHost(ada, { session })) {
    this.host = host;
    this.contacts = new ContactsRealm({
      host,
      events: this.events,
      onBlocked: (member) => this.blocked.push(member),
    });
    this.#reader = this.contacts.events();
  }

  /** What happened, as words; ends the stream. */
  async told(): Promise<string[]> {
    this.events.close();
    const events = await Array.fromAsync(this.#reader);
    return events.map(({ type, member }) => `${type} ${member.slice(0, 2)}`);
  }

  /** Takes what another device has. */
  take(from: Device): void {
    for (const name of DOCUMENTS) this.host.takeValue(from.host, name);
  }

  /** Puts something into a document, as a damaged store or another release might. */
  store(name: string, value: JsonValue): void {
    this.host.valueDocument(name).update(value);
  }

  [Symbol.dispose](): void {
    this.host[Symbol.dispose]();
  }
}

function member(index: number): MemberId {
  return parseMemberId(`cc${index.toString(16).padStart(62, "0")}`);
}

function refuses(act: () => unknown, code: string = "invalid_operation"): void {
  const error = assertThrows(act, NetworkError, "Invalid operation: ");
  assertEquals<string>(error.code, code);
}

Deno.test("ContactsRealm.addContact() gives a pending contact with defaults", async () => {
  using device = new Device();
  const { contacts } = device;
  assertFalse(contacts.isContact(ben));
  assertEquals(contacts.status(ben), undefined);
  assert(contacts.addContact(ben));
  assertFalse(contacts.addContact(ben));
  assert(contacts.isContact(ben));
  assertEquals(contacts.contacts(), [{
    member: ben,
    sentiment: 0,
    relayable: true,
    status: "pending",
    addedAtMs: 5_000_000_000,
  }]);
  assertEquals([contacts.status(ben), contacts.sentiment(ben)], ["pending", 0]);
  assertEquals([contacts.relayable(ben), contacts.contactCount], [true, 1]);
  assertEquals(await device.told(), ["added b2"]);
});

Deno.test("ContactsRealm.addContact() sets a name only where there is none", async () => {
  using device = new Device();
  const { contacts } = device;
  contacts.addContact(ben);
  contacts.setSentiment(ben, 1);
  assertFalse(contacts.addContact(ben, { name: " Ben " }));
  assertFalse(contacts.addContact(ben, { name: "Benedict" }));
  contacts.addContact(cyd, { name: "Cyd" });
  assertEquals([contacts.displayNameOf(ben), contacts.displayNameOf(cyd)], ["Ben", "Cyd"]);
  assertEquals([contacts.displayNameOf(ada), contacts.sentiment(ben)], [undefined, 1]);
  const error = assertThrows(() => contacts.addContact(member(1), { name: "a\nb" }), NetworkError);
  assertEquals([error.code, contacts.isContact(member(1))], ["invalid_name", false]);
  assertEquals(await device.told(), ["added b2", "changed b2", "changed b2", "added c3"]);
});

Deno.test("ContactsRealm: one can neither add, ask nor block oneself", () => {
  using device = new Device();
  const { contacts } = device;
  refuses(() => contacts.addContact(ada));
  refuses(() => contacts.block(ada));
  refuses(() => contacts.confirmContact(ada));
  assertFalse(contacts.noteRequest(ada, "Ada"));
  assertEquals([contacts.contacts(), contacts.requests(), contacts.blocked()], [[], [], []]);
  assertEquals(device.host.takeWritten(), []);
});

Deno.test("ContactsRealm: what is done to somebody who is no contact is refused", () => {
  using device = new Device();
  const { contacts } = device;
  contacts.noteRequest(cyd);
  contacts.addContact(member(1));
  contacts.block(member(1));
  device.host.takeWritten();
  for (const other of [ben, cyd, member(1)]) {
    refuses(() => contacts.setSentiment(other, 1));
    refuses(() => contacts.sentiment(other));
    refuses(() => contacts.setRelayable(other, false));
    refuses(() => contacts.relayable(other));
  }
  refuses(() => contacts.confirmContact(ben));
  refuses(() => contacts.confirmContact(member(1)));
  assertFalse(contacts.removeContact(ben));
  assertFalse(contacts.unblock(ben));
  assertEquals(device.host.takeWritten(), []);
});

Deno.test("ContactsRealm.setSentiment() clamps, and keeps what is between", () => {
  using device = new Device();
  const { contacts } = device;
  contacts.addContact(ben);
  const given = [7, 1, 0.25, 0, -0.5, -Infinity, Infinity];
  const kept = given.map((sentiment) => {
    contacts.setSentiment(ben, sentiment);
    return contacts.sentiment(ben);
  });
  assertEquals(kept, [1, 1, 0.25, 0, -0.5, -1, 1]);
  assertThrows(() => contacts.setSentiment(ben, NaN), RangeError);
  assertEquals(contacts.sentiment(ben), 1);
});

Deno.test("ContactsRealm.confirmContact() confirms once", async () => {
  using device = new Device();
  const { contacts } = device;
  contacts.addContact(ben, { name: "Ben" });
  contacts.setRelayable(ben, false);
  assert(contacts.confirmContact(ben));
  assertFalse(contacts.confirmContact(ben));
  assertEquals(contacts.status(ben), "confirmed");
  assertEquals([contacts.relayable(ben), contacts.displayNameOf(ben)], [false, "Ben"]);
  contacts.addContact(ben);
  assertEquals(contacts.status(ben), "confirmed");
  assertEquals(await device.told(), ["added b2", "changed b2", "confirmed b2"]);
});

Deno.test("ContactsRealm.removeContact() forgets all that was known", async () => {
  using device = new Device();
  const { contacts } = device;
  contacts.addContact(ben, { name: "Ben" });
  contacts.confirmContact(ben);
  contacts.setSentiment(ben, -1);
  assert(contacts.removeContact(ben));
  assertFalse(contacts.removeContact(ben));
  assertEquals([contacts.isContact(ben), contacts.contactCount], [false, 0]);
  assertEquals([contacts.status(ben), contacts.displayNameOf(ben)], [undefined, undefined]);
  contacts.addContact(ben);
  assertEquals([contacts.status(ben), contacts.sentiment(ben)], ["pending", 0]);
  assertEquals(contacts.displayNameOf(ben), undefined);
  const told = await device.told();
  assertEquals(told.slice(-3), ["changed b2", "removed b2", "added b2"]);
});

Deno.test("ContactsRealm.contacts() are in the order of their ids", () => {
  using device = new Device();
  const { contacts } = device;
  const added = [cyd, member(2), ben, member(1)];
  for (const other of added) contacts.addContact(other);
  assertEquals(contacts.contacts().map((one) => one.member), added.toSorted());
});

Deno.test("ContactsRealm.noteRequest() makes nobody a contact", async () => {
  using device = new Device();
  const { contacts, host } = device;
  assert(contacts.noteRequest(ben));
  host.nowMs++;
  assert(contacts.noteRequest(ben));
  assertEquals(contacts.requests(), [{ member: ben, receivedAtMs: 5_000_000_000 }]);
  assertEquals([contacts.status(ben), contacts.isContact(ben)], ["pending", false]);
  assertEquals([contacts.contacts(), contacts.contactCount], [[], 0]);
  assertEquals(contacts.displayNameOf(ben), undefined);
  assertEquals(await device.told(), ["requested b2"]);
});

Deno.test("ContactsRealm.noteRequest() keeps a name once, and only one that can be shown", () => {
  using device = new Device();
  const { contacts, host } = device;
  const nameOf = () => contacts.requests()[0]?.name;
  for (const name of ["", "a\nb", "\u202eneB", "x".repeat(65), "\ud800"]) {
    assert(contacts.noteRequest(ben, name));
    assertEquals(nameOf(), undefined);
  }
  contacts.noteRequest(ben, "Ben");
  host.takeWritten();
  contacts.noteRequest(ben, "Your bank");
  assertEquals([nameOf(), host.takeWritten()], ["Ben", []]);
});

Deno.test("ContactsRealm.noteRequest() changes nothing about a contact", () => {
  using device = new Device();
  const { contacts, host } = device;
  contacts.addContact(ben);
  host.takeWritten();
  assert(contacts.noteRequest(ben, "Your bank"));
  assertEquals([contacts.status(ben), contacts.displayNameOf(ben)], ["pending", undefined]);
  assertEquals([contacts.requests(), host.takeWritten()], [[], []]);
});

Deno.test("ContactsRealm: a request that is answered is a confirmed contact", async () => {
  using device = new Device();
  const { contacts, host } = device;
  contacts.noteRequest(ben, "Ben");
  contacts.noteRequest(cyd, "Cyd");
  host.nowMs++;
  assert(contacts.addContact(ben, { name: "Benny" }));
  assert(contacts.confirmContact(cyd));
  const fields = {
    sentiment: 0,
    relayable: true,
    status: "confirmed" as const,
    addedAtMs: 5_000_000_001,
  };
  assertEquals(contacts.contacts(), [
    { ...fields, member: ben, name: "Benny" },
    { ...fields, member: cyd, name: "Cyd" },
  ]);
  assertEquals(contacts.requests(), []);
  contacts.removeContact(ben);
  assertEquals([contacts.status(ben), contacts.requests()], [undefined, []]);
  assertEquals(await device.told(), [
    "requested b2",
    "requested c3",
    "added b2",
    "confirmed b2",
    "added c3",
    "confirmed c3",
    "removed b2",
  ]);
});

Deno.test("ContactsRealm: a request that is turned away can be made again", () => {
  using device = new Device();
  const { contacts } = device;
  contacts.noteRequest(ben);
  assert(contacts.removeContact(ben));
  assertEquals([contacts.status(ben), contacts.requests()], [undefined, []]);
  assert(contacts.noteRequest(ben));
  assertEquals(contacts.status(ben), "pending");
});

Deno.test("ContactsRealm.noteRequest() refuses and counts what there is no room for", () => {
  using device = new Device();
  const { contacts, host } = device;
  for (let index = REQUESTS_MAX; index > 0; index--) {
    host.nowMs++;
    assert(contacts.noteRequest(member(index)));
  }
  host.takeWritten();
  assertFalse(contacts.noteRequest(ben));
  assertFalse(contacts.noteRequest(ben));
  assertEquals([contacts.refusedRequests, contacts.status(ben)], [2, undefined]);
  assertEquals(host.takeWritten(), []);
  assert(contacts.noteRequest(member(1)), "who waits already may go on");
  assertEquals(contacts.requests().map((one) => one.member), [
    ...Array.from({ length: REQUESTS_MAX }, (_, index) => member(REQUESTS_MAX - index)),
  ]);
  contacts.addContact(ben);
  contacts.confirmContact(member(1));
  assert(contacts.noteRequest(cyd));
  assertEquals(contacts.refusedRequests, 2);
});

Deno.test("ContactsRealm.noteRequest() refuses when the document is full, and fails for all else", () => {
  using device = new Device();
  const { contacts, host } = device;
  let fault: Error = new SyncError("too_large", "Cannot change document");
  host.valueDocument("_requests").change = () => {
    throw fault;
  };
  assertFalse(contacts.noteRequest(ben));
  assertEquals(contacts.refusedRequests, 1);
  fault = new NetworkError("storage_error", "Storage error: disk full");
  assertThrows(() => contacts.noteRequest(ben), NetworkError, "disk full");
});

Deno.test("ContactsRealm.block() ends what was, and keeps away what comes", async () => {
  using device = new Device();
  const { contacts } = device;
  contacts.addContact(ben, { name: "Ben" });
  contacts.noteRequest(cyd, "Cyd");
  for (const other of [ben, cyd, member(1)]) {
    assert(contacts.block(other));
    assertFalse(contacts.block(other));
    assert(contacts.isBlocked(other));
    assertEquals([contacts.isContact(other), contacts.status(other)], [false, undefined]);
    assertFalse(contacts.noteRequest(other, "Me again"));
    refuses(() => contacts.addContact(other));
  }
  assertEquals(contacts.blocked(), [ben, cyd, member(1)].toSorted());
  assertEquals(device.blocked, [ben, cyd, member(1)]);
  assertEquals([contacts.contactCount, contacts.requests()], [0, []]);
  assertEquals(contacts.refusedRequests, 0);
  assertEquals(await device.told(), [
    "added b2",
    "requested c3",
    "removed b2",
    "blocked b2",
    "removed c3",
    "blocked c3",
    "blocked cc",
  ]);
});

Deno.test("ContactsRealm.unblock() brings nothing back", async () => {
  using device = new Device();
  const { contacts } = device;
  contacts.addContact(ben, { name: "Ben" });
  contacts.block(ben);
  assert(contacts.unblock(ben));
  assertFalse(contacts.unblock(ben));
  assertEquals([contacts.isBlocked(ben), contacts.blocked()], [false, []]);
  assertEquals([contacts.isContact(ben), contacts.status(ben)], [false, undefined]);
  assert(contacts.noteRequest(ben));
  assert(contacts.addContact(ben));
  assertEquals(contacts.displayNameOf(ben), undefined);
  assertEquals((await device.told()).slice(3), [
    "unblocked b2",
    "requested b2",
    "added b2",
    "confirmed b2",
  ]);
});

Deno.test("ContactsRealm: a block holds even if what comes after it fails", () => {
  using device = new Device();
  const { contacts, host } = device;
  contacts.addContact(ben);
  host.valueDocument("_contacts").change = () => {
    throw new SyncError("too_large", "Cannot change document");
  };
  assertThrows(() => contacts.block(ben), SyncError);
  assertEquals([contacts.isBlocked(ben), contacts.isContact(ben)], [true, false]);
  assertEquals([contacts.contacts(), contacts.contactCount], [[], 0]);
  assertEquals(device.blocked, [ben]);
});

Deno.test("ContactsRealm.events() tell what is known then", async () => {
  using device = new Device();
  const { contacts, events } = device;
  const reader = contacts.events();
  contacts.noteRequest(ben, "Ben");
  contacts.addContact(ben);
  contacts.setSentiment(ben, 1);
  events.close();
  const fields = { relayable: true, status: "confirmed" as const, addedAtMs: 5_000_000_000 };
  const contact = { member: ben, name: "Ben", sentiment: 0, ...fields };
  assertEquals(await Array.fromAsync(reader), [
    {
      type: "requested",
      member: ben,
      request: { member: ben, name: "Ben", receivedAtMs: 5_000_000_000 },
    },
    { type: "added", member: ben, contact },
    { type: "confirmed", member: ben, contact },
    { type: "changed", member: ben, contact: { ...contact, sentiment: 1 } },
  ]);
});

Deno.test("ContactsRealm: everything is there again after a restart", () => {
  using device = new Device();
  const { contacts, host } = device;
  contacts.addContact(ben, { name: "Ben" });
  contacts.confirmContact(ben);
  contacts.setSentiment(ben, 0.5);
  contacts.noteRequest(cyd);
  contacts.block(member(1));
  const before = [contacts.contacts(), contacts.requests(), contacts.blocked()];
  for (const name of DOCUMENTS) host.replace(name);
  const { contacts: again, blocked } = new Device(0, host);
  assertEquals([again.contacts(), again.requests(), again.blocked()], before);
  assertEquals(again.id, contacts.id);
  assertEquals(blocked, []);
  again.addContact(member(2));
  assertEquals(contacts.contactCount, 2);
});

Deno.test("ContactsRealm: it writes to internal documents of the home realm, and never by reading", () => {
  using device = new Device();
  const { contacts, host } = device;
  const reads = () => [
    contacts.contacts(),
    contacts.requests(),
    contacts.blocked(),
    contacts.status(ben),
    contacts.isBlocked(ben),
    contacts.displayNameOf(ben),
    contacts.refresh(),
  ];
  reads();
  assertEquals([host.takeWritten(), registeredDocuments(host.document)], [[], []]);
  contacts.addContact(ben);
  contacts.noteRequest(cyd);
  contacts.block(member(1));
  host.takeWritten();
  const heads = DOCUMENTS.map((name) => host.valueDocument(name).getHeads());
  reads();
  assertEquals(host.takeWritten(), []);
  assertEquals(DOCUMENTS.map((name) => host.valueDocument(name).getHeads()), heads);
  assertEquals(registeredDocuments(host.document), DOCUMENTS.toSorted());
  assertEquals(documentNames(host), []);
});

Deno.test("ContactsRealm: nothing is written by who may not", () => {
  using device = new Device();
  const { contacts, host } = device;
  host.checkMember = () => {
    throw new NetworkError("not_started", "Network not started");
  };
  for (
    const write of [
      () => contacts.addContact(ben),
      () => contacts.noteRequest(ben),
      () => contacts.block(ben),
    ]
  ) assertThrows(write, NetworkError, "Network not started");
  assertEquals([contacts.contacts(), contacts.requests(), contacts.blocked()], [[], [], []]);
  assertEquals(device.blocked, []);
});

Deno.test("ContactsRealm.id is another one for each member", () => {
  using hostOfBen = new FakeHomeHost(ben);
  using device = new Device();
  const { id } = new ContactsRealm({ host: hostOfBen, events: new EventStream() });
  assertNotEquals(id, device.contacts.id);
  assertEquals(parseMemberId(id) as string, id);
});

Deno.test("ContactsRealm: two devices that write at once lose nothing", async () => {
  using phone = new Device(0);
  phone.contacts.addContact(ben);
  using laptop = new Device(1);
  laptop.take(phone);
  laptop.contacts.refresh();
  phone.contacts.setSentiment(ben, 1);
  phone.contacts.addContact(cyd);
  laptop.contacts.confirmContact(ben);
  laptop.contacts.addContact(member(1));
  laptop.take(phone);
  phone.take(laptop);
  laptop.contacts.refresh();
  laptop.contacts.refresh();
  assertEquals(laptop.contacts.contacts(), phone.contacts.contacts());
  assertEquals(laptop.contacts.contacts().map((one) => one.member), [ben, cyd, member(1)].sort());
  assertEquals([phone.contacts.status(ben), laptop.contacts.sentiment(ben)], ["confirmed", 1]);
  assertEquals(await laptop.told(), [
    "added b2",
    "confirmed b2",
    "added cc",
    "changed b2",
    "added c3",
  ]);
});

Deno.test("ContactsRealm: a block at one device counts more than what another did at once", async () => {
  using phone = new Device(0);
  using laptop = new Device(1);
  phone.contacts.block(ben);
  laptop.contacts.addContact(ben);
  laptop.take(phone);
  assert(laptop.contacts.isBlocked(ben));
  assertEquals([laptop.contacts.isContact(ben), laptop.contacts.contactCount], [false, 0]);
  assertEquals(laptop.contacts.contacts(), []);
  // Writing tells what has arrived before.
  laptop.contacts.addContact(cyd);
  assertEquals(laptop.blocked, [ben]);
  assertEquals(await laptop.told(), ["added b2", "removed b2", "blocked b2", "added c3"]);
});

Deno.test("ContactsRealm: what is damaged in the store is left out, and can be written over", () => {
  using device = new Device();
  const { contacts } = device;
  const good = { status: "pending", addedAtMs: 1, sentiment: 0, relayable: true };
  const bad: JsonValue[] = [
    null,
    "pending",
    [good],
    new Uint8Array(3),
    {},
    { ...good, status: "friend" },
    { ...good, addedAtMs: -1 },
    { ...good, addedAtMs: "now" },
    { ...good, sentiment: "1" },
    { ...good, relayable: 1 },
  ];
  device.store("_contacts", {
    ...Object.fromEntries(bad.map((value, index) => [member(index), value])),
    [ada]: good,
    "no member": good,
    [member(100).toUpperCase()]: good,
    [ben]: { status: "confirmed", addedAtMs: 2, name: "a\nb", colour: "blue" },
    [cyd]: { ...good, sentiment: -9, name: "Cyd" },
  });
  device.store("_requests", { [member(5)]: { name: "x" }, [member(6)]: 1, [ada]: {} });
  device.store("_blocked", { [member(7)]: "damaged", [ada]: 1, nobody: 1 });
  assertEquals(contacts.contacts(), [
    { member: ben, status: "confirmed", addedAtMs: 2, sentiment: 0, relayable: true },
    { member: cyd, status: "pending", addedAtMs: 1, sentiment: -1, relayable: true, name: "Cyd" },
  ]);
  assertEquals([contacts.requests(), contacts.isBlocked(ada)], [[], false]);
  assertEquals(contacts.blocked(), [member(7)], "damage ends no block");
  contacts.addContact(member(1));
  contacts.setSentiment(member(1), 1);
  contacts.setRelayable(ben, false);
  assertEquals([contacts.sentiment(member(1)), contacts.contactCount], [1, 3]);
  const stored = device.host.valueDocument("_contacts").read() as Record<string, JsonValue>;
  assertEquals(stored[ben], {
    status: "confirmed",
    addedAtMs: 2,
    name: "a\nb",
    colour: "blue",
    relayable: false,
  });
});

Deno.test("ContactsRealm: a document that is no map can be written again", () => {
  for (const value of ["word", [1, 2], 3]) {
    using device = new Device();
    const { contacts } = device;
    device.store("_contacts", value);
    assertEquals(contacts.contacts(), []);
    contacts.addContact(ben);
    contacts.addContact(cyd);
    assertEquals(contacts.contacts().map((one) => one.member), [ben, cyd]);
  }
});

Deno.test("ContactsRealm: contacts and blocks have a limit", () => {
  using device = new Device();
  const { contacts } = device;
  const record = { name: "N", sentiment: 0.5, relayable: true, status: "pending", addedAtMs: 1 };
  device.store(
    "_contacts",
    Object.fromEntries(
      Array.from({ length: CONTACTS_MAX - 1 }, (_, index) => [member(index), record]),
    ),
  );
  contacts.noteRequest(cyd);
  contacts.addContact(ben, { name: "Ben" });
  assertEquals(contacts.contactCount, CONTACTS_MAX);
  refuses(() => contacts.addContact(member(CONTACTS_MAX)), "limit_reached");
  refuses(() => contacts.confirmContact(cyd), "limit_reached");
  assertEquals([contacts.status(cyd), contacts.isContact(cyd)], ["pending", false]);
  contacts.setSentiment(ben, 1);
  contacts.removeContact(ben);
  assert(contacts.confirmContact(cyd));
  device.store(
    "_blocked",
    Object.fromEntries(Array.from({ length: BLOCKED_MAX - 1 }, (_, index) => [member(index), 1])),
  );
  assert(contacts.block(ben));
  refuses(() => contacts.block(member(BLOCKED_MAX)), "limit_reached");
  contacts.unblock(ben);
  assert(contacts.block(member(BLOCKED_MAX)));
});
