import { parseArtifactId, parseMemberId } from "../sync/mod.ts";
import type { MemberId, Sources } from "../sync/mod.ts";
import type { ProjectedChange } from "../network/projection.ts";
import type {
  ArtifactRow,
  ContactRow,
  DocumentRow,
  GrantRow,
  MemberRow,
  ProjectedMessage,
  ProjectionSource,
  RealmRow,
} from "../network/projection_source.ts";

/** Texts that are awkward to fold, to tokenise, to quote or to keep. */
// deno-fmt-ignore
export const AWKWARD: readonly string[] = [
  "İ", "I", "ı", "i", "ß", "ẞ", "SS", "\u00e9", "e\u0301", "E\u0301", "a\u0323\u0302", "ậ",
  "\u2126", "Ω", "ω", "Σ", "σ", "ς", "ǅ", "ﬁ", "👩‍👩‍👧", "😀", "😁", "漢字", "検索", "が", "か\u3099",
  "\u1112\u1161\u11ab", "한", "\0", '"', "'", "*", "-", "NEAR(", "AND", "OR", "NOT", "(", ")", "^",
  "{", "}", ":", "content:", "%", "_", "\\", ";", "--", "\ufeff", "\ufffe", "\uffff", "\ufffd",
  "\u2028", " ", "\t", "abc", "ABC", "aBc", "hello", "World",
];

type Mutable<Row> = { -readonly [Field in keyof Row]: Row[Field] };

interface FakeRealm {
  row: Mutable<RealmRow>;
  readonly members: Map<string, MemberRow>;
  messages: readonly ProjectedMessage[];
  version: number;
  readonly documents: Map<string, { value: unknown; version: number }>;
}

/** A network's content, made up and changed at random, that says what has changed. */
export class FakeSource implements ProjectionSource {
  readonly #random: () => number;
  readonly #realms: Map<string, FakeRealm> = new Map();
  readonly #artifacts: Map<string, { row: Mutable<ArtifactRow>; grants: GrantRow[] }> = new Map();
  readonly #contacts: Map<string, ContactRow> = new Map();
  #versions = 10; // realms begin with smaller counters

  constructor({ random }: Pick<Sources, "random">) {
    this.#random = random;
  }

  realms(): readonly RealmRow[] {
    return [...this.#realms.values()].map(({ row }) => row);
  }
  realm(id: string): RealmRow | undefined {
    return this.#realms.get(id)?.row;
  }
  members(realmId: string): readonly MemberRow[] {
    return [...this.#realms.get(realmId)!.members.values()];
  }
  messages(realmId: string): readonly ProjectedMessage[] {
    return this.#realms.get(realmId)!.messages;
  }
  documents(realmId: string): readonly DocumentRow[] {
    return [...this.#realms.get(realmId)!.documents].map(([name, { value, version }]) => ({
      name,
      heads: [`${version}`],
      read: () => value,
    }));
  }
  artifacts(): readonly ArtifactRow[] {
    return [...this.#artifacts.values()].map(({ row }) => row);
  }
  artifact(id: string): ArtifactRow | undefined {
    return this.#artifacts.get(id)?.row;
  }
  grants(artifactId: string): readonly GrantRow[] {
    return this.#artifacts.get(artifactId)!.grants;
  }
  contacts(): readonly ContactRow[] {
    return [...this.#contacts.values()];
  }

  /** Awkward texts one after another. */
  text(most = 6): string {
    return Array.from({ length: this.below(most + 1) }, () => this.#of(AWKWARD)).join("");
  }

  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  /** Changes something. */
  change(): ProjectedChange {
    const id = this.#id(4);
    const realm = this.#realms.get(id);
    switch (this.below(realm === undefined ? 7 : 20)) {
      case 0:
        return this.#changeContact();
      case 1:
      case 2:
        return this.#changeArtifact();
      case 3:
        if (this.below(4) === 0) this.#realms.delete(id);
        return { kind: "realm", id };
      case 4:
      case 5:
      case 6:
        return realm === undefined ? this.#addRealm(id) : this.#changeMembers(id, realm);
      case 7:
      case 8:
      case 9:
        return this.#changeDocument(id, realm!);
      default:
        return this.#changeMessages(id, realm!);
    }
  }

  #addRealm(id: string): ProjectedChange {
    const version = ++this.#versions;
    const row: RealmRow = { id, kind: "shared", isMember: true, heads: [`${version}`] };
    this.#realms.set(id, {
      row: this.below(2) === 0 ? row : { ...row, heads: undefined },
      members: new Map(),
      messages: Array.from({ length: this.below(4) }, (_, counter) => this.#message(counter)),
      version,
      documents: new Map([["minutes", { value: { open: true }, version }]]),
    });
    return { kind: "realm", id };
  }

  #changeMembers(id: string, { row, members }: FakeRealm): ProjectedChange {
    const member = this.#id(5);
    if (this.below(3) === 0) members.delete(member);
    else members.set(member, { id: member, name: this.text(2), readCount: this.below(9) });
    row.name = this.below(2) === 0 ? this.text(3) : undefined;
    row.alias = this.below(3) === 0 ? this.text(3) : row.alias;
    row.isMember = this.below(2) === 0;
    return { kind: "realm", id };
  }

  #changeMessages(id: string, realm: FakeRealm): ProjectedChange {
    realm.version = ++this.#versions;
    if (realm.row.heads !== undefined) realm.row.heads = [`${realm.version}`];
    const { messages } = realm;
    const at = this.below(messages.length + 1);
    switch (messages.length === 0 ? 9 : this.below(10)) {
      case 0: // a reaction that had been there before
        realm.messages = messages.toSpliced(at, 1);
        break;
      case 1: // a name that was used twice
        realm.messages = messages.with(-1, {
          ...this.#message(0),
          ...{ key: messages.at(-1)!.key, sender: messages.at(-1)!.sender },
        });
        break;
      case 2: // another name for a sender makes other objects
        realm.messages = messages.map((message) => ({ ...message }));
        break;
      case 3: // late
        realm.messages = [...messages, { ...this.#message(realm.version), id: this.below(9) }];
        break;
      default:
        realm.messages = [...messages, this.#message(realm.version)];
    }
    realm.messages = realm.messages.toSorted((left, right) =>
      left.id - right.id ||
      (left.sender < right.sender ? -1 : left.sender > right.sender ? 1 : 0) ||
      Number(left.key.slice(65)) - Number(right.key.slice(65))
    );
    return { kind: "realm", id };
  }

  #message(counter: number): ProjectedMessage {
    const sender = parseMemberId(this.#id(4)) as MemberId;
    const id = Math.max(1, counter);
    const key = `${sender}:${counter}` as const;
    const start = { id, key, sender, timestampMs: this.#of([0, -5, 1e12, 1e300, NaN, 0.5]) };
    const artifactId = parseArtifactId(this.#id(3));
    switch (this.below(8)) {
      case 0:
        return { ...start, type: "reaction", content: this.text(1), reactionTarget: this.below(9) };
      case 1:
        return { ...start, type: "artifact", content: artifactId, artifactId };
      case 2:
        return { ...start, type: "artifact", content: this.text(), artifactId };
      case 3:
        return { ...start, type: "system", content: this.text() };
      default:
        return { ...start, type: "text", content: this.text(), replyTo: 1, targetKey: key };
    }
  }

  #changeDocument(id: string, { documents }: FakeRealm): ProjectedChange {
    const name = this.#of(["notes", "board", "ŝtupoj", 'a "quoted" name']);
    const value = this.#of<unknown>([
      { list: [1, 2.5, null, true, this.text()] },
      this.text(),
      new Uint8Array([1, 2, 3]),
      [new Date(0), 10n, NaN],
      undefined,
      "\ud83d",
    ]);
    if (this.below(4) === 0) documents.delete(name);
    else documents.set(name, { value, version: ++this.#versions });
    return { kind: "document", id };
  }

  #changeArtifact(): ProjectedChange {
    const id = this.#id(5);
    const found = this.#artifacts.get(id);
    const grant = { grantee: this.#id(3), grantedBy: this.#id(3), grantedAtMs: this.below(9) };
    if (found === undefined) {
      const row = { id, documentId: id, kind: "leaf", status: "active", steward: this.#id(3) };
      this.#artifacts.set(id, { row: { ...row, createdAtMs: -0 }, grants: [] });
    } else if (this.below(5) === 0) {
      this.#artifacts.delete(id);
    } else if (this.below(2) === 0) {
      found.row = { ...found.row, name: this.text(2), size: this.below(9), mimeType: "text/plain" };
    } else if (this.below(3) === 0) {
      found.grants = found.grants.slice(1);
    } else {
      found.grants = [{ ...grant, mode: "timed", expiresAtMs: 9 }, ...found.grants];
    }
    return { kind: "artifact", id };
  }

  #changeContact(): ProjectedChange {
    const id = this.#id(4);
    const name = this.text(2);
    const sentiment = this.#of([0, -0, -1, 0.25, NaN]);
    switch (this.below(4)) {
      case 0:
        this.#contacts.delete(id);
        break;
      case 1:
        this.#contacts.set(id, { id, isBlocked: true });
        break;
      default: {
        const row = { id, name, sentiment, relayable: true, isBlocked: false };
        this.#contacts.set(id, { ...row, status: this.#of(["pending", "confirmed"] as const) });
      }
    }
    return { kind: "contacts" };
  }

  /** One of a few ids. */
  #id(count: number): string {
    return `a${this.below(count)}`.repeat(32);
  }

  #of<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }
}
