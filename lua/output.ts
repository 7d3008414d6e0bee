/** What a script has printed, up to a limit; beyond it the text is counted, not kept. */
export class LuaOutput {
  readonly #bytesMax: number;
  readonly #onText: ((text: string) => void) | undefined;
  readonly #parts: string[] = [];
  #keptBytes = 0;
  #droppedBytes = 0;

  /** Starts empty; `onText` receives what is kept, as it comes. */
  constructor(bytesMax: number, onText?: (text: string) => void) {
    this.#bytesMax = bytesMax;
    this.#onText = onText;
  }

  /** Adds what was printed. Bytes that are not UTF-8 are shown as U+FFFD. */
  write(text: string | Uint8Array): void {
    if (text.length === 0) return;
    const bytes = typeof text === "string" ? ENCODER.encode(text) : text;
    const room = this.#bytesMax - this.#keptBytes;
    if (this.#droppedBytes > 0 || bytes.length > room) {
      this.#droppedBytes += bytes.length;
      return;
    }
    this.#keptBytes += bytes.length;
    const shown = typeof text === "string" ? text : DECODER.decode(bytes);
    this.#parts.push(shown);
    this.#onText?.(shown);
  }

  /** Everything that was kept, and a line that says how much was not. */
  get text(): string {
    const kept = this.#parts.join("");
    if (this.#droppedBytes === 0) return kept;
    return `${kept}\n[output ends here: ${this.#droppedBytes} more bytes, ` +
      `at most ${this.#bytesMax} are kept]\n`;
  }
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
