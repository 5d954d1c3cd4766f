import { describe, expect, it } from 'vitest';
import { systemClock } from '../async/clock.ts';
import { MetricsRegistry } from './metrics.ts';
import { PROCESS_METRIC_NAMES, registerProcessMetrics } from './process-metrics.ts';

const read = async (registry: MetricsRegistry): Promise<Map<string, number>> => {
  const lines = (await registry.expose()).text.split('\n').filter((line) => /^(process|nodejs)_/u.test(line));
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));
};

describe('process metrics', () => {
  it('are exactly the documented ones, with plausible values', async () => {
    const registry = new MetricsRegistry({ program: 'castai-agent', version: '1', otherNames: PROCESS_METRIC_NAMES });
    registerProcessMetrics(registry, systemClock);
    const first = await read(registry);
    expect([...first.keys()].sort()).toEqual(PROCESS_METRIC_NAMES);
    expect(first.get('process_resident_memory_bytes')).toBeGreaterThan(10 * 2 ** 20);
    expect(first.get('nodejs_heap_size_limit_bytes')).toBeGreaterThan(
      first.get('nodejs_heap_size_used_bytes') ?? Infinity,
    );
    expect(first.get('process_open_fds')).toBeGreaterThan(2);
    const startedSecondsAgo = Date.now() / 1_000 - (first.get('process_start_time_seconds') ?? 0);
    expect(Math.abs(startedSecondsAgo - process.uptime())).toBeLessThan(2);

    const second = await read(registry);
    const counters = PROCESS_METRIC_NAMES.filter((name) => name.endsWith('_total'));
    expect(counters.filter((name) => (second.get(name) ?? 0) < (first.get(name) ?? Infinity))).toEqual([]);
    expect(second.get('process_cpu_seconds_total')).toBeLessThan(process.uptime() * 64);
    expect(second.get('process_cpu_seconds_total')).toBeGreaterThan(0);
  });
});
