/**
 * A text as one line that no terminal obeys: without line ends, control characters and what turns the direction of writing, each of which
 * is shown by its number. What a server answered or what somebody named a pod may stand in it.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
      (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    );
}
