import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { describe, expect, it } from 'vitest';
import type { DeltaPoint } from './delta-memory.ts';
import { encodePoint, parsePoint } from './parse-point.ts';

const point: DeltaPoint = {
  clusterId: 'c-1',
  token: 't-"1"',
  positions: new Map([
    ['pods', { position: '1234', shape: 'v1/77' }],
    ['pods.metrics.k8s.io', { position: '', shape: 'v1beta1/5' }],
  ]),
};
const text = encodePoint(point) ?? '';
const whyNot = (said: string): string => {
  const parsed = parsePoint(said);
  return parsed.usable ? '' : parsed.why;
};

describe('text of where deltas go on', () => {
  it('comes back as it was', () => {
    expect(parsePoint(text)).toEqual({ usable: true, point });
  });

  it('is not believed when somebody has changed it, whatever was changed', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = new SeededRandom(seed);
    for (let round = 0; round < 500; round++) {
      const at = random.integer(text.length);
      const other = String.fromCodePoint(32 + random.integer(94));
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      expect({ seed, changed, usable: parsePoint(changed).usable }).toEqual({
        seed,
        changed,
        usable: changed === text,
      });
    }
    expect(whyNot(text.replace('1234', '9999'))).toBe('somebody has changed it');
    expect(['', 'x', '{}', `${text} `, text.slice(0, -1)].map(whyNot)).not.toContain('');
  });

  it('is left to the version of the agent that wrote it', () => {
    expect(whyNot(text.replace('"version":1', '"version":2'))).toBe('it is of another version of the agent');
  });

  it('is never longer than a Lease should be', () => {
    const positions = new Map(
      Array.from({ length: 600 }, (_, n) => [`feed-${n}`, { position: '1', shape: 'v1/1234567890' }]),
    );
    expect(encodePoint({ ...point, positions })).toBeUndefined();
    expect(whyNot('x'.repeat(20_000))).toBe('it is longer than any that an agent writes');
  });
});
