import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { expect, it } from 'vitest';
import { InitDataMetrics } from './init-data-metrics.ts';

const NAME = 'castai_aks_init_data_cleartext_compatibility';

it('an alert can see that data leaves the node unsealed', async () => {
  const f = async (isSealed: boolean): Promise<unknown> => {
    const { registry } = new InitDataMetrics({ version: '0', clock: new ManualClock(), isSealed, isReady: () => true });
    const { text } = await registry.expose();
    return parseMetrics(text).find(({ name }) => name === NAME)?.value;
  };
  expect([await f(true), await f(false)]).toEqual([0, 1]);
});
