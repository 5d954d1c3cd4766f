/** Random objects of every kind, scrubbed once from their protobuf and once as the JSON that they are: the bytes have to be the same. */
import { expect, test } from 'vitest';
import { must } from '@castai/shared/errors.ts';
import { kubeMessageOf, objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { message } from '@castai/shared/testing/protobuf-bytes.ts';
import { randomMessage } from '@castai/shared/testing/random-message.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { allFeeds } from '../feeds/feeds.ts';
import { MAX_ANNOTATION_BYTES } from './annotation-policy.ts';
import { RULES, SCRUB_SWITCHES } from './rules.ts';
import { rulesFor, scrubObject } from './scrub-json.ts';
import { scrubProtobuf } from './scrub-protobuf.ts';
import type { ScrubOptions, ScrubSwitch } from './shape.ts';

const SEED = Date.now() % 1_000_000_000;
const ROUNDS = 12;
const CLOSED: ScrubOptions = { reenable: new Set(), annotationPrefixes: [] };
const OPEN: ScrubOptions = {
  reenable: new Set(Object.keys(SCRUB_SWITCHES).filter((name): name is ScrubSwitch => name in SCRUB_SWITCHES)),
  annotationPrefixes: ['*.example.com/', ''],
};

const kinds = allFeeds({ configMapNamespaces: ['shop'], readRbac: true, readIngress: true }).flatMap((spec) =>
  spec.versions.flatMap((version) => {
    const name = kubeMessageOf(spec.group, version, spec.kind);
    return name === undefined ? [] : [{ spec, version, name }];
  }),
);

test.each(kinds)('$name leaves as it would have in JSON', ({ spec, version, name }) => {
  const random = new SeededRandom(SEED);
  for (const options of [CLOSED, OPEN]) {
    const shape = RULES[spec.scrub];
    const write = must(scrubProtobuf(name, shape, { options, onUnknownField: () => {} }), 'a writer');
    const reader = must(objectReader({ group: spec.group, version, kind: spec.kind }), 'a reader');
    const rules = rulesFor(spec, options);
    let usual = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const bytes = randomMessage(name, random);
      const written = write(bytes)?.toString();
      if (written === undefined) continue;
      usual += 1;
      expect(`seed ${String(SEED)}: ${written}`).toBe(
        `seed ${String(SEED)}: ${JSON.stringify(scrubObject(rules, reader.read(bytes)))}`,
      );
    }
    expect(usual).toBeGreaterThan(ROUNDS / 2);
  }
});

test('every time of every hour leaves as it would have in JSON', () => {
  const options = { options: CLOSED, onUnknownField: () => {} };
  const write = must(scrubProtobuf('core.v1.Pod', RULES.pod, options), 'a writer');
  // Of the same few days, each of them many times, and a second more than a day apart.
  for (let index = 0; index < 3_000; index += 1) {
    const seconds = 1_709_000_000 + ((index * 86_401 * 7) % (400 * 86_400));
    const time = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
    const pod = message([1, message([8, message([1, seconds], [2, index])])]);
    expect(String(write(pod))).toBe(JSON.stringify({ metadata: { creationTimestamp: time } }));
  }
});

test('what no server writes goes the way of JSON', () => {
  const write = must(
    scrubProtobuf('core.v1.Pod', RULES.pod, { options: CLOSED, onUnknownField: () => {} }),
    'a writer',
  );
  const entry = (key: string): Buffer => message([1, key], [2, 'x']);
  expect(write(message([1, message([11, entry('10')])]))).toBeUndefined();
  expect(write(message([1, message([11, entry('a')], [1, 'web'], [11, entry('b')])]))).toBeUndefined();
  expect(write(message([1, message([7, Buffer.from([1])])]))).toBeUndefined();
  expect(write(message([2, message([10, 'n1'], [10, 'n2'])]))).toBeUndefined();
  // An entry with more behind its value, and one whose value ends behind it.
  const more = message([1, 'app'], [2, 'x'], [3, 'y']);
  const beyond = Buffer.concat([message([1, 'app']), Buffer.from([0x12, 4, 0x62])]);
  expect(write(message([1, message([11, more])]))).toBeUndefined();
  expect(write(message([1, message([11, beyond], [1, 'web'])]))).toBeUndefined();
});

test('an annotation may be as long as its limit, and how many were longer is told', () => {
  const write = must(
    scrubProtobuf('core.v1.Pod', RULES.pod, { options: CLOSED, onUnknownField: () => {} }),
    'a writer',
  );
  const key = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
  const pod = (length: number): Buffer => message([1, message([12, message([1, key], [2, 'x'.repeat(length)])])]);
  const fits = { metadata: { annotations: { [key]: 'x'.repeat(MAX_ANNOTATION_BYTES) } } };
  expect(String(write(pod(MAX_ANNOTATION_BYTES)))).toBe(JSON.stringify(fits));
  expect(String(write(pod(MAX_ANNOTATION_BYTES + 1)))).toBe('{"metadata":{"annotationsLeftOut":1}}');
});

test('fields that no table has are told, and bytes that are no protobuf are a fault', () => {
  const unknown: string[] = [];
  const onUnknownField = (name: string, number: number): number => unknown.push(`${name} ${String(number)}`);
  const write = must(scrubProtobuf('core.v1.Pod', RULES.pod, { options: CLOSED, onUnknownField }), 'a writer');
  expect(String(write(message([2, message([10, 'n1'], [900, 'x'])])))).toBe('{"spec":{"nodeName":"n1"}}');
  expect(unknown).toEqual(['core.v1.PodSpec 900']);
  expect(() => write(Buffer.from([0x0a, 0x7f]))).toThrow(expect.objectContaining({ code: 'KUBE_STREAM_BROKEN' }));
});
