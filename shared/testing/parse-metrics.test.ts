import { expect, test } from 'vitest';
import { parseMetrics, sumOf } from './parse-metrics.ts';

test('reads samples with and without labels and sums a name', () => {
  const samples = parseMetrics(
    '# HELP a_total Things.\n# TYPE a_total counter\na_total{x="1 }",y="2"} 3\na_total{x="2",y=""} 4.5\nb 1e3\nb_bucket{le="+Inf"} 2\n',
  );
  expect(samples).toEqual([
    { name: 'a_total', labels: 'x="1 }",y="2"', value: 3 },
    { name: 'a_total', labels: 'x="2",y=""', value: 4.5 },
    { name: 'b', labels: '', value: 1000 },
    { name: 'b_bucket', labels: 'le="+Inf"', value: 2 },
  ]);
  expect(sumOf(samples, 'a_total')).toBe(7.5);
  expect(sumOf(samples, 'c')).toBe(0);
});
