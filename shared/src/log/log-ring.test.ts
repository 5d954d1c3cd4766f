import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { LogRing } from './log-ring.ts';

describe('the latest lines of a log', () => {
  it('are the newest that fit, by lines and by bytes', () => {
    const ring = new LogRing({ lines: 3, bytes: 10 });
    for (const line of ['a\n', 'b\n', 'c\n', 'd\n']) ring.write(line);
    expect(ring.text).toBe('b\nc\nd\n');
    ring.write('1234567\n');
    expect(ring.text).toBe('d\n1234567\n');
    ring.write('12345678901\n');
    expect(ring.text).toBe('');
    ring.write('e\n');
    expect(ring.text).toBe('e\n');
  });

  it('are heard of by whoever listens, until it does not', () => {
    const ring = new LogRing({ lines: 3, bytes: 10 });
    const heard: string[] = [];
    const stop = ring.listen((line) => heard.push(line));
    ring.write('a\n');
    stop();
    ring.write('b\n');
    expect(heard).toEqual(['a\n']);
  });

  it('are what a plain list would hold, whatever is written', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = new SeededRandom(seed);
    const bounds = { lines: 5, bytes: 40 };
    const ring = new LogRing(bounds);
    let plain: string[] = [];
    for (let step = 0; step < 2_000; step += 1) {
      const line = `${'x'.repeat(random.integer(12))}${String(step % 10)}\n`;
      ring.write(line);
      plain = [...plain, line];
      while (plain.length > bounds.lines || plain.join('').length > bounds.bytes) plain.shift();
      expect([seed, step, ring.text]).toEqual([seed, step, plain.join('')]);
    }
  });
});
