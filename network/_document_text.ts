import type { TextField, ValuePath } from "../sync/mod.ts";

/** A text that is looked up at each use, and written as its document is. */
export class DocumentText implements TextField {
  readonly path: ValuePath;
  readonly #field: () => TextField;
  readonly #write: (write: (field: TextField) => boolean) => boolean;

  /** A text that `field` finds, and that `write` hands to what writes it. */
  constructor(
    field: () => TextField,
    write: (write: (field: TextField) => boolean) => boolean,
  ) {
    this.path = field().path;
    this.#field = field;
    this.#write = write;
  }

  get length(): number {
    return this.#field().length;
  }

  toString(): string {
    return this.#field().toString();
  }

  splice(index: number, deleteCount: number, insert: string = ""): boolean {
    return this.#write((field) => field.splice(index, deleteCount, insert));
  }

  update(text: string): boolean {
    return this.#write((field) => field.update(text));
  }
}
