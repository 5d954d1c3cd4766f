/** Seeded random clusters with all that is simulated: what has to hold of the answer wherever pods are, and in whichever order all is told. */
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { richClusters } from '@castai/test/samples/rich-cluster/rich-cluster.ts';
import { withFates, withoutPlaces } from '@castai/test/samples/rich-cluster/without-places.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settle } from '../testing/settle.ts';
import { stateOf } from '../testing/state-of.ts';
import type { Removal } from './removal.ts';
import { simulate } from './simulate.ts';

const plan = (objects: readonly KubeObject[], headroom = 0): Removal =>
  simulate({
    state: stateOf(objects),
    policy: { isAggressive: true, isScoped: false, nodeGraceMs: 0, headroom, rules: [] },
    nowMs: 0,
  });
const going = (removal: Removal): string[] => removal.removable.map(({ node }) => node.name);
const settled = richClusters.map((rich) => {
  const { fixed, waiting } = withoutPlaces(rich);
  return withFates(rich, [...fixed, ...settle(fixed, waiting)]);
});
const RUNS = { numRuns: 200, seed: 20_261_130 };

test('the order in which objects come is irrelevant, and the answer is the same each time', () => {
  let moves = 0;
  fc.assert(
    fc.property(
      settled.chain((objects) =>
        fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
      ),
      ([objects, shuffled]) => {
        const first = plan(objects);
        moves += first.removable.flatMap((one) => one.moves).length;
        expect(plan(shuffled)).toEqual(first);
        expect(plan(objects)).toEqual(first);
      },
    ),
    RUNS,
  );
  // Where nobody moved nothing would be compared.
  expect(moves).toBeGreaterThan(RUNS.numRuns / 5);
});

test('more headroom never frees more nodes', () => {
  fc.assert(
    fc.property(settled, fc.nat(40), fc.nat(40), (objects, a, b) => {
      const [less, more] = [Math.min(a, b) / 100, Math.max(a, b) / 100];
      expect(going(plan(objects, more)).length).toBeLessThanOrEqual(going(plan(objects, less)).length);
    }),
    RUNS,
  );
});

test('one more pod on a node never makes a plan for that node appear, unless another one has no place there any more', () => {
  fc.assert(
    fc.property(settled, fc.nat(20), fc.nat(20), (objects, whose, where) => {
      const pods = objects.filter(({ kind }) => kind === 'Pod');
      const like = pods[whose % pods.length];
      const nodes = objects.filter(({ kind }) => kind === 'Node');
      const node = nodes[where % nodes.length]?.metadata.name ?? '';
      if (like === undefined) return;
      const { nodeName: _own, ...spec } = like['spec'] as Record<string, unknown>;
      const more = {
        ...like,
        metadata: { ...like.metadata, name: 'more', uid: 'more' },
        spec: { ...spec, nodeName: node },
      };
      const before = going(plan(objects));
      const after = going(plan([...objects, more]));
      const isLost = before.some((name) => !after.includes(name));
      expect(after.includes(node) && !before.includes(node) && !isLost).toBe(false);
    }),
    RUNS,
  );
});
