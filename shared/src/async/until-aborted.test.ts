import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { untilAborted } from './until-aborted.ts';

test('it lasts until the signal, and rejects with its reason', async () => {
  const over = new AbortController();
  const reason = new Error('enough');
  const lasting = untilAborted(over.signal);
  const isPending = Symbol('pending');
  expect(await Promise.race([lasting, new Promise((resolve) => setImmediate(resolve, isPending))])).toBe(isPending);
  over.abort(reason);
  await expect(lasting).rejects.toBe(reason);
  expect(getEventListeners(over.signal, 'abort')).toEqual([]);
});

test('a signal that was aborted before is as good', async () => {
  const reason = new Error('before');
  await expect(untilAborted(AbortSignal.abort(reason))).rejects.toBe(reason);
});
