const PARENT = new URL("../.scenarios/tmp/", import.meta.url);

/** A new folder inside of what version control ignores; disposing it removes it. */
export class TempFolder implements Disposable {
  readonly path: string;

  constructor() {
    Deno.mkdirSync(PARENT, { recursive: true });
    this.path = Deno.makeTempDirSync({ dir: PARENT.pathname });
  }

  /** The path of a file in it. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
