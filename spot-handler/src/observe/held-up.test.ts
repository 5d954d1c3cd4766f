import { expect, test } from 'vitest';
import type { HoldReason } from '@castai/shared/drain/classify-eviction.ts';
import type { HeldPod } from '@castai/shared/drain/drain-signals.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { HeldUp } from './held-up.ts';

const pod = (name: string, reason: HoldReason, detail = ''): HeldPod => ({
  namespace: 'team-a',
  name,
  uid: `uid-${name}`,
  reason,
  detail,
});

test('a refusal is told at once with the name of the pod and the words of the API server, and again every minute', async () => {
  const clock = new ManualClock();
  const heldUp = new HeldUp(clock);
  const held = [pod('slow', 'ending'), pod('db-0', 'budget', 'the API server answered 429: no')];
  const words = 'the drain is held up by team-a/db-0 (budget: the API server answered 429: no), team-a/slow (ending)';
  expect(heldUp.take(held)).toBe(words);
  await clock.advance(59_999);
  expect(heldUp.take(held)).toBeUndefined();
  await clock.advance(1);
  expect(heldUp.take(held)).toBe(words);
});

test('pods that only take their time are told of after a minute, a refusal that comes later does not wait longer', async () => {
  const clock = new ManualClock();
  const heldUp = new HeldUp(clock);
  expect(heldUp.take([pod('slow', 'ending')])).toBeUndefined();
  await clock.advance(60_000);
  expect(heldUp.take([pod('slow', 'ending')])).toBe('the drain is held up by team-a/slow (ending)');
  heldUp.begin();
  expect(heldUp.take([pod('db-0', 'forbidden', 'no')])).toBe('the drain is held up by team-a/db-0 (forbidden: no)');
});

test('the line is bounded however many pods there are', () => {
  const held = Array.from({ length: 200 }, (_, index) => pod(`p${index}`, 'refused', 'x'.repeat(300)));
  const line = new HeldUp(new ManualClock()).take(held) ?? '';
  expect([line.endsWith(' and 196 more'), line.length < 1024]).toEqual([true, true]);
});
