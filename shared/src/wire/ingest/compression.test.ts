import { gunzipSync, zstdDecompressSync } from 'node:zlib';
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
});
