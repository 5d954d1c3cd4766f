import type { SeededRandom } from './seeded-random.ts';

/** A message with one to three things wrong with it: bits turned over, cut off, parts doubled, left out, exchanged, numbers made huge. */
export function mutateMessage(bytes: Buffer, random: SeededRandom): Buffer {
  let mutant = bytes;
  for (let change = random.integer(3); change >= 0; change -= 1) {
    if (mutant.length > 0) mutant = random.pick(CHANGES)(mutant, random);
  }
  return mutant;
}

type Change = (bytes: Buffer, random: SeededRandom) => Buffer;

const CHANGES: readonly Change[] = [
  (bytes, random) => written(bytes, random, (byte) => byte ^ (1 << random.integer(8))),
  (bytes, random) => written(bytes, random, () => random.integer(256)),
  (bytes, random) => written(bytes, random, (byte) => byte + 1),
  (bytes, random) => written(bytes, random, (byte) => byte - 1),
  // Another wire type under the same number.
  (bytes, random) => written(bytes, random, (byte) => (byte & ~7) | random.integer(6)),
  (bytes, random) => bytes.subarray(0, random.integer(bytes.length)),
  (bytes, random) => {
    const { from, to } = part(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, random) => {
    const { from, to } = part(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const { from, to } = part(bytes, random);
    return Buffer.concat([bytes.subarray(to), bytes.subarray(from, to), bytes.subarray(0, from)]);
  },
  (bytes, random) => {
    const { from } = part(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), Buffer.alloc(1 + random.integer(11), 0xff), bytes.subarray(from)]);
  },
  (bytes) => Buffer.concat([bytes, bytes]),
];

function written(bytes: Buffer, random: SeededRandom, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.integer(copy.length);
  copy[at] = change(copy[at] ?? 0) & 0xff;
  return copy;
}

function part(bytes: Buffer, random: SeededRandom): { from: number; to: number } {
  const from = random.integer(bytes.length);
  return { from, to: from + 1 + random.integer(Math.min(40, bytes.length - from)) };
}
