import { expect, it } from 'vitest';
import { counterReset, endpointDown, expandValues, failover, scrapeGap, seriesVanished } from './hazards.ts';

it("reads promtool's notation", () => {
  expect(expandValues('0+4x3 5x2 _x2 7 stale _ 10-1x1')).toEqual([
    '0',
    '4',
    '8',
    '12',
    '5',
    '5',
    '5',
    '_',
    '_',
    '7',
    'stale',
    '_',
    '10',
    '9',
  ]);
  expect(() => expandValues('NaN')).toThrow('no values of promtool: NaN');
});

const INPUT = [
  { series: 'a_total{job="j", instance="1"}', values: '0+1x7' },
  { series: 'up{instance="1"}', values: '1x7' },
  { series: 'kube_x{pod="p"}', values: '1x7' },
];
const values = (series: readonly { values: string }[]): string[] => series.map((one) => one.values);

it('lets each hazard happen in the middle', () => {
  expect(values(counterReset(INPUT))).toEqual(['0 1 2 3 0 1 2 3', '1x7', '1x7']);
  expect(values(scrapeGap(2)(INPUT))).toEqual(['0 1 2 3 _ _ _ 7', '1 1 1 1 _ _ _ 1', '1 1 1 1 _ _ _ 1']);
  expect(values(endpointDown(INPUT))).toEqual(['0 1 2 3 stale _ _ _', '1 1 1 1 0 0 0 0', '1x7']);
  expect(values(seriesVanished(INPUT))).toEqual(['0 1 2 3 stale _ _ _', '1x7', '1x7']);
  expect(failover(INPUT)).toEqual([
    { series: 'a_total{job="j", instance="1"}', values: '0 1 2 3 stale _ _ _' },
    { series: 'a_total{job="j", instance="next"}', values: '_ _ _ _ _ _ 0 1' },
    { series: 'up{instance="1"}', values: '1 1 1 1 stale _ _ _' },
    { series: 'up{instance="next"}', values: '_ _ _ _ _ _ 1 1' },
    { series: 'kube_x{pod="p"}', values: '1x7' },
  ]);
});
