import { createHash } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compress, decompress, encodingOf } from './compression.ts';
import { dczFrames, DICTIONARY, DICTIONARY_NAME } from './dictionary.ts';

const pod = Buffer.from(
  JSON.stringify({
    metadata: { name: 'checkout-1', namespace: 'till', labels: { app: 'checkout' } },
    spec: {
      nodeName: 'ip-10-0-0-7',
      containers: [{ name: 'till', image: 'registry.example.org/till:7', imagePullPolicy: 'IfNotPresent' }],
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      schedulerName: 'default-scheduler',
      restartPolicy: 'Always',
    },
  }),
);

describe('the dictionary', () => {
  it('makes a body that holds one change less than half of what it was without', async () => {
    const [with_, without] = [await compress('dcz', pod), await compress('zstd', pod)];
    // 40 bytes of it say which dictionary it was.
    expect(with_.byteLength).toBeLessThan(without.byteLength * 0.75);
    expect(with_.byteLength - 40).toBeLessThan(without.byteLength / 2);
  });

  it('gives back a body of any size, in one piece and by the pool', async () => {
    for (const bytes of [Buffer.alloc(0), pod, Buffer.concat(Array.from({ length: 400 }, () => pod))]) {
      const compressed = await compress('dcz', bytes);
      expect(Buffer.compare(await decompress('dcz', compressed, bytes.byteLength), bytes)).toBe(0);
    }
  });

  it('stands in front of the body by its hash, as RFC 9842 has it', async () => {
    const compressed = Buffer.from(await compress('dcz', pod));
    const hash = createHash('sha256').update(DICTIONARY).digest();
    expect(compressed.subarray(0, 8).toString('hex')).toBe('5e2a4d1820000000');
    expect(compressed.subarray(8, 40).equals(hash)).toBe(true);
    expect(DICTIONARY_NAME).toBe(`:${hash.toString('base64')}:`);
    const frames = compressed.subarray(40);
    expect(zstdDecompressSync(frames, { dictionary: DICTIONARY }).equals(pod)).toBe(true);
  });

  it('takes no body of another dictionary, nor one that is cut, for one of its own', async () => {
    const compressed = Buffer.from(await compress('dcz', pod));
    const other = Buffer.from(compressed);
    other.writeUInt8(other.readUInt8(39) ^ 1, 39);
    expect([dczFrames(other), dczFrames(compressed.subarray(0, 39)), dczFrames(Buffer.alloc(0))]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is for small bodies only', () => {
    expect([encodingOf('dcz', 512 * 1024), encodingOf('dcz', 512 * 1024 + 1), encodingOf('gzip', 1)]).toEqual([
      'dcz',
      'zstd',
      'gzip',
    ]);
  });

  it('holds nothing that is secret, or of a machine', () => {
    const found = /[0-9a-f]{8}-[0-9a-f]{4}-|sha256:[0-9a-f]|BEGIN|\/home\//u.exec(Buffer.from(DICTIONARY).toString());
    expect(found?.[0]).toBeUndefined();
    expect(DICTIONARY.byteLength).toBeLessThan(32 * 1024);
  });
});
