import { describe, expect, it } from 'vitest';
import { checkMetrics } from '../../testing/check-metrics.ts';
import { systemClock } from '../async/clock.ts';
import { createRegistry } from './create-registry.ts';

describe('promtool check metrics', () => {
  it('accepts one metric of each kind and those of the process', async () => {
    const registry = createRegistry({ program: 'castai-agent', version: '1.2.3', clock: systemClock });
    registry.counter({ name: 'castai_agent_batches_total', help: 'Batches.', labels: { result: ['ok', 'failed'] } });
    registry.gauge({ name: 'castai_agent_pending_bytes', help: 'Bytes that wait.' });
    registry.histogram({ name: 'castai_agent_send_duration_seconds', help: 'Time.', buckets: [0.1, 1] });
    expect(checkMetrics((await registry.expose()).text)).toBe('');
  });

  it('is able to refuse', () => {
    expect(checkMetrics('# TYPE castai_agent_things_total gauge\ncastai_agent_things_total 1\n')).toContain(
      'no help text',
    );
  });
});
