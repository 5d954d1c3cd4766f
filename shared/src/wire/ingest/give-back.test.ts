import { describe, expect, it } from 'vitest';
import { giveBack } from './give-back.ts';

describe('bytes that are given back', () => {
  it('are freed when the buffer is theirs alone', () => {
    const bytes = Buffer.allocUnsafeSlow(100_000);
    giveBack(bytes);
    expect(bytes.buffer.byteLength).toBe(0);
  });

  it('are left alone when something else lies on the same buffer', () => {
    const all = new Uint8Array([1, 2, 3]);
    giveBack(all.subarray(0, 2));
    expect([...all]).toEqual([1, 2, 3]);
  });
});
