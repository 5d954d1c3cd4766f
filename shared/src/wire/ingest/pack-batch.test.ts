import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { SeededRandom } from '../../../testing/seeded-random.ts';
import { describe, expect, it } from 'vitest';
import type { Batch, Entry } from './ingest-messages.ts';
import { encodeBatch } from './ingest-wire.ts';
import { packBatch, unpackBatch } from './pack-batch.ts';

const upsert = (uid: string, bytes: number): Entry => ({
  type: 'upsert',
  feedId: 1,
  uid,
  namespace: 'shop',
  name: uid,
  resourceVersion: '7',
  observedAtMs: 5,
  encoding: 'JSON',
  body: Uint8Array.from({ length: bytes }, (_, index) => (index * 31) % 251),
});
const batch = (...entries: Entry[]): Batch => ({
  epoch: 7,
  seq: 3,
  sentAtMs: 1_790_000_000_123,
  entries,
  health: { state: 'ok', cause: '', reason: '', sinceMs: 1 },
  stop: { reason: 'stopped as asked' },
});
const PLAIN = { zstd: zstdDecompressSync, gzip: gunzipSync };

describe('packing a batch', () => {
  const large = batch(
    { type: 'snapshotBegin', feedId: 1 },
    ...Array.from({ length: 40 }, (_, index) => upsert(`u-${String(index)}`, 50_000)),
    upsert('larger-than-a-piece', 2_000_000),
    { type: 'snapshotEnd', feedId: 1, resourceVersion: '9', count: 41 },
  );
  const batches = { empty: batch(), small: batch(upsert('a', 10)), large };

  for (const encoding of ['zstd', 'gzip'] as const) {
    it(`makes of its pieces the very bytes of the whole, and of these the entries again, by ${encoding}`, async () => {
      for (const one of Object.values(batches)) {
        const packed = await packBatch(one, { encoding });
        const whole = encodeBatch(one);
        expect(PLAIN[encoding](packed.bytes).equals(whole)).toBe(true);
        expect([packed.encoding, packed.rawBytes]).toEqual([encoding, whole.byteLength]);
        const entries = await unpackBatch(packed);
        expect(Buffer.compare(encodeBatch({ ...one, entries }), whole)).toBe(0);
      }
    });
  }

  it('tells of every entry, in order, and reads its body not any more from then on', async () => {
    const entries = large.entries.map((entry) => structuredClone(entry));
    const told: Entry[] = [];
    const calls: number[] = [];
    const packed = await packBatch(
      { ...large, entries },
      {
        encoding: 'zstd',
        onPacked: (some) => {
          told.push(...some);
          if (some.length > 0) calls.push(some.length);
          for (const entry of some) if (entry.type === 'upsert') entry.body.fill(0);
        },
      },
    );
    expect(told).toEqual(entries);
    // A piece ends with the entry that fills it.
    expect(calls).toEqual([22, 20, 1]);
    expect(zstdDecompressSync(packed.bytes).equals(encodeBatch(large))).toBe(true);
  });

  it('tells of the entries of a small batch at once, and reads no body any more from then on', async () => {
    const small = batch(upsert('a', 10), upsert('b', 60_000));
    const told: (readonly Entry[])[] = [];
    const packed = await packBatch(structuredClone(small), {
      encoding: 'zstd',
      onPacked: (some) => {
        told.push(structuredClone(some));
        for (const entry of some) if (entry.type === 'upsert') entry.body.fill(0);
      },
    });
    expect(told).toEqual([small.entries]);
    expect(zstdDecompressSync(packed.bytes).equals(encodeBatch(small))).toBe(true);
  });

  it('takes a body that was given back for a bug: a platform would keep what it has of the object', async () => {
    const gone = upsert('gone', 10);
    if (gone.type === 'upsert') (gone.body.buffer as ArrayBuffer).transfer(0);
    await expect(packBatch(batch(gone), { encoding: 'zstd' })).rejects.toThrow(
      'BUG: the body of gone was given back before it was sent',
    );
  });
});

describe('an offer', () => {
  it('costs at most 30 bytes on the wire, of which most are the uid', async () => {
    const random = new SeededRandom(7);
    const hex = (length: number): string => Array.from({ length }, () => random.integer(16).toString(16)).join('');
    const uid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
    const offers = Array.from({ length: 5000 }, (): Entry => {
      return { type: 'offer', feedId: 2, uid: uid(), resourceVersion: String(120_000_000 + random.integer(9_000_000)) };
    });
    const { bytes } = await packBatch(batch(...offers), { encoding: 'zstd' });
    expect(bytes.byteLength / offers.length).toBeLessThanOrEqual(30);
  });
});
