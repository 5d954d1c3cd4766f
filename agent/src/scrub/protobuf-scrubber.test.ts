import { expect, test } from 'vitest';
import { jsonItem, type KubeItem, protobufItem } from '@castai/shared/kube/kube-item.ts';
import { messageReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { toKubeObject } from '@castai/shared/kube/kube-object.ts';
import { must } from '@castai/shared/errors.ts';
import { message } from '@castai/shared/testing/protobuf-bytes.ts';
import { labelMask } from './label-mask.ts';
import { protobufScrubber } from './protobuf-scrubber.ts';
import { rulesFor } from './scrub-json.ts';
import type { ScrubOptions } from './shape.ts';

const OPTIONS: ScrubOptions = { reenable: new Set(), annotationPrefixes: [], skipNamespaces: ['secret'] };
const readPod = messageReader('core.v1.Pod', 'all', () => {});

function pod(namespace: string, labels: readonly [string, string][]): KubeItem {
  const metadata = message(
    [1, 'web'],
    [3, namespace],
    ...labels.map(([key, value]): [number, Buffer] => [11, message([1, key], [2, value])]),
  );
  const bytes = message([1, metadata], [2, message([10, 'n1'])]);
  return protobufItem(must(toKubeObject(readPod(bytes)), 'a pod'), { message: 'core.v1.Pod', bytes });
}

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
const ignore = (): void => {};

test('an object in protobuf leaves as bytes, and one in JSON is for somebody else', () => {
  const scrub = protobufScrubber(rulesFor({ scrub: 'pod' }, OPTIONS), OPTIONS, ignore);
  expect(text(scrub(pod('shop', [['app', 'web']])))).toBe(
    '{"metadata":{"name":"web","namespace":"shop","labels":{"app":"web"}},"spec":{"nodeName":"n1"}}',
  );
  expect(scrub(jsonItem({ metadata: { name: 'web' } }))).toBeUndefined();
});

test('of a namespace that is kept in less leaves', () => {
  const scrub = protobufScrubber(rulesFor({ scrub: 'pod' }, OPTIONS), OPTIONS, ignore);
  expect(text(scrub(pod('secret', [['app', 'web']])))).toBe(
    '{"metadata":{"name":"web","namespace":"secret"},"spec":{"nodeName":"n1"}}',
  );
});

test('what cannot be written as it is walked, and labels that are masked, leave all the same', () => {
  const scrub = protobufScrubber(rulesFor({ scrub: 'pod' }, OPTIONS), OPTIONS, ignore);
  const labels = '"labels":{"2":"b","10":"a","app":"web"}';
  expect(
    text(
      scrub(
        pod('shop', [
          ['10', 'a'],
          ['2', 'b'],
          ['app', 'web'],
        ]),
      ),
    ),
  ).toBe(`{"metadata":{"name":"web","namespace":"shop",${labels}},"spec":{"nodeName":"n1"}}`);
  const masked = { ...OPTIONS, labelMask: labelMask({ keys: ['app'], secret: 'x'.repeat(32) }) };
  expect(
    text(protobufScrubber(rulesFor({ scrub: 'pod' }, masked), masked, ignore)(pod('shop', [['app', 'web']]))),
  ).toMatch(/"labels":\{"app":"masked-[0-9a-f]{24}"\}/u);
});
