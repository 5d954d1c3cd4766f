/**
 * Whether a secret is one word of visible ASCII, as keys and tokens are. Anything else cannot travel in a header, and was put there by
 * mistake or is half written.
 */
export function isBareWord(text: string): boolean {
  return /^[\x21-\x7e]+$/u.test(text);
}
