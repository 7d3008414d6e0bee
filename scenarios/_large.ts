/** Many members, or many bytes: these take as long as all the others, and run beside them. */
export function isLarge(path: string): boolean {
  return path.startsWith("large_") || path.startsWith("blob_");
}
