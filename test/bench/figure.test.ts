import { describe, expect, it } from 'vitest';
import { atLeast, atMost, median, percentile } from './figure.ts';

describe('figures', () => {
  it('are met up to their target and not beyond', () => {
    expect(atMost(2, { figure: 'x', value: 2, unit: 's' })).toEqual({
      figure: 'x',
      value: 2,
      unit: 's',
      target: '≤ 2',
      met: true,
    });
    expect(atMost(2, { figure: 'x', value: 2.01, unit: 's' }).met).toBe(false);
  });

  it('that may not fall below a target are met from it on', () => {
    const row = { figure: 'x', unit: 'nodes' };
    expect(atLeast(20, { ...row, value: 20 })).toEqual({ ...row, value: 20, target: '≥ 20', met: true });
    expect([19, Number.NaN].map((value) => atLeast(20, { ...row, value }).met)).toEqual([false, false]);
  });

  it('never count as met when nothing was measured', () => {
    expect(atMost(2, { figure: 'x', value: percentile([], 0.5), unit: 's' }).met).toBe(false);
  });

  it('take the nearest rank of the sorted sample', () => {
    const sample = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([percentile(sample, 0.5), percentile(sample, 0.99), median([3, 1, 2])]).toEqual([50, 99, 2]);
  });
});
