import { expect, test } from 'vitest';
import { node, pod } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { ClaimUse } from './claim-use.ts';
import { Placement } from './placement.ts';
import { Restless } from './restless.ts';
import { StaticPlaces } from './static-places.ts';

const KEPT_OFF = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: 'b' } }, topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  },
};

/** What is told of the node whose pod a waiting one is kept off by, where that one is sure of a place or not. */
function toldOf(isSure: boolean): string[] {
  const placement = new Placement(
    stateOf([
      node('home'),
      pod('m', 'home', { app: 'b' }),
      pod('low', 'home', { priority: -10 }),
      pod('w', '', { app: 'a', priority: 100, ...KEPT_OFF }),
    ]),
  );
  const pending = placement.pending.map((one) => ({ pod: one, home: -1, count: 1 }));
  const restless = new Restless({
    placement,
    waiting: { pending, isSure: () => isSure },
    statics: new StaticPlaces(placement, new ClaimUse(placement)),
  });
  return placement.nodes
    .flatMap((placed) => restless.blockers({ placed, pods: placed.pods, movers: [], groups: [], size: 0 }))
    .map(({ code, pod: name }) => `${code} ${name}`);
}

test('one that waits, is kept off by who moves and is not sure of a place may push others out', () => {
  expect(toldOf(false)).toEqual(['crowded shop/w']);
});

test('one that is sure of a place goes there', () => {
  expect(toldOf(true)).toEqual([]);
});
