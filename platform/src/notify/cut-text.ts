/**
 * A text that may go out: no longer than `maxCharacters`, and marked with its length where it was cut. Half a surrogate pair, which not
 * every JSON reader takes, becomes the replacement character.
 */
export function cutText(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text.toWellFormed();
  const mark = ` … (cut, of ${text.length} characters)`;
  const kept = text.slice(0, Math.max(0, maxCharacters - mark.length));
  // Not through the middle of a pair.
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}${mark}`.toWellFormed();
}
