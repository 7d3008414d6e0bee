/** What a test was told behind `--` as `--name=value`. */
export function argument(name: string): string | undefined {
  const start = `--${name}=`;
  return Deno.args.find((text) => text.startsWith(start))?.slice(start.length);
}
