import { describe, expect, it } from 'vitest';
import { BodySlab, loneBody } from './body-slab.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

describe('body slab', () => {
  it('gives back every object it was given, also across blocks and with text outside ASCII', () => {
    const slab = new BodySlab();
    const objects = Array.from({ length: 3000 }, (_, index) => ({
      name: `käfer-${String(index)} 🐞`,
      pad: 'x'.repeat(500),
    }));
    const bodies = objects.map((object) => slab.write(object));
    expect(bodies.map(text)).toEqual(objects.map((object) => JSON.stringify(object)));
  });

  it('takes an object larger than a block', () => {
    const slab = new BodySlab();
    const large = { pad: 'y'.repeat(3_000_000) };
    const small = slab.write({ a: 1 });
    expect(text(slab.write(large))).toBe(JSON.stringify(large));
    expect(text(small)).toBe('{"a":1}');
  });

  it('keeps a lone body in memory of its own, not in the shared pool', () => {
    const body = loneBody({ a: 'ä' });
    expect(text(body)).toBe('{"a":"ä"}');
    expect(body.buffer.byteLength).toBe(body.byteLength);
  });
});
