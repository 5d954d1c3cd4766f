import { describe, expect, it } from 'vitest';
import { ackText, cutToBytes, LONGEST_ACK_BYTES } from './ack-text.ts';

describe('an acknowledgement', () => {
  it('is null when it was done, else begins with its code', () => {
    expect(ackText({ is: 'done', detail: 'all pods have left' })).toBe(null);
    expect(ackText({ is: 'failed', code: 'pdb_blocked', detail: '2 pods\nare held' })).toBe(
      'pdb_blocked: 2 pods are held',
    );
    expect(ackText({ is: 'failed', code: 'internal', detail: '' })).toBe('internal');
  });

  it('has at most 4 kB, whatever the characters', () => {
    for (const character of ['x', 'é', '€', '😀']) {
      const text = ackText({ is: 'failed', code: 'timeout', detail: character.repeat(5000) }) ?? '';
      const bytes = Buffer.byteLength(text);
      expect(bytes).toBeLessThanOrEqual(LONGEST_ACK_BYTES);
      expect(bytes).toBeGreaterThan(LONGEST_ACK_BYTES - 8);
      expect([text.startsWith('timeout: '), text.endsWith('…'), text.includes('\uFFFD')]).toEqual([true, true, false]);
    }
    expect(cutToBytes('abc', 3)).toBe('abc');
  });
});
