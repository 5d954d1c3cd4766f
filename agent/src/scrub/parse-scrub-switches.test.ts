import { expect, it } from 'vitest';
import { parseScrubSwitches } from './parse-scrub-switches.ts';

it('takes the switches of the policy', () => {
  expect(parseScrubSwitches(['args', 'userData', 'args'])).toEqual(new Set(['args', 'userData']));
  expect(parseScrubSwitches([])).toEqual(new Set());
});

it('names all that are none, also those that every object has', () => {
  expect(() => parseScrubSwitches(['arg', 'args', 'toString'])).toThrow(
    'the scrub policy has no switch named arg, toString',
  );
});
