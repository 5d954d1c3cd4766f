import { expect, test } from 'vitest';
import { unknown } from './classify-imds.ts';
import { ageOf, blindness, seeAgain, seeNothing, startKnowledge } from './knowledge-state.ts';

test('a source is blind until its first good look', () => {
  expect(blindness(startKnowledge(0), 0, 1000)).toBe('nothing known for 1 s (no answer yet)');
  expect(blindness(seeAgain(startKnowledge(0), 1000), 0, 1000)).toBeUndefined();
});

test('ten seconds without a good look make it blind, and one good look ends that', () => {
  const good = seeAgain(startKnowledge(0), 0);
  const bad = seeNothing(
    seeNothing(good, unknown('timeout', 'no answer', 'do this'), 1000),
    unknown('empty', 'no body'),
    2000,
  );
  expect(blindness(bad, 0, 10_000)).toBeUndefined();
  expect(blindness(bad, 0, 10_001)).toBe('nothing known for 10 s (empty: no body)');
  expect(bad.trouble?.count).toBe(2);
  expect(blindness(seeAgain(bad, 20_000), 0, 20_000)).toBeUndefined();
});

test('an update of the platform is given 70 s', () => {
  const updating = seeNothing(seeAgain(startKnowledge(0), 0), unknown('updating', 'HTTP 410'), 1000);
  expect(blindness(updating, 0, 70_000)).toBeUndefined();
  expect(blindness(updating, 0, 70_001)).toBe('nothing known for 70 s (updating: HTTP 410)');
});

test('what a look takes when all is well is not counted', () => {
  expect(blindness(seeAgain(startKnowledge(0), 0), 7000, 16_000)).toBeUndefined();
});

test('age counts from the last good look', () => {
  expect(ageOf(startKnowledge(500), 1500)).toBe(1000);
  expect(ageOf(seeNothing(seeAgain(startKnowledge(0), 1000), unknown('timeout', ''), 2000), 4000)).toBe(3000);
});
