import { expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { Trouble } from './problem.ts';
import { VerdictKeeper } from './verdict-keeper.ts';

const refused: Trouble = {
  cause: 'platform',
  severity: 'blocked',
  why: 'connect ECONNREFUSED 10.0.0.9:443',
  address: 'https://api.example/',
  cure: 'open the firewall',
  runbook: '',
  subjects: [],
};

function keep(look: () => readonly Trouble[]) {
  const clock = new ManualClock();
  const told: string[] = [];
  const bugs: unknown[] = [];
  const keeper = new VerdictKeeper({
    clock,
    look,
    observer: {
      onProblemBegan: ({ cause }, { state, others }) => told.push(`began ${cause}: ${state} ${String(others)}`),
      onProblemEnded: ({ cause, durationMs }, { state }) =>
        told.push(`ended ${cause} after ${String(durationMs)}: ${state}`),
    },
    onBug: (error) => bugs.push(error),
  });
  return { clock, keeper, told, bugs };
}

async function advance(clock: ManualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) await clock.advance(1_000);
}

it('looks by itself, tells what begins and ends with the verdict of that moment, and stops when told', async () => {
  let wrong: readonly Trouble[] = [refused];
  const { clock, keeper, told, bugs } = keep(() => wrong);
  const stop = new AbortController();
  const run = keeper.run(stop.signal);
  for (let second = 0; second < 12; second += 1) await clock.advance(1_000);
  expect(told).toEqual(['began platform: blocked 0']);
  wrong = [];
  for (let second = 0; second < 8; second += 1) await clock.advance(1_000);
  expect(told).toEqual(['began platform: blocked 0', 'ended platform after 13000: ok']);
  stop.abort();
  await run;
  expect(clock.pendingTimers).toBe(0);
  expect(bugs).toEqual([]);
});

it('looks every five seconds while nothing is wrong, and each second as soon as something is', async () => {
  let [wrong, looks]: [readonly Trouble[], number] = [[], 0];
  const { clock, keeper, told } = keep(() => {
    looks += 1;
    return wrong;
  });
  const stop = new AbortController();
  const run = keeper.run(stop.signal);
  await advance(clock, 60);
  expect(looks).toBe(13);
  // A second after a look: nobody sees it for four.
  await advance(clock, 1);
  wrong = [refused];
  looks = 0;
  await advance(clock, 13);
  expect([looks, told]).toEqual([10, []]);
  await advance(clock, 1);
  expect(told).toEqual(['began platform: blocked 0']);
  wrong = [];
  await advance(clock, 6);
  expect(told).toHaveLength(2);
  looks = 0;
  await advance(clock, 20);
  expect(looks).toBe(4);
  stop.abort();
  await run;
});

it('looks anew whenever it is asked, so that an answer is never older than the question', async () => {
  const { clock, keeper } = keep(() => [refused]);
  expect(keeper.verdict.state).toBe('ok');
  await clock.advance(10_000);
  expect(keeper.problems).toMatchObject([{ cause: 'platform', durationMs: 10_000, count: 1 }]);
  expect(keeper.verdict).toMatchObject({ state: 'blocked', why: refused.why, cure: refused.cure });
});

it('may be asked for the verdict by whoever is told of a change', () => {
  const asked: string[] = [];
  const clock = new ManualClock();
  const keeper: VerdictKeeper = new VerdictKeeper({
    clock,
    look: () => [],
    observer: {
      onProblemBegan: () => asked.push(keeper.verdict.state),
      onProblemEnded: () => undefined,
    },
    onBug: (error) => {
      throw error;
    },
  });
  keeper.note(refused);
  keeper.count('platform');
  expect(asked).toEqual(['blocked']);
  expect(keeper.problems).toMatchObject([{ count: 2 }]);
});
