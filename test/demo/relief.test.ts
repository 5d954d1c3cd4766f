import { expect, test } from 'vitest';
import { type Course, lookAt, WELL } from './relief.ts';

const OUTAGE = { trouble: 'blocked: API server not reached', isReady: true };
const STARTING = { trouble: 'starting: feeds: 30 feeds are not complete', isReady: false };
const FINE = { trouble: '', isReady: true };

/** All that is said of looks that are ten seconds apart. */
function saidOf(looks: readonly { readonly trouble: string; readonly isReady: boolean }[]): string[] {
  let course: Course = WELL;
  return looks.flatMap((progress, index) => {
    const seen = lookAt(course, { progress, nowMs: index * 10_000 });
    ({ course } = seen);
    return seen.say ?? [];
  });
}

test('the end of an outage is told once, with how long it was seen', () => {
  expect(saidOf([FINE, OUTAGE, OUTAGE, FINE, FINE])).toEqual([
    'agent      is well again after 20 s: everything readable is at the platform',
  ]);
});

test('a start is no outage', () => {
  expect(saidOf([STARTING, STARTING, FINE])).toEqual([]);
});

test('an outage that turns into catching up is over when that is', () => {
  expect(saidOf([OUTAGE, STARTING, { trouble: '', isReady: false }])).toEqual([]);
  expect(saidOf([OUTAGE, STARTING, FINE])).toHaveLength(1);
});

test('each outage has its own end', () => {
  expect(saidOf([OUTAGE, FINE, OUTAGE, FINE])).toHaveLength(2);
});
