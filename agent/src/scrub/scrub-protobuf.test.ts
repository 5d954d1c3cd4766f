/** Random objects of every kind, scrubbed once from their protobuf and once as the JSON that they are: the bytes have to be the same. */
import { expect, test } from 'vitest';
import { must } from '@castai/shared/errors.ts';
import { KUBE_MESSAGES } from '@castai/shared/kube/protobuf/kube-messages.ts';
import { type MessageField, messageFields } from '@castai/shared/kube/protobuf/message-table.ts';
import { kubeMessageOf, objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { message } from '@castai/shared/testing/protobuf-bytes.ts';
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
      const bytes = randomMessage(name, random, 0);
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

/** Values that somebody tests by, and that are hard to write. */
const TEXTS = [
  '',
  'web',
  'PodScheduled',
  'True',
  'Running',
  'a "quoted" \\ text\n',
  'Grüße €',
  '𝄞',
  'x'.repeat(513),
  'é'.repeat(400),
  'a\tb',
  '250m',
  '127.0.0.1',
  '10.0.0.0/8',
  'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available.',
  'Device',
  '\u0000\u001f\u007f\u2028',
];
const KEYS = [
  'app',
  'cpu',
  'a.example.com/b',
  'kubectl.kubernetes.io/last-applied-configuration',
  'é',
  'a"b',
  '__proto__',
  'cluster-autoscaler.kubernetes.io/safe-to-evict',
];
const NUMBERS = [0, 1, -1, 30, 8080, 2 ** 31, -(2 ** 40), 9_007_199_254_740_993n, -9_223_372_036_854_775_808n];

/** Ends of days, of February in leap years and in others, of what a time can say, and beyond. */
const SECONDS = [
  0,
  1,
  -1,
  86_399,
  86_400,
  951_782_400,
  1_709_251_199,
  1_740_787_199,
  1_700_000_000,
  253_402_300_799,
  253_402_300_800,
  -62_135_596_801,
  9_000_000_000_000_000n,
];
const NANOS = [0, 1, 123_456_789, 999_999_999];

function pick<Item>(random: SeededRandom, items: readonly Item[]): Item {
  return must(items[Math.floor(random.next() * items.length)], 'something to pick from');
}

function randomMessage(name: string, random: SeededRandom, depth: number): Buffer {
  const fields = messageFields(must(KUBE_MESSAGES[name], name));
  return message(
    ...fields.flatMap((field): [number, number | bigint | string | Buffer][] => {
      const chance = depth < 2 ? 0.9 : 0.45;
      const isMust = depth === 0 && field.json === 'metadata';
      if (field.of === 'passed-by' || (random.next() > chance && !isMust)) return [];
      const count = field.many === 'one' ? 1 : 1 + Math.floor(random.next() * 2);
      const keys = KEYS.toSorted(() => random.next() - 0.5);
      return Array.from({ length: count }, (_nothing, index) => {
        const value = randomValue(field, random, depth);
        return [field.number, field.many === 'map' ? message([1, keys[index] ?? ''], [2, value]) : value];
      });
    }),
  );
}

function randomValue({ of }: MessageField, random: SeededRandom, depth: number): number | bigint | string | Buffer {
  switch (of) {
    case 'string':
      return pick(random, TEXTS);
    case 'bool':
      return pick(random, [0, 1]);
    case 'int':
      return pick(random, NUMBERS);
    case 'bytes':
      return Buffer.from(pick(random, TEXTS));
    case 'Time':
    case 'MicroTime':
      return pick(random, [message(), message([1, pick(random, SECONDS)], [2, pick(random, NANOS)])]);
    case 'Duration':
      return message([1, pick(random, NUMBERS)]);
    case 'Quantity':
      return message([1, pick(random, ['0', '250m', '1Gi', '-3', 'prose'])]);
    case 'IntOrString':
      return pick(random, [message([1, 0], [2, 80], [3, '']), message([1, 1], [2, 0], [3, '25%']), message()]);
    case 'RawExtension':
      return message([1, pick(random, ['{"a":1}', '', '[1.5]'])]);
    default:
      return depth > 8 ? message() : randomMessage(of, random, depth + 1);
  }
}

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
