import { describe, expect, it } from 'vitest';
import { toWireEntry } from '@castai/shared/wire/ingest/entry-wire.ts';
import type { Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { BodySlab, giveBackBodies, giveBackBody, loneBody } from './body-slab.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

const isFree = ({ buffer }: Uint8Array): boolean => buffer instanceof ArrayBuffer && buffer.detached;

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

  it('frees a full block with the last of its bodies, and no sooner', () => {
    const slab = new BodySlab();
    const [first, second] = [slab.write({ a: 1 }), slab.write({ b: 2 })];
    giveBackBody(first);
    giveBackBody(first);
    slab.write({ pad: 'y'.repeat(3_000_000) });
    expect(text(second)).toBe('{"b":2}');
    giveBackBody(second);
    expect(second.buffer.byteLength).toBe(0);
  });

  it('frees a block that had nothing to read any more when it was full', () => {
    const slab = new BodySlab();
    const only = slab.write({ a: 1 });
    giveBackBody(only);
    expect(only.buffer.byteLength).toBeGreaterThan(0);
    const next = slab.write({ pad: 'y'.repeat(3_000_000) });
    expect(only.buffer.byteLength).toBe(0);
    expect(next.buffer.byteLength).toBeGreaterThan(0);
  });

  it('frees what has memory of its own, and leaves alone what is a part of other memory, or empty', () => {
    const [body, empty, part] = [loneBody({ a: 1 }), new Uint8Array(), Buffer.from('{"a":1} and more').subarray(0, 7)];
    for (const one of [body, body, empty, part]) giveBackBody(one);
    expect([isFree(body), isFree(empty), text(part)]).toEqual([true, false, '{"a":1}']);
  });

  it('keeps a lone body in memory of its own, not in the shared pool', () => {
    const body = loneBody({ a: 'ä' });
    expect(text(body)).toBe('{"a":"ä"}');
    expect(body.buffer.byteLength).toBe(body.byteLength);
  });

  it('leaves entries that were packed without a view of their bodies, and those that had none as they are', () => {
    const slab = new BodySlab();
    const upsert = (uid: string, body: Uint8Array): Upsert => ({
      type: 'upsert',
      feedId: 1,
      uid,
      namespace: '',
      name: uid,
      resourceVersion: '1',
      observedAtMs: 0,
      encoding: 'JSON',
      body,
    });
    const [a, b, none] = [
      upsert('a', slab.write({ a: 1 })),
      upsert('b', slab.write({ b: 1 })),
      upsert('n', new Uint8Array()),
    ];
    const { buffer } = a.body;
    const entries: Entry[] = [{ type: 'snapshotBegin', feedId: 1 }, a, b, none];
    for (const _twice of [1, 2]) giveBackBodies(entries);
    slab.write({ pad: 'y'.repeat(3_000_000) });
    expect([buffer.byteLength, a.body === b.body, a.body.length]).toEqual([0, true, 0]);
    for (const one of [a, b]) expect(() => toWireEntry(one)).toThrow('was given back before it was sent');
    expect(toWireEntry(none)).toMatchObject({ upsert: { uid: 'n' } });
  });
});
