import { expect, it } from 'vitest';
import { TellSoon } from './tell-soon.ts';

it('tells once of all that was brought together, when whoever brought it has finished, and again of what comes later', async () => {
  const told: string[] = [];
  const soon = new TellSoon(() => told.push('told'));
  soon.tell();
  soon.tell();
  told.push('brought');
  await Promise.resolve();
  expect(told).toEqual(['brought', 'told']);
  soon.tell();
  await Promise.resolve();
  expect(told).toEqual(['brought', 'told', 'told']);
});

it('tells again of what is brought while it tells', async () => {
  let told = 0;
  const soon = new TellSoon(() => {
    told += 1;
    if (told < 3) soon.tell();
  });
  soon.tell();
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  expect(told).toBe(3);
});
