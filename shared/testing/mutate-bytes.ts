import type { SeededRandom } from './seeded-random.ts';

/** Bytes that begin, end or lengthen something in one of the usual encodings. */
const TELLING = [0x00, 0x1f, 0x22, 0x26, 0x30, 0x3c, 0x5c, 0x7b, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff];

/**
 * The same input with one to four changes: flipped bits, other bytes, bytes removed, doubled or added, or its end cut off. Seven in ten
 * changes fall into the first `headBytes`: headers are a small part of the bytes and most of the grammar.
 */
export function mutateBytes(source: Uint8Array, random: SeededRandom, headBytes = source.length): Buffer {
  let input: Buffer = Buffer.from(source);
  for (let change = random.integer(4); change >= 0; change -= 1) {
    const length = Math.max(1, input.length);
    const at = random.integer(random.chance(0.7) ? Math.min(length, headBytes) : length);
    const [before, after] = [input.subarray(0, at), input.subarray(at)];
    switch (random.integer(6)) {
      case 0:
        if (at < input.length) input[at] = (input[at] ?? 0) ^ (1 << random.integer(8));
        break;
      case 1:
        if (at < input.length) input[at] = random.pick([...TELLING, random.integer(256)]);
        break;
      case 2:
        input = Buffer.concat([before, after.subarray(1 + random.integer(20))]);
        break;
      case 3:
        input = Buffer.concat([before, Buffer.from(random.hex(2 + 2 * random.integer(8)), 'hex'), after]);
        break;
      case 4:
        input = Buffer.concat([before, after.subarray(0, random.integer(64)), after]);
        break;
      default:
        input = input.subarray(0, Math.max(1, at));
    }
  }
  return input;
}
