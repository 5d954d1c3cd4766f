import { expect, test } from 'vitest';
import { cutText } from './cut-text.ts';

test('a long text is cut, marked, and no longer than it may be', () => {
  expect(cutText('short', 40)).toBe('short');
  expect(cutText('x'.repeat(40), 40)).toBe('x'.repeat(40));
  const cut = cutText('x'.repeat(1_048_576), 40);
  expect(cut).toMatch(/^x+ … \(cut, of 1048576 characters\)$/u);
  expect(cut).toHaveLength(40);
});

test('no half of a pair goes out, neither one that came nor one that the cut would make', () => {
  expect(cutText('a\uD83D', 40)).toBe('a\uFFFD');
  for (const length of [39, 40, 41, 42]) {
    const cut = cutText('😀'.repeat(50), length);
    expect(cut.isWellFormed()).toBe(true);
    expect(cut).not.toContain('\uFFFD');
  }
});
