import { expect, test } from 'vitest';
import type { Observation } from './condition.ts';
import { type ReadTrouble, whileThere } from './read-troubles.ts';

test('of a cluster that was given up nothing is missed, of one that is away nothing is known, and interruptions come by themselves', () => {
  const condition = { severity: 'warning', summary: 's', reason: '', cure: '' } as const;
  const holds: Observation = { type: 'holds', condition };
  const seen: Readonly<Record<ReadTrouble, Observation>> = {
    interruptions: holds,
    'init-data': holds,
    'daemon-sets': holds,
    controller: holds,
    evictor: holds,
    drift: holds,
  };
  const f = (connection: Parameters<typeof whileThere>[1]): string[] =>
    Object.entries(whileThere(seen, connection))
      .map(([trouble, { type }]) => `${trouble} ${type}`)
      .toSorted();
  const all = (others: string): string[] =>
    ['controller', 'daemon-sets', 'drift', 'evictor', 'init-data', 'interruptions'].map((trouble) =>
      trouble === 'interruptions' ? 'interruptions holds' : `${trouble} ${others}`,
    );
  expect(f('connected')).toEqual(all('holds'));
  expect(f('waiting')).toEqual(all('holds'));
  expect(f('ended')).toEqual(all('clear'));
  for (const away of ['late', 'disconnected', 'unknown'] as const) expect(f(away)).toEqual(all('unknown'));
});
