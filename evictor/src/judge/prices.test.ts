import { expect, test } from 'vitest';
import { capacityOf, costOf, type Price } from './prices.ts';

const node = (type: string, more: Record<string, string> = {}) => ({
  labels: { 'node.kubernetes.io/instance-type': type, 'topology.kubernetes.io/region': 'west', ...more },
});
const SPOT = { 'kubernetes.azure.com/scalesetpriority': 'spot' };
const price = (instanceType: string, perHour: number, more: Partial<Price> = {}): Price => ({
  instanceType,
  os: 'linux',
  capacity: 'on-demand',
  region: undefined,
  perHour,
  ...more,
});
const PRICES = [
  price('d4', 2),
  price('d4', 3, { region: 'west' }),
  price('d4', 0.5, { capacity: 'spot' }),
  price('d8', 4, { region: 'east' }),
];
const cost = (...nodes: ReturnType<typeof node>[]) => costOf(nodes, { currency: 'EUR', prices: PRICES });

test('the price for the region counts, else the one for all of them', () => {
  expect(cost(node('d4'))).toEqual({ currency: 'EUR', perHour: 3, unpriced: 0 });
  expect(cost(node('d4', { 'topology.kubernetes.io/region': 'north' }))).toMatchObject({ perHour: 2 });
  expect(cost(node('d4', SPOT), node('d4'))).toMatchObject({ perHour: 3.5 });
});

test('what has no price is not free: it is counted, and of none the sum is not known', () => {
  expect(cost(node('d8'), node('d4'))).toEqual({ currency: 'EUR', perHour: 3, unpriced: 1 });
  expect(cost(node('d8'))).toEqual({ currency: 'EUR', perHour: undefined, unpriced: 1 });
  expect(cost(node('d8', SPOT), node(''))).toMatchObject({ perHour: undefined, unpriced: 2 });
  expect(cost()).toEqual({ currency: 'EUR', perHour: 0, unpriced: 0 });
});

test('a price on demand says nothing of a spot machine', () => {
  expect(costOf([node('d4', SPOT)], { currency: 'EUR', prices: [price('d4', 2)] })).toMatchObject({
    perHour: undefined,
  });
});

test('a price for Linux says nothing of a machine with Windows, which has a licence to pay', () => {
  const windows = node('d4', { 'kubernetes.io/os': 'windows' });
  const linux = node('d4', { 'kubernetes.io/os': 'linux' });
  const prices = [price('d4', 2), price('d4', 5, { os: 'windows' })];
  expect(costOf([windows, linux], { currency: 'EUR', prices: prices.slice(0, 1) })).toMatchObject({
    perHour: 2,
    unpriced: 1,
  });
  expect(costOf([windows, linux], { currency: 'EUR', prices })).toMatchObject({ perHour: 7, unpriced: 0 });
});

test.each([
  ['karpenter.sh/capacity-type', 'spot', 'spot'],
  ['karpenter.sh/capacity-type', 'on-demand', 'on-demand'],
  ['scheduling.cast.ai/spot', 'true', 'spot'],
  ['kubernetes.azure.com/scalesetpriority', 'spot', 'spot'],
  ['kubernetes.azure.com/scalesetpriority', 'regular', 'on-demand'],
  ['eks.amazonaws.com/capacityType', 'SPOT', 'spot'],
  ['cloud.google.com/gke-spot', 'true', 'spot'],
  ['cloud.google.com/gke-preemptible', 'true', 'spot'],
  ['other', 'spot', 'on-demand'],
])('%s=%s is paid %s', (key, value, expected) => {
  expect(capacityOf({ [key]: value })).toBe(expected);
});
