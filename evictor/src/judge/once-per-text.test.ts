import { expect, test } from 'vitest';
import { oncePerText } from './once-per-text.ts';

test('each text is asked about once, also where there is nothing to be found', () => {
  const asked: string[] = [];
  const lengthOf = oncePerText((text) => {
    asked.push(text);
    return text === '' ? undefined : text.length;
  });

  expect(['one', '', 'three', 'one', ''].map(lengthOf)).toEqual([3, undefined, 5, 3, undefined]);
  expect(asked).toEqual(['one', '', 'three']);
});
