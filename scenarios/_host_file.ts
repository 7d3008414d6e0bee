/** Files of the host that may be uploaded, as far as the header of a scenario asks for them. */
export function readHostFile(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    const isNone = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.IsADirectory;
    if (isNone) return undefined;
    throw error;
  }
}
