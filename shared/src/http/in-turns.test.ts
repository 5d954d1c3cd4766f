import { describe, expect, it } from 'vitest';
import { inTurns } from './in-turns.ts';

const there = (): boolean => false;
const gone = (): boolean => true;

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
      await turn({ address: '', isGone: there });
      order.push(name);
    };
    await Promise.all([ask('a'), ask('b'), ask('c')]);
    expect(order).toEqual(['a', 'b', 'c']);
    expect(looks).toBeGreaterThan(6);
  });

  it('are taken by addresses, not by how many connections one has', async () => {
    const turn = inTurns(() => 0);
    const order: string[] = [];
    const ask = async (address: string, name: string): Promise<void> => {
      await turn({ address, isGone: there });
      order.push(name);
    };
    const flood = Array.from({ length: 400 }, (_, at) => ask('10.0.0.1', `flood ${String(at)}`));
    const others = [ask('10.0.0.2', 'scrape'), ask('10.0.0.3', 'person'), ask('10.0.0.2', 'scrape again')];
    await Promise.all([...flood, ...others]);
    expect(order.slice(0, 6)).toEqual(['flood 0', 'flood 1', 'scrape', 'person', 'flood 2', 'scrape again']);
    expect(order).toHaveLength(403);
  });

  it('begin again for who asks when all have been served', async () => {
    let looks = 0;
    const turn = inTurns(() => (looks += 1) && 0);
    for (let round = 0; round < 3; round += 1) await turn({ address: 'a', isGone: there });
    await Promise.all([turn({ address: 'a', isGone: there }), turn({ address: 'a', isGone: gone })]);
    // Two looks for each who is there: no connection has come between them.
    expect(looks).toBe(8);
  });

  it('cost nothing for whoever has gone: a thousand of them are passed by without a look', async () => {
    let looks = 0;
    const turn = inTurns(() => (looks += 1));
    for (let i = 0; i < 1000; i += 1) void turn({ address: String(i % 3), isGone: gone });
    await turn({ address: '0', isGone: gone });
    expect(looks).toBe(0);
    await turn({ address: '0', isGone: there });
    expect(looks).toBeGreaterThan(0);
  });
});
