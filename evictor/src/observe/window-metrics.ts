import type { Clock } from '@castai/shared/async/clock.ts';
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import type { WindowKind, WindowStatus } from '../judge/maintenance.ts';
import type { Show } from './evictor-metrics.ts';

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
    gauge: registry.gauge({ name: `${PREFIX}_${name}`, help, labels: { kind: [] } }),
    value,
    told: new Set<WindowKind>(),
  }));
  return (report) => {
    const windows = report?.windows ?? [];
    for (const { gauge, value, told } of gauges) {
      const values = new Map(windows.map((window) => [window.kind, value(window, clock.now())]));
      for (const kind of told) if (values.get(kind) === undefined) gauge.remove({ kind });
      told.clear();
      for (const [kind, found] of values) {
        if (found === undefined) continue;
        gauge.set({ kind }, found);
        told.add(kind);
      }
    }
  };
}
