import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('of one key one is at work at a time, in order, whatever becomes of those before; nothing is left behind', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', async () => {
    log.push('first begins');
    await gate.promise;
    log.push('first ends');
    throw new Error('first fails');
  });
  const second = turns.take('a', async () => log.push('second'));
  const third = turns.take('a', async () => log.push('third'));
  const other = await turns.take('b', async () => log.push('other'));
  expect([other, log]).toEqual([2, ['first begins', 'other']]);
  gate.resolve();
  await expect(first).rejects.toThrow('first fails');
  expect([await second, await third]).toEqual([4, 5]);
  expect(log).toEqual(['first begins', 'other', 'first ends', 'second', 'third']);
  expect(turns.size).toBe(0);
});
