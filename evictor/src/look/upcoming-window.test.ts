import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { expect, test } from 'vitest';
import type { Span } from '../judge/maintenance.ts';
import { UpcomingWindow } from './upcoming-window.ts';

const MINUTE = 60_000;
const span = (fromMinute: number, toMinute: number): Span => ({
  startMs: fromMinute * MINUTE,
  endMs: toMinute * MINUTE,
});

function ask(answers: readonly (Span | Error | undefined)[], toldBefore: readonly Span[] = []) {
  const clock = new ManualClock(0);
  const failed: unknown[] = [];
  const left = [...answers];
  const window = new UpcomingWindow({
    clock,
    plans: () => [],
    toldBefore,
    askWindow: () => {
      const answer = left.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    onWindowAsked: (error) => failed.push(error),
  });
  const stop = new AbortController();
  window.run(stop.signal).catch(() => 'stopped');
  return { clock, window, failed, stop, told: () => window.plans.flatMap(({ told }) => told) };
}

test('a window that was told stays known when the next is told, and one that was put off does not', async () => {
  const { clock, told, stop } = ask([span(1, 2), span(20, 30), span(25, 35), undefined]);
  await clock.advance(0);
  expect(told()).toEqual([span(1, 2)]);
  await clock.advance(5 * MINUTE);
  expect(told()).toEqual([span(1, 2), span(20, 30)]);
  await clock.advance(5 * MINUTE);
  expect(told()).toEqual([span(1, 2), span(25, 35)]);
  await clock.advance(5 * MINUTE);
  expect(told()).toEqual([span(1, 2)]);
  stop.abort();
});

test('an answer that fails changes nothing, and is told', async () => {
  const { clock, told, failed, stop } = ask([span(1, 2), new Error('away'), span(1, 2)]);
  await clock.advance(5 * MINUTE);
  expect(told()).toEqual([span(1, 2)]);
  await clock.advance(5 * MINUTE);
  expect(failed).toEqual([undefined, new Error('away'), undefined]);
  stop.abort();
});

test('what the term before was told is known from the beginning, and whether it was put off is seen by the first answer', async () => {
  const { clock, window, told, stop } = ask([span(30, 40)], [span(-9, -8), span(20, 30)]);
  expect(told()).toEqual([span(-9, -8), span(20, 30)]);
  await clock.advance(0);
  expect([told(), window.told]).toEqual([
    [span(-9, -8), span(30, 40)],
    [span(-9, -8), span(30, 40)],
  ]);
  stop.abort();
});

test('where nobody is to be asked there are the windows of the configuration', () => {
  const plans = [{ kind: 'default', rules: [], told: [], blocked: [] } as const];
  const window = new UpcomingWindow({
    clock: new ManualClock(0),
    plans: () => plans,
    toldBefore: [span(1, 2)],
    askWindow: undefined,
    onWindowAsked: () => undefined,
  });
  expect(window.plans).toBe(plans);
});
