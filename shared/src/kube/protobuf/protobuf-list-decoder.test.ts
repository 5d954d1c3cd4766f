import { expect, test } from 'vitest';
import { enveloped, message } from '../../../testing/protobuf-bytes.ts';
import type { UnreadableObject } from '../json/unreadable-object.ts';
import type { KubeItem } from '../kube-item.ts';
import { objectReader } from './object-reader.ts';
import { ProtobufListDecoder } from './protobuf-list-decoder.ts';
import { must } from '../../errors.ts';

const READER = must(objectReader({ group: '', version: 'v1', kind: 'Pod' }), 'a table of pods');
const HEAD = message([1, ''], [2, '42'], [3, 'next'], [4, 7]);

function pod(name: string, phase = 'Running'): Buffer {
  return message([1, message([1, name], [3, 'shop'], [5, `uid-${name}`], [6, '7'])], [3, message([1, phase])]);
}

function page(...items: Buffer[]): Buffer {
  return enveloped('v1', 'PodList', message([1, HEAD], ...items.map((item): [number, Buffer] => [2, item])));
}

interface Read {
  readonly names: string[];
  readonly unreadable: UnreadableObject[];
  readonly resourceVersion: string;
}

function read(bytes: Buffer, options: { step?: number; maxItemBytes?: number } = {}): Read {
  const { step = bytes.length, maxItemBytes } = options;
  const unreadable: UnreadableObject[] = [];
  const decoder = new ProtobufListDecoder(READER, {
    onUnreadable: (object) => unreadable.push(object),
    ...(maxItemBytes === undefined ? {} : { maxItemBytes }),
  });
  const items: KubeItem[] = [];
  for (let at = 0; at < bytes.length; at += step) items.push(...decoder.push(bytes.subarray(at, at + step)));
  const { resourceVersion } = decoder.end();
  return { names: items.map(({ metadata }) => metadata.name), unreadable, resourceVersion };
}

test('a page comes out the same wherever its chunks end', () => {
  const bytes = page(pod('a'), pod('b', 'x'.repeat(300)), pod('c'));
  for (let step = 1; step <= bytes.length; step += 1) {
    expect(read(bytes, { step })).toEqual({ names: ['a', 'b', 'c'], unreadable: [], resourceVersion: '42' });
  }
});

test('items are given as soon as they are there, and what the page says of itself before them', () => {
  const decoder = new ProtobufListDecoder(READER);
  const bytes = page(pod('a'), pod('b'));
  const first = decoder.push(bytes.subarray(0, bytes.length - 20));
  expect(first.map(({ object }) => object)).toEqual([
    { metadata: { name: 'a', namespace: 'shop', uid: 'uid-a', resourceVersion: '7' }, status: { phase: 'Running' } },
  ]);
  expect(decoder.metadata).toEqual({
    kind: 'PodList',
    apiVersion: 'v1',
    resourceVersion: '42',
    continueToken: 'next',
    remainingItemCount: 7,
  });
});

test('an empty list is a list', () => {
  expect(read(page())).toEqual({ names: [], unreadable: [], resourceVersion: '42' });
});

test('an item that is too large costs itself alone, and is named', () => {
  const bytes = page(pod('a'), pod('large', 'x'.repeat(2000)), pod('c'));
  for (const step of [1, 7, 500, bytes.length]) {
    expect(read(bytes, { step, maxItemBytes: 1000 })).toEqual({
      names: ['a', 'c'],
      unreadable: [
        {
          reason: 'TOO_LARGE',
          kind: 'Pod',
          namespace: 'shop',
          name: 'large',
          uid: 'uid-large',
          resourceVersion: '7',
          place: 'item 1',
        },
      ],
      resourceVersion: '42',
    });
  }
});

test('an item that is no protobuf of its kind costs itself alone, and is named as far as it goes', () => {
  const broken = message([1, message([1, 'odd'], [3, 'shop'])], [3, Buffer.from([0x0a, 0x7f])]);
  const { names, unreadable } = read(page(pod('a'), broken, pod('c')));
  expect(names).toEqual(['a', 'c']);
  expect(unreadable).toEqual([
    {
      reason: 'NOT_PROTOBUF',
      kind: 'Pod',
      namespace: 'shop',
      name: 'odd',
      uid: '',
      resourceVersion: '',
      place: 'item 1',
    },
  ]);
});

test('an item without a name is none', () => {
  expect(read(page(message([3, message([1, 'Running'])]))).unreadable).toMatchObject([{ reason: 'NOT_AN_OBJECT' }]);
});

test('without anybody to be told such an item breaks the list', () => {
  const decoder = new ProtobufListDecoder(READER, { maxItemBytes: 100 });
  expect(() => decoder.push(page(pod('large', 'x'.repeat(200))))).toThrow(
    expect.objectContaining({ code: 'KUBE_FRAME_TOO_LARGE' }),
  );
});

test('an error in place of the list is that error', () => {
  const gone = enveloped('v1', 'Status', message([2, 'Failure'], [3, 'too old'], [4, 'Expired'], [6, 410]));
  expect(() => read(gone)).toThrow(expect.objectContaining({ code: 'KUBE_EXPIRED' }));
});

test('an error of a length that none has is broken at once, and its bytes are not kept', () => {
  const head = Buffer.concat([Buffer.from('k8s\0'), message([1, message([1, 'v1'], [2, 'Status'])])]);
  const length = Buffer.from([0x12, 0x80, 0x80, 0x80, 0x80, 0x08]);
  const decoder = new ProtobufListDecoder(READER);
  expect(() => decoder.push(Buffer.concat([head, length]))).toThrow(
    expect.objectContaining({ code: 'KUBE_STREAM_BROKEN' }),
  );
});

test('a length without an end is broken at once, and what follows it is not waited for', () => {
  const decoder = new ProtobufListDecoder(READER);
  const list = Buffer.from([0x12, ...Array<number>(12).fill(0xff)]);
  expect(() => decoder.push(enveloped('v1', 'PodList', list))).toThrow(
    expect.objectContaining({ code: 'KUBE_STREAM_BROKEN' }),
  );
});

test.each([
  ['of another kind', enveloped('v1', 'ServiceList', message([1, HEAD]))],
  ['of another version', enveloped('v2', 'PodList', message([1, HEAD]))],
  ['that is one object', enveloped('v1', 'Pod', pod('a'))],
  ['that does not begin as protobuf of Kubernetes', Buffer.from('{"kind":"PodList"}')],
  ['that is empty', Buffer.alloc(0)],
  ['without a head', enveloped('v1', 'PodList', message([2, pod('a')]))],
  ['whose item is longer than it is itself', enveloped('v1', 'PodList', Buffer.from([0x12, 0x50, 0x00]))],
  ['whose item is of 2^31 bytes', enveloped('v1', 'PodList', Buffer.from([0x12, 0x80, 0x80, 0x80, 0x80, 0x08, 0x00]))],
  ['of which a length has no end', enveloped('v1', 'PodList', Buffer.from([0x12, ...Array<number>(12).fill(0xff)]))],
  ['of which a length is cut off', enveloped('v1', 'PodList', Buffer.from([0x12, 0xff]))],
  ['of which a field is no bytes', enveloped('v1', 'PodList', Buffer.from([0x10, 0x05, 0x05, 0x05]))],
])('a list %s is broken (C15)', (_what, bytes) => {
  expect(() => read(bytes)).toThrow(expect.objectContaining({ code: 'KUBE_STREAM_BROKEN' }));
});

test('a list that ends anywhere before its end is broken', () => {
  const bytes = page(pod('a'), pod('b'));
  // The last four bytes are two empty fields of the envelope, which a server may leave out.
  for (let length = 0; length < bytes.length - 4; length += 1) {
    expect(() => read(bytes.subarray(0, length))).toThrow(expect.objectContaining({ code: 'KUBE_STREAM_BROKEN' }));
  }
});
