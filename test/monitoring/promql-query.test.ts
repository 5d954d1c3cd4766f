import { describe, expect, it } from 'vitest';
import { selectorsOf } from './promql-query.ts';

describe('what a query reads', () => {
  it('is found in functions, ranges and both sides of an operator, with the labels of the innermost aggregation', () => {
    const query = `
      sum by (job, castai_cluster) (
        increase(a_total{
          result=~"x|y", # $some
          job!="z"
        }[10m] offset 5m)
      ) > 3 # $least
      unless on (job) max(b)`;
    expect(selectorsOf(query)).toEqual([
      {
        metric: 'a_total',
        matchers: [
          { label: 'result', operator: '=~', value: 'x|y' },
          { label: 'job', operator: '!=', value: 'z' },
        ],
        by: ['job', 'castai_cluster'],
      },
      { metric: 'b', matchers: [], by: undefined },
    ]);
  });

  it("is found in Grafana's queries too", () => {
    expect(selectorsOf('rate(a_total{cluster=~"$cluster"}[$__rate_interval])')).toEqual([
      { metric: 'a_total', matchers: [{ label: 'cluster', operator: '=~', value: '$cluster' }], by: undefined },
    ]);
  });

  it.each(['sum by (job (a)', 'rate(a[5])[', 'a{b="c}', 'a >'])('refuses %s', (query) => {
    expect(() => selectorsOf(query)).toThrow('no PromQL at');
  });
});
