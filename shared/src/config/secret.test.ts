import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';

describe('secret', () => {
  it('shows a mask wherever it is printed', () => {
    const secret = Secret.of('hunter2');
    const printed = [
      String(secret),
      secret.toString(),
      JSON.stringify({ secret }),
      inspect({ deep: [secret] }, { showHidden: true }),
    ];
    for (const text of printed) {
      expect(text).toContain('[secret]');
      expect(text).not.toContain('hunter2');
    }
    expect(Object.values(secret)).toEqual([]);
  });

  it('gives itself away only when asked', () => {
    expect(Secret.of('hunter2').reveal()).toBe('hunter2');
    expect(Secret.of('a').equals(Secret.of('a'))).toBe(true);
    expect(Secret.of('a').equals(Secret.of('b'))).toBe(false);
  });
});
