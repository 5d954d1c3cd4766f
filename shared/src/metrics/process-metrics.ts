import { readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { cpuUsage, memoryUsage, uptime } from 'node:process';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from '../async/clock.ts';
import type { MetricsRegistry } from './metrics.ts';

/** Names for `RegistryOptions.otherNames`: they are the same in every program, as the clients of other languages have them. */
export const PROCESS_METRIC_NAMES: readonly string[] = [
  'nodejs_array_buffers_bytes',
  'nodejs_eventloop_active_seconds_total',
  'nodejs_eventloop_idle_seconds_total',
  'nodejs_eventloop_lag_seconds',
  'nodejs_external_memory_bytes',
  'nodejs_heap_size_limit_bytes',
  'nodejs_heap_size_total_bytes',
  'nodejs_heap_size_used_bytes',
  'process_cpu_seconds_total',
  'process_open_fds',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
];

/**
 * Registers what every program tells about its process, all of it looked up when somebody scrapes.
 *
 * prom-client's own set is not used: it samples the event loop with a timer every 10 ms and observes every garbage
 * collection, which an idle DaemonSet would pay for on each node, and three of its names fail `promtool check metrics`.
 * The event loop's busy time is a counter instead: its rate is the utilisation over any window.
 */
export function registerProcessMetrics(registry: MetricsRegistry, clock: Pick<Clock, 'now' | 'monotonicMs'>): void {
  registerMemory(registry);
  registerEventLoop(registry, clock);
  const cpu = registry.counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time spent, in seconds.',
  });
  const openFiles = registry.gauge({ name: 'process_open_fds', help: 'Number of open file descriptors.' });
  registry
    .gauge({ name: 'process_start_time_seconds', help: 'Start of the process, in seconds since the epoch.' })
    .set(Math.round(clock.now() / 1_000 - uptime()));
  let countedSeconds = 0;
  registry.beforeScrape(() => {
    const { user, system } = cpuUsage();
    const seconds = (user + system) / 1e6;
    cpu.inc(seconds - countedSeconds);
    countedSeconds = seconds;
    const descriptors = countOpenFiles();
    if (descriptors !== undefined) openFiles.set(descriptors);
  });
}

function registerMemory(registry: MetricsRegistry): void {
  const gauges = {
    rss: registry.gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory, in bytes.' }),
    heapUsed: registry.gauge({ name: 'nodejs_heap_size_used_bytes', help: 'Heap in use, garbage included, in bytes.' }),
    heapTotal: registry.gauge({ name: 'nodejs_heap_size_total_bytes', help: 'Heap taken from the system, in bytes.' }),
    external: registry.gauge({
      name: 'nodejs_external_memory_bytes',
      help: 'Memory outside the heap that is bound to objects in it, in bytes.',
    }),
    arrayBuffers: registry.gauge({
      name: 'nodejs_array_buffers_bytes',
      help: 'Part of the external memory that buffers take, in bytes.',
    }),
  };
  const limit = registry.gauge({
    name: 'nodejs_heap_size_limit_bytes',
    help: 'Heap size at which the process ends, in bytes.',
  });
  registry.beforeScrape(() => {
    const usage = memoryUsage();
    gauges.rss.set(usage.rss);
    gauges.heapUsed.set(usage.heapUsed);
    gauges.heapTotal.set(usage.heapTotal);
    gauges.external.set(usage.external);
    gauges.arrayBuffers.set(usage.arrayBuffers);
    limit.set(getHeapStatistics().heap_size_limit);
  });
}

function registerEventLoop(registry: MetricsRegistry, clock: Pick<Clock, 'monotonicMs'>): void {
  const active = registry.counter({
    name: 'nodejs_eventloop_active_seconds_total',
    help: 'Time that the event loop spent running code, in seconds.',
  });
  const idle = registry.counter({
    name: 'nodejs_eventloop_idle_seconds_total',
    help: 'Time that the event loop spent waiting for events, in seconds.',
  });
  const lag = registry.gauge({
    name: 'nodejs_eventloop_lag_seconds',
    help: 'How long the event loop took to come round at this scrape, in seconds.',
  });
  let counted = { active: 0, idle: 0 };
  registry.beforeScrape(async () => {
    const now = performance.eventLoopUtilization();
    active.inc(Math.max(0, now.active - counted.active) / 1_000);
    idle.inc(Math.max(0, now.idle - counted.idle) / 1_000);
    counted = now;
    const startMs = clock.monotonicMs();
    await new Promise((resolve) => setImmediate(resolve));
    lag.set((clock.monotonicMs() - startMs) / 1_000);
  });
}

/** Undefined where there is no /proc. At once: libuv's pool may be busy with names that nobody answers for, and a scrape has a deadline. */
function countOpenFiles(): number | undefined {
  try {
    // Without the one that reading the folder takes.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}
