import { parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import type { BundledAgent } from '../agent/bundled-agent.ts';

/** How often each feed that was given up for memory was, since the agent started. */
export async function demotions({ admin }: Pick<BundledAgent, 'admin'>): Promise<number[]> {
  return parseMetrics(await (await fetch(`${admin}/metrics`)).text())
    .filter(({ name, labels }) => name === 'castai_agent_watch_restarts_total' && labels.includes('reason="demoted"'))
    .map(({ value }) => value);
}

/** All together. */
export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
