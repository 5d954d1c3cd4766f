import type { ActionOutcome } from './ack-code.ts';

/** The wire's limit is not told; more than this nobody reads, and it is kept for each action. */
export const LONGEST_ACK_BYTES = 4096;

/**
 * What an acknowledgement says: null when it was done, else the code, a colon, and the words, at most 4,096 bytes of UTF-8. Control
 * characters become blanks: pods' names and webhooks' words are in it, and it ends in logs.
 */
export function ackText(outcome: ActionOutcome): string | null {
  if (outcome.is === 'done') return null;
  const words = outcome.detail.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return cutToBytes(words === '' ? outcome.code : `${outcome.code}: ${words}`, LONGEST_ACK_BYTES);
}

/** A text of at most so many bytes, without half a character at its end, and with a mark where something was cut. */
export function cutToBytes(text: string, most: number): string {
  if (text.length * 3 <= most || Buffer.byteLength(text) <= most) return text;
  const kept = Buffer.from(text)
    .subarray(0, most - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/u, '')
    .trimEnd();
  return `${kept}…`;
}
