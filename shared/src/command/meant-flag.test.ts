import { parseArgs } from 'node:util';
import { expect, test } from 'vitest';
import { withMeantFlag } from './meant-flag.ts';

const NAMES = ['churn', 'changes', 'once', 'kubeconfig'];

/** What Node says, so that new words of a newer Node are noticed here. */
function saidOf(argument: string): string {
  try {
    parseArgs({ args: [argument], options: { churn: { type: 'string' } } });
    return '';
  } catch (error) {
    return String(error instanceof Error ? error.message : error).split('. ')[0] ?? '';
  }
}

test.each([
  ['--chrun', "Unknown option '--chrun': did you mean --churn?"],
  ['--kubconfig', "Unknown option '--kubconfig': did you mean --kubeconfig?"],
  ['--what', "Unknown option '--what'"],
  ['-x', "Unknown option '-x'"],
])('%s', (argument, words) => {
  expect(withMeantFlag(saidOf(argument), NAMES)).toBe(words);
});

test('other sentences stay as they are', () => {
  const sentence = "Option '--churn <value>' argument missing";
  expect(withMeantFlag(sentence, NAMES)).toBe(sentence);
});
