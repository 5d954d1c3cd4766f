import { expect, test } from 'vitest';
import { interruptionCards } from './interruption-cards.ts';
import type { NodeSummary } from './object-summary.ts';

const report = (id: number, body: unknown, atMs = 1_000) => ({ id, cluster: 'c', kind: 'event' as const, atMs, body });
const taken = (id: number, providerId: string) =>
  report(id, { event_type: 'interrupted', node_id: '', provider_id: providerId });
const NODE: NodeSummary = {
  name: 'vmss000000',
  ready: true,
  unschedulable: true,
  instanceType: '',
  zone: '',
  isSpot: true,
  createdAtMs: undefined,
  cpu: 4,
  memory: 1,
  pods: 9,
  ids: ['azure:///x/0'],
  mark: { endsAtMs: 31_000 },
};
const cards = (
  reports: readonly ReturnType<typeof report>[],
  more: { node?: Partial<NodeSummary>; nowMs?: number } = {},
) => {
  const node = { ...NODE, ...more.node };
  const nodeCalled = (id: string) => (node.ids.includes(id) ? node : undefined);
  return interruptionCards({ reports, overview: { nodeCalled }, isComplete: true, nowMs: more.nowMs ?? 2_000 });
};
const told = (...args: Parameters<typeof cards>) =>
  cards(...args).map(({ node, state, endsAtMs }) => [node, state, endsAtMs]);

test('a card has the name of the node that a cloud names by its machine, however it is spelt, and when it ends', () => {
  expect(cards([taken(7, 'azure:///X/0')])).toEqual([
    {
      key: 7,
      atMs: 1_000,
      node: 'vmss000000',
      what: 'the machine is about to be taken: azure:///X/0',
      endsAtMs: 31_000,
      state: 'ahead',
    },
  ]);
});

test('an interruption that was taken back has ended, and so has one whose node is gone; neither is said too early', () => {
  const unmarked = { node: { mark: undefined } };
  expect(told([taken(1, 'azure:///x/0')], unmarked)).toEqual([['vmss000000', 'unknown', undefined]]);
  expect(told([taken(1, 'azure:///x/0')], { ...unmarked, nowMs: 60_000 })).toEqual([
    ['vmss000000', 'cancelled', undefined],
  ]);
  expect(told([taken(1, 'aws:///gone')])).toEqual([['', 'unknown', undefined]]);
  expect(told([taken(1, 'aws:///gone')], { nowMs: 60_000 })).toEqual([['', 'gone', undefined]]);
});

test('of one machine only the newest notice counts, and a recommendation is nothing more', () => {
  const advice = report(2, { eventType: 'rebalanceRecommendation', providerId: 'azure:///x/0' });
  expect(told([advice, taken(1, 'azure:///x/0')], { node: { mark: undefined }, nowMs: 60_000 })).toEqual([
    ['vmss000000', 'advice', undefined],
  ]);
});

test.each([[null], ['text'], [{}], [{ event_type: 5, provider_id: [] }]])(
  'a report of any shape is a card: %j',
  (body) => {
    expect(told([report(1, body)])).toEqual([['', 'unknown', undefined]]);
  },
);
