import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { type FormInput, type FormState, stepForm, TRUSTED } from './form-state.ts';

const INPUTS: readonly FormInput[] = ['well', 'refused', 'unreadable', 'broken', 'cut'];
const trusted = (broken: number, cut: number): FormState => ({ is: 'trusted', broken, cut });
const givenUp = (why: 'refused' | 'unreadable' | 'broken' | 'cut'): FormState => ({ is: 'givenUp', why });

/** Every state with every input, in the order of `INPUTS`. */
const TABLE: readonly (readonly [FormState, ...FormState[]])[] = [
  [TRUSTED, trusted(0, 0), givenUp('refused'), givenUp('unreadable'), trusted(1, 0), trusted(0, 1)],
  [trusted(1, 0), trusted(0, 0), givenUp('refused'), givenUp('unreadable'), givenUp('broken'), trusted(1, 1)],
  [trusted(0, 2), trusted(0, 0), givenUp('refused'), givenUp('unreadable'), trusted(1, 2), givenUp('cut')],
  [trusted(1, 2), trusted(0, 0), givenUp('refused'), givenUp('unreadable'), givenUp('broken'), givenUp('cut')],
  [givenUp('cut'), ...INPUTS.map(() => givenUp('cut'))],
  [givenUp('refused'), ...INPUTS.map(() => givenUp('refused'))],
];

describe('the form in which a collection is read', () => {
  it.each(TABLE)('%j', (state, ...expected) => {
    expect(INPUTS.map((input) => stepForm(state, input))).toEqual(expected);
  });

  it('is JSON for good after at most five failures in a row, whichever they are (seeded walks)', () => {
    for (let seed = 1; seed <= 200; seed += 1) expect(walk(seed), `seed ${String(seed)}`).toEqual([]);
  });
});

/** What is wrong on a walk of fifty inputs. */
function walk(seed: number): string[] {
  const random = new SeededRandom(seed);
  const found: string[] = [];
  let state = TRUSTED;
  let failures = 0;
  for (let step = 0; step < 50; step += 1) {
    const input = INPUTS[random.integer(INPUTS.length)] ?? 'well';
    const before = state;
    state = stepForm(state, input);
    failures = input === 'well' ? 0 : failures + 1;
    if (before.is === 'givenUp' && state !== before) found.push(`step ${String(step)}: it came back by ${input}`);
    if (failures >= 5 && state.is === 'trusted') found.push(`step ${String(step)}: trusted after five failures`);
  }
  return found;
}
