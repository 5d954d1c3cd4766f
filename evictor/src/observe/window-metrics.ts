import type { Clock } from '@castai/shared/async/clock.ts';
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import type { WindowStatus } from '../judge/maintenance.ts';
import type { Show } from './show.ts';
import { registerToldSeries } from './told-series.ts';

const PREFIX = 'castai_evictor';
const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

const GAUGES: readonly {
  readonly name: string;
  readonly help: string;
  readonly value: (window: WindowStatus, nowMs: number) => number | undefined;
}[] = [
  {
    name: 'window_open',
    help: 'Whether a maintenance window is open (1) or not (0), by kind; only where windows are known.',
    value: ({ closesAtMs = 0 }, nowMs) => (nowMs < closesAtMs ? 1 : 0),
  },
  {
    name: 'window_next_start_timestamp_seconds',
    help: 'When the next maintenance window opens.',
    value: ({ nextStartMs }) => seconds(nextStartMs),
  },
  {
    name: 'window_last_end_timestamp_seconds',
    help: 'When the last maintenance window has closed.',
    value: ({ lastEndMs }) => seconds(lastEndMs),
  },
];

/** Registers what is told of maintenance windows; where none is known there are no series. */
export function registerWindows(registry: MetricsRegistry, clock: Pick<Clock, 'now'>): Show {
  const gauges = GAUGES.map(({ name, help, value }) => ({
    show: registerToldSeries(registry, { name: `${PREFIX}_${name}`, help, label: 'kind' }),
    value,
  }));
  return (report) => {
    const windows = report?.windows ?? [];
    for (const { show, value } of gauges)
      show(new Map(windows.map((window) => [window.kind, value(window, clock.now())])));
  };
}
