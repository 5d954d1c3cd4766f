import { expect, test } from 'vitest';
import { enveloped, message, watchFrame } from '../../../testing/protobuf-bytes.ts';
import { must } from '../../errors.ts';
import type { UnreadableObject } from '../json/unreadable-object.ts';
import type { WatchEvent } from '../watch-events.ts';
import { objectReader } from './object-reader.ts';
import { ProtobufWatchDecoder } from './protobuf-watch-decoder.ts';

const READER = must(objectReader({ group: 'apps', version: 'v1', kind: 'Deployment' }), 'a table of deployments');

function deployment(version: string, more: Buffer = Buffer.alloc(0)): Buffer {
  const metadata = message([1, 'web'], [3, 'shop'], [5, 'u1'], [6, version]);
  return enveloped('apps/v1', 'Deployment', Buffer.concat([message([1, metadata]), more]));
}

interface Read {
  readonly events: WatchEvent[];
  readonly unreadable: UnreadableObject[];
  readonly fault: unknown;
}

function read(bytes: Buffer, options: { step?: number; maxLineBytes?: number } = {}): Read {
  const { step = bytes.length, maxLineBytes } = options;
  const unreadable: UnreadableObject[] = [];
  const decoder = new ProtobufWatchDecoder(READER, {
    after: '10',
    onUnreadable: (object) => unreadable.push(object),
    ...(maxLineBytes === undefined ? {} : { maxLineBytes }),
  });
  const events: WatchEvent[] = [];
  for (let at = 0; at < bytes.length; at += step) events.push(...decoder.push(bytes.subarray(at, at + step)));
  decoder.end();
  return { events, unreadable, fault: decoder.fault };
}

const brief = (events: readonly WatchEvent[]): string[] =>
  events.map(
    (event) =>
      `${event.type} ${event.type === 'BOOKMARK' ? event.resourceVersion : String(event.metadata.resourceVersion)}`,
  );

test('events come out the same wherever the chunks of a watch end', () => {
  const bookmark = enveloped('apps/v1', 'Deployment', message([1, message([6, '13'])]));
  const bytes = Buffer.concat([
    watchFrame('ADDED', deployment('11')),
    watchFrame('MODIFIED', deployment('12')),
    watchFrame('BOOKMARK', bookmark),
    watchFrame('DELETED', deployment('14')),
  ]);
  for (let step = 1; step <= bytes.length; step += 1) {
    const { events, fault } = read(bytes, { step });
    expect(brief(events)).toEqual(['ADDED 11', 'MODIFIED 12', 'BOOKMARK 13', 'DELETED 14']);
    expect(fault).toBeUndefined();
  }
});

test('the object of an event says what it is, as in JSON', () => {
  const { events } = read(watchFrame('ADDED', deployment('11', message([2, message([1, 3])]))));
  expect(events).toEqual([
    {
      type: 'ADDED',
      encoding: 'JSON',
      metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '11' },
      protobuf: { message: 'apps.v1.Deployment', bytes: expect.any(Buffer) },
      object: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '11' },
        spec: { replicas: 3 },
      },
    },
  ]);
});

test('an error is what its Status means', () => {
  const status = enveloped(
    'v1',
    'Status',
    message([2, 'Failure'], [3, 'too old resource version'], [4, 'Expired'], [6, 410]),
  );
  const { events, fault } = read(Buffer.concat([watchFrame('ADDED', deployment('11')), watchFrame('ERROR', status)]));
  expect(brief(events)).toEqual(['ADDED 11']);
  expect(fault).toMatchObject({ code: 'KUBE_EXPIRED' });
});

test('an event that is too large costs itself alone, and is named', () => {
  const large = deployment('12', message([2, message([1, 3], [900, 'x'.repeat(3000)])]));
  const bytes = Buffer.concat([watchFrame('MODIFIED', large), watchFrame('MODIFIED', deployment('13'))]);
  for (const step of [1, 100, bytes.length]) {
    const { events, unreadable, fault } = read(bytes, { step, maxLineBytes: 1000 });
    expect(brief(events)).toEqual(['MODIFIED 13']);
    expect(unreadable).toEqual([
      {
        reason: 'TOO_LARGE',
        kind: 'Deployment',
        namespace: 'shop',
        name: 'web',
        uid: 'u1',
        resourceVersion: '12',
        place: 'after 10',
      },
    ]);
    expect(fault).toBeUndefined();
  }
});

test('that an object is gone needs no more than its identity', () => {
  const large = deployment('12', message([2, message([900, 'x'.repeat(3000)])]));
  const { events, unreadable } = read(watchFrame('DELETED', large), { maxLineBytes: 1000 });
  expect(brief(events)).toEqual(['DELETED 12']);
  expect(unreadable).toEqual([]);
});

test.each([
  ['is no protobuf of its kind', deployment('12', message([2, Buffer.from([0x0a, 0x7f])]))],
  ['is of another kind', enveloped('v1', 'Pod', message([1, message([1, 'web'], [3, 'shop'], [5, 'u1'], [6, '12'])]))],
])('an event whose object %s costs itself alone', (_what, object) => {
  const bytes = Buffer.concat([watchFrame('MODIFIED', object), watchFrame('MODIFIED', deployment('13'))]);
  const { events, unreadable } = read(bytes);
  expect(brief(events)).toEqual(['MODIFIED 13']);
  expect(unreadable).toMatchObject([{ reason: 'NOT_PROTOBUF', namespace: 'shop', name: 'web', resourceVersion: '12' }]);
});

const lengthOf = (bytes: number): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
};

test.each([
  ['a length of 0', lengthOf(0)],
  ['a length of 2^31', Buffer.concat([lengthOf(2 ** 31), Buffer.alloc(100_000)])],
  ['the largest length that there is', Buffer.concat([lengthOf(2 ** 32 - 1), Buffer.alloc(100_000)])],
  ['a varint that is cut off', Buffer.concat([lengthOf(2), Buffer.from([0x0a, 0xff])])],
  ['a varint without an end', Buffer.concat([lengthOf(12), Buffer.from([0x0a, ...Array<number>(11).fill(0xff)])])],
  ['a text that is longer than its frame', Buffer.concat([lengthOf(4), Buffer.from([0x0a, 0x7f, 0x41, 0x42])])],
  ['an event without a type', watchFrame('', deployment('12'))],
  ['an event without an object', Buffer.concat([lengthOf(7), message([1, 'ADDED'])])],
])(
  'a frame with %s breaks the watch or costs itself alone, after the events before it and without keeping its bytes (C15)',
  (_what, bytes) => {
    const [before, after] = [watchFrame('ADDED', deployment('11')), watchFrame('ADDED', deployment('13'))];
    for (const step of [1, 7, 1_000_000]) {
      const { events, fault, unreadable } = read(Buffer.concat([before, bytes, after]), { step });
      expect(brief(events).slice(0, 1)).toEqual(['ADDED 11']);
      if (fault === undefined) expect([brief(events).slice(1), unreadable.length]).toEqual([['ADDED 13'], 1]);
      else expect([events.length, fault]).toMatchObject([1, { code: 'KUBE_STREAM_BROKEN' }]);
    }
  },
);

test.each([
  ['that no object has', Buffer.concat([lengthOf(2 ** 31), message([1, 'ADDED']), Buffer.alloc(20_000)])],
  ['that is the beginning of JSON', Buffer.from(`{"type":"ADDED","object":{"x":"${'x'.repeat(20_000)}"}}\n`)],
  ['before what is no event', Buffer.concat([lengthOf(9_000_000), Buffer.alloc(400_000, 0x41)])],
])(
  'a length %s breaks the watch at once: the events behind it would be passed by for as long as it goes on (C15)',
  (_what, bytes) => {
    const told: UnreadableObject[] = [];
    const decoder = new ProtobufWatchDecoder(READER, { after: '10', onUnreadable: (object) => told.push(object) });
    expect(brief(decoder.push(Buffer.concat([watchFrame('ADDED', deployment('11')), bytes])))).toEqual(['ADDED 11']);
    expect(decoder.fault).toMatchObject({ code: 'KUBE_STREAM_BROKEN' });
    expect(told).toEqual([]);
  },
);

test('an object in an envelope with a bad beginning costs itself alone (C15)', () => {
  const wrong = Buffer.from(deployment('12'));
  wrong[0] = 0;
  const { events, unreadable } = read(
    Buffer.concat([watchFrame('ADDED', wrong), watchFrame('ADDED', deployment('13'))]),
  );
  expect(brief(events)).toEqual(['ADDED 13']);
  expect(unreadable).toMatchObject([{ reason: 'NOT_PROTOBUF' }]);
});

test('an event from before the last one breaks the watch', () => {
  expect(read(watchFrame('MODIFIED', deployment('9'))).fault).toMatchObject({ code: 'KUBE_STREAM_BROKEN' });
});

test('a watch that ends in the middle of an event is broken, after the events before it', () => {
  const [first, second] = [watchFrame('ADDED', deployment('11')), watchFrame('ADDED', deployment('12'))];
  for (let length = 1; length < second.length; length += 1) {
    const { events, fault } = read(Buffer.concat([first, second.subarray(0, length)]));
    expect(brief(events)).toEqual(['ADDED 11']);
    expect(fault).toMatchObject({ code: 'KUBE_STREAM_BROKEN' });
  }
});

test('without anybody to be told such an event breaks the watch', () => {
  const decoder = new ProtobufWatchDecoder(READER, { maxLineBytes: 10 });
  expect(decoder.push(watchFrame('ADDED', deployment('11')))).toEqual([]);
  expect(decoder.fault).toMatchObject({ code: 'KUBE_FRAME_TOO_LARGE' });
});
