/** Parts of a module in the binary format of WebAssembly 1.0, for the few that are made here. */

/** A value of 32 bits. */
export const I32 = 0x7f;

/** What is imported or exported. */
export const KIND = { function: 0, memory: 2, global: 3 } as const;

/** The sections of a module, by number. */
export const SECTION = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 } as const;

/** A module of sections, which are in ascending order. */
export function moduleOf(
  ...sections: readonly (readonly [id: number, items: readonly (readonly number[])[]])[]
): WebAssembly.Module {
  const bytes = sections.map(([id, items]) => [id, ...sized(vector(items))]);
  return new WebAssembly.Module(
    new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...bytes.flat()]), // "\0asm", version 1
  );
}

/** The type of a function of 32-bit values. */
export function functionType(params: number, results: number): readonly number[] {
  const some = (count: number) => [count, ...new Array<number>(count).fill(I32)];
  return [0x60, ...some(params), ...some(results)];
}

/** The body of a function without variables of its own, as the code section holds it. */
export function body(...code: readonly number[]): readonly number[] {
  return sized([0, ...code, 0x0b]);
}

/** The name of an import or export. */
export function name(text: string): readonly number[] {
  return sized([...text].map((letter) => letter.charCodeAt(0)));
}

/** LEB128 without a sign. */
export function unsigned(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** LEB128 with a sign, of a number that is not negative. */
export function signed(value: number): readonly number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}

function sized(content: readonly number[]): readonly number[] {
  return [...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): readonly number[] {
  return [...unsigned(items.length), ...items.flat()];
}
