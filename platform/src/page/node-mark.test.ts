import { expect, test } from 'vitest';
import { nodeIds, nodeMark } from './node-mark.ts';

const RECORD = 'autoscaling.cast.ai/spot-handler';
const node = (annotations: object, labels: object = {}) => ({ metadata: { name: 'N1', labels, annotations } });
const record = (...notices: object[]): object => ({ [RECORD]: JSON.stringify({ version: 1, notices }) });

test('a mark ends when the earliest notice that is a reason for it begins', () => {
  const notices = [
    { isMarking: true, startsAtMs: 900 },
    { isMarking: true, startsAtMs: 500 },
    { isMarking: false, startsAtMs: 100 },
  ];
  expect(nodeMark(node(record(...notices)))).toEqual({ endsAtMs: 500 });
  expect(nodeMark(node(record({ isMarking: true })))).toEqual({ endsAtMs: undefined });
});

test('the label alone is a mark without a time, and one that others set is none', () => {
  expect(nodeMark(node({}, { 'autoscaling.cast.ai/draining': 'spot-interruption' }))).toEqual({ endsAtMs: undefined });
  expect(nodeMark(node({}, { 'autoscaling.cast.ai/draining': 'true' }))).toBeUndefined();
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"notices":5}',
  '{"notices":[null,1,{}]}',
  '{"notices":[{"isMarking":true,"startsAtMs":"1"}]}',
])('a record that nobody can read does no harm: %s', (text) => {
  expect(nodeMark(node({ [RECORD]: text }))?.endsAtMs).toBeUndefined();
});

test('a node is known by all that cloud, platform and cluster call it', () => {
  const body = {
    metadata: {
      name: 'N1',
      labels: { 'provisioner.cast.ai/node-id': 'ID' },
      annotations: { 'provisioner.cast.ai/override-provider-id': 'azure:///OTHER' },
    },
    spec: { providerID: 'azure:///X' },
  };
  expect(nodeIds(body)).toEqual(['azure:///x', 'azure:///other', 'id', 'n1']);
  expect(nodeIds(undefined)).toEqual([]);
});
