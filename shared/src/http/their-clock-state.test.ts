import { expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { CLOCK_LIMIT_MS } from '../verdict/clock-trouble.ts';
import { aheadIn, FORGET_MS, NEAR_MS, stepTheirClock, type TheirClockState, UNHEARD } from './their-clock-state.ts';

const FAR = 7_200_000;
const after = (start: TheirClockState, ...told: number[]): TheirClockState =>
  told.reduce((state, aheadMs) => stepTheirClock(state, { type: 'told', aheadMs }).state, start);

/** Total: what an answer that is near, about the limit, or far off to either side makes of each state. */
const STEPS: Readonly<Record<TheirClockState['is'], Readonly<Record<'near' | 'about' | 'far' | 'other', string>>>> = {
  unheard: { near: 'agrees', about: 'agrees', far: 'doubted', other: 'doubted' },
  agrees: { near: 'agrees', about: 'agrees', far: 'doubted', other: 'doubted' },
  doubted: { near: 'agrees', about: 'agrees', far: 'differs', other: 'doubted' },
  differs: { near: 'easing', about: 'differs', far: 'differs', other: 'differs' },
  easing: { near: 'agrees', about: 'differs', far: 'differs', other: 'differs' },
};
const STATES: readonly TheirClockState[] = [
  UNHEARD,
  { is: 'agrees' },
  { is: 'doubted', aheadMs: FAR },
  { is: 'differs', aheadMs: FAR },
  { is: 'easing', aheadMs: FAR },
];

it('two answers in a row say that we are off, and two that we are right again', () => {
  for (const state of STATES) {
    const { near, about, far, other } = STEPS[state.is];
    const seen = [NEAR_MS, CLOCK_LIMIT_MS, CLOCK_LIMIT_MS + 1, -CLOCK_LIMIT_MS - 1].map(
      (aheadMs) => after(state, aheadMs).is,
    );
    expect([state.is, ...seen]).toEqual([state.is, near, about, far, other]);
  }
  expect(STATES.map(({ is }) => is).sort()).toEqual(Object.keys(STEPS).sort());
});

it('what is certain is told: nothing while nobody was heard or one answer alone says so, the latest while it lasts', () => {
  expect(STATES.map(aheadIn)).toEqual([undefined, 0, undefined, FAR, FAR]);
  expect(aheadIn(after(UNHEARD, -FAR, -FAR - 5))).toBe(-FAR - 5);
  // About the limit it stays what it was, with the amount of now.
  expect(aheadIn(after(UNHEARD, FAR, FAR, CLOCK_LIMIT_MS - 1))).toBe(CLOCK_LIMIT_MS - 1);
});

it('is forgotten when nobody has told the time for half an hour', () => {
  for (const state of STATES) {
    expect(stepTheirClock(state, { type: 'looked', silentMs: FORGET_MS }).state).toBe(state);
    expect(stepTheirClock(state, { type: 'looked', silentMs: FORGET_MS + 1 }).state).toEqual(UNHEARD);
  }
});

it('whatever is told, nothing is said that the last two answers have not said', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = new SeededRandom(seed);
  const amounts = [0, NEAR_MS, NEAR_MS + 1, CLOCK_LIMIT_MS, CLOCK_LIMIT_MS + 1, FAR].flatMap((ms) => [ms, -ms]);
  let state = UNHEARD;
  let before = 0;
  const wrong: string[] = [];
  for (let turn = 0; turn < 5_000; turn += 1) {
    const aheadMs = amounts[random.integer(amounts.length)] ?? 0;
    const was = aheadIn(state) ?? 0;
    state = after(state, aheadMs);
    const said = aheadIn(state) ?? 0;
    const pair = [before, aheadMs].map(Math.abs);
    const hasBegun = was === 0 && said !== 0 && !pair.every((ms) => ms > CLOCK_LIMIT_MS);
    const hasEnded = was !== 0 && said === 0 && !pair.every((ms) => ms <= NEAR_MS);
    if (hasBegun || hasEnded) wrong.push(`seed ${seed}, turn ${turn}: ${before}, then ${aheadMs}`);
    before = aheadMs;
  }
  expect(wrong).toEqual([]);
});
