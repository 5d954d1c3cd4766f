const MAX_MESSAGE_LENGTH = 300;

/** One printable line of at most 300 characters: it ends in logs and on a status page. */
export function toOneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length <= MAX_MESSAGE_LENGTH ? line : `${line.slice(0, MAX_MESSAGE_LENGTH - 1).trimEnd()}…`;
}
