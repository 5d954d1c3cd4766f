import { constants, gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compress } from './compression.ts';

const text = '{"metadata":{"name":"cart-1","labels":{"app":"cart"}},"spec":{"nodeName":"node-1"}}\n';
const sizes = { empty: 0, small: 10, 'just below the pool': 600, large: 4_000 };

describe('compression', () => {
  for (const [name, copies] of Object.entries(sizes)) {
    const bytes = Buffer.from(text.repeat(copies));

    it(`gives back a ${name} body through zstd`, async () => {
      const compressed = await compress('zstd', bytes);
      expect(zstdDecompressSync(compressed).equals(bytes)).toBe(true);
    });

    it(`gives back a ${name} body through gzip`, async () => {
      const compressed = await compress('gzip', bytes);
      expect(gunzipSync(compressed).equals(bytes)).toBe(true);
    });
  }

  it('gives the same bytes each time, a tenth of what it got or less', async () => {
    const bytes = Buffer.from(text.repeat(4_000));
    for (const encoding of ['zstd', 'gzip'] as const) {
      const [first, second] = await Promise.all([compress(encoding, bytes), compress(encoding, bytes)]);
      expect(Buffer.compare(first, second)).toBe(0);
      expect(first.byteLength).toBeLessThan(bytes.byteLength / 10);
    }
  });

  it('looks harder for what repeats itself where there is little of it', async () => {
    // Words in an order that a level that looks at fewer places cannot follow.
    const words = (count: number): Buffer =>
      Buffer.from(Array.from({ length: count }, (_, at) => `pod-${String((at * at * 31) % 911)} `).join(''));
    const at = (level: number, bytes: Buffer): number =>
      zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level }, pledgedSrcSize: bytes.length })
        .byteLength;
    const [few, many] = [words(4_000), words(10_000)];
    expect([few.byteLength < 48 * 1024, many.byteLength > 48 * 1024]).toEqual([true, true]);
    expect((await compress('zstd', few)).byteLength).toBe(at(6, few));
    expect(at(6, few)).toBeLessThan(at(1, few));
    expect((await compress('zstd', many)).byteLength).toBe(at(1, many));
    expect(at(1, many)).not.toBe(at(6, many));
  });
});
