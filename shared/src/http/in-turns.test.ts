import { describe, expect, it } from 'vitest';
import { inTurns } from './in-turns.ts';

describe('turns', () => {
  it('come in the order in which they were asked for, and wait while connections arrive', async () => {
    let arrived = 0;
    let looks = 0;
    const turn = inTurns(() => {
      looks += 1;
      // The first looks each find one more.
      return looks < 6 ? (arrived += 1) : arrived;
    });
    const order: string[] = [];
    const ask = async (name: string): Promise<void> => {
      await turn(() => false);
      order.push(name);
    };
    await Promise.all([ask('a'), ask('b'), ask('c')]);
    expect(order).toEqual(['a', 'b', 'c']);
    expect(looks).toBeGreaterThan(6);
  });

  it('cost nothing for whoever has gone: a thousand of them are passed by without a look', async () => {
    let looks = 0;
    const turn = inTurns(() => (looks += 1));
    for (let i = 0; i < 1000; i += 1) void turn(() => true);
    await turn(() => true);
    expect(looks).toBe(0);
    await turn(() => false);
    expect(looks).toBeGreaterThan(0);
  });
});
