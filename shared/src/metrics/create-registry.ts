import type { Clock } from '../async/clock.ts';
import { MetricsRegistry, type RegistryOptions } from './metrics.ts';
import { PROCESS_METRIC_NAMES, registerProcessMetrics } from './process-metrics.ts';

/** Whose metrics these are, and the clock that their process metrics need. */
export interface CreateRegistryOptions extends RegistryOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
}

/** The registry of a program: its version and its process are in it from the start. */
export function createRegistry({ clock, otherNames = [], ...options }: CreateRegistryOptions): MetricsRegistry {
  const registry = new MetricsRegistry({ ...options, otherNames: [...PROCESS_METRIC_NAMES, ...otherNames] });
  registerProcessMetrics(registry, clock);
  return registry;
}
