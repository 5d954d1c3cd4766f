import { expect, test } from 'vitest';
import { viewNode } from './node-view.ts';
import { OwnMark } from './own-mark.ts';

const DRAINING = 'autoscaling.cast.ai/draining';
const TAINT = { key: DRAINING, value: 'true', effect: 'NoSchedule' };
const mark = { isCordonOurs: true, isTaintOurs: true };

const nodeOf = (spec: object, record?: string, uid = 'uid-1') =>
  viewNode({
    metadata: {
      name: 'n',
      uid,
      annotations: record === undefined ? {} : { 'autoscaling.cast.ai/spot-handler': record },
    },
    spec,
  });

test('a mark is known after its record was deleted or overwritten, as far as it stands', () => {
  const own = new OwnMark();
  const standing = { unschedulable: true, taints: [TAINT] };
  expect(own.see(nodeOf(standing, JSON.stringify({ mark })))).toEqual(mark);
  expect(own.see(nodeOf(standing))).toEqual(mark);
  expect(own.see(nodeOf({ taints: [TAINT] }, 'scribbled over'))).toEqual({ ...mark, isCordonOurs: false });
  // Taken off, and put on again by somebody else.
  expect(own.see(nodeOf(standing))).toEqual({ ...mark, isCordonOurs: false });
  own.forget();
  expect(own.see(nodeOf(standing))).toBeUndefined();
});

test('another node of the same name has no mark of ours', () => {
  const own = new OwnMark();
  own.see(nodeOf({ unschedulable: true }, JSON.stringify({ mark })));
  expect(own.see(nodeOf({ unschedulable: true }, undefined, 'uid-2'))).toBeUndefined();
});
