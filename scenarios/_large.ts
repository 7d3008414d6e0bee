/** Many members, bytes or edits: these take as long as all the others, and run beside them. */
export function isLarge(path: string): boolean {
  return ["large_", "blob_", "concurrent_", "live_documents_"].some((prefix) =>
    path.startsWith(prefix)
  );
}
