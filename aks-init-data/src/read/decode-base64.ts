/**
 * Strict base64 without white space; `undefined` for anything else. Node's own decoder skips what it does not know, so that
 * half of a text that was written over would decode: what does not encode to the same text again is none. That also settles the
 * bits behind the last byte, where two texts would be two fingerprints of the same data.
 */
export function decodeBase64(text: string): Buffer | undefined {
  if (text === '' || text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.allocUnsafeSlow((text.length / 4) * 3 - padding);
  const length = bytes.write(text, 'base64');
  if (length === bytes.length && bytes.toString('base64') === text) return bytes;
  bytes.fill(0);
  return undefined;
}
