import { expect, test } from 'vitest';
import { runControllerChaos } from './controller-chaos.ts';
import { SABOTAGES } from './sabotages.ts';

const ROUNDS = 8;
/** Whether a mistake comes to light in a run is chance; that none of so many shows it is none. */
const MOST_RUNS = 25;

test.each(Object.entries(SABOTAGES))(
  'a controller that %s is found out',
  async (_name, { by: sabotage, ...mistake }) => {
    const found: string[] = [];
    for (let seed = 1; seed <= MOST_RUNS && !found.some((words) => mistake.says.test(words)); seed += 1)
      found.push(...(await runControllerChaos(seed, ROUNDS, { sabotage, ...mistake })).found);
    expect(found).toContainEqual(expect.stringMatching(mistake.says));
  },
);
