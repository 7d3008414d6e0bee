import type { SyncedDocument } from "./synced_document.ts";
import { changesToVouchFor } from "./authorship.ts";
import type { AuthoredChange } from "./authorship.ts";
import type { ChangeHash, DocumentId, Heads } from "./ids.ts";
import type { MemberKeys } from "./keys.ts";
import { makeVoucher } from "./voucher.ts";
import type { Voucher } from "./voucher.ts";

/**
 * The vouchers of the changes that are here, so that they can be passed on with the changes. Those
 * for changes of one's own are made when they are first needed.
 */
export class VoucherBook {
  readonly #keys: MemberKeys;
  readonly #byChangeByDocument: Map<DocumentId, Map<ChangeHash, Voucher>> = new Map();

  constructor(keys: MemberKeys) {
    this.#keys = keys;
  }

  /** Keeps vouchers that were found good. */
  keep(documentId: DocumentId, vouchers: readonly Voucher[]): void {
    const byChange = this.#of(documentId);
    for (const voucher of vouchers) byChange.set(voucher.change, voucher);
  }

  /** Forgets a document. */
  forget(documentId: DocumentId): void {
    this.#byChangeByDocument.delete(documentId);
  }

  /** What a peer with these heads needs to believe the rest. */
  since(document: SyncedDocument, heads: Heads): Voucher[] {
    const byChange = this.#of(document.documentId);
    const self = this.#keys.memberId;
    const canVouch = ({ author, hash }: AuthoredChange) => author === self || byChange.has(hash);
    return changesToVouchFor(document.authorsSince(heads), canVouch)
      .map(({ hash }) => byChange.get(hash) ?? this.#make(document.documentId, hash));
  }

  #make(documentId: DocumentId, change: ChangeHash): Voucher {
    const voucher = makeVoucher(this.#keys, documentId, change);
    this.keep(documentId, [voucher]);
    return voucher;
  }

  #of(documentId: DocumentId): Map<ChangeHash, Voucher> {
    const byChange = this.#byChangeByDocument.get(documentId) ?? new Map<ChangeHash, Voucher>();
    this.#byChangeByDocument.set(documentId, byChange);
    return byChange;
  }
}
