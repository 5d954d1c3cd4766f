import { must } from '../src/errors.ts';
import { fieldsOf } from '../src/kube/protobuf/decode-message.ts';
import type { MessageField } from '../src/kube/protobuf/message-table.ts';
import { message } from './protobuf-bytes.ts';
import type { SeededRandom } from './seeded-random.ts';

/**
 * Bytes of a message of the tables (`core.v1.Pod`) in which most fields are set to what is hard to read or to write; `metadata` always is. Deep
 * messages are empty, or there would be no end of them.
 */
export function randomMessage(name: string, random: SeededRandom, depth = 0): Buffer {
  const fields = fieldsOf(name);
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

function pick<Item>(random: SeededRandom, items: readonly Item[]): Item {
  return must(items[Math.floor(random.next() * items.length)], 'something to pick from');
}

/** Values that somebody tests by, and that are hard to write. */
const TEXTS = [
  '',
  'web',
  'PodScheduled',
  'True',
  'Running',
  'Ready',
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
