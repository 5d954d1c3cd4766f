import { expect, test } from 'vitest';
import { presentCopies, wantedCopies } from './copy-monitoring.ts';

test('rules and dashboards in the chart are those of monitoring/ (else: npm run generate)', () => {
  const wanted = wantedCopies();
  expect(wanted.filter(({ path }) => path.includes('rules')).length).toBeGreaterThan(0);
  expect(presentCopies()).toEqual(wanted);
});
