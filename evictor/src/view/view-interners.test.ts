import { expect, test } from 'vitest';
import { sameText, viewInterners } from './view-interners.ts';

test('names are shared, and those of nodes that went long ago are not kept for ever', () => {
  const interners = viewInterners();
  const first = sameText(interners, 'node-0');
  expect(sameText(interners, 'node-0')).toBe(first);
  let most = 0;
  for (let index = 1; index <= 120_000; index += 1) {
    expect(sameText(interners, `node-${index}`)).toBe(`node-${index}`);
    most = Math.max(most, interners.texts.size);
  }
  expect(most).toBe(50_000);
});
