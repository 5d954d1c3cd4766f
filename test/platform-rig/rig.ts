/**
 * What stands around a platform in tests, the demo and benchmarks: faults before its front, a control API beside it, and what can
 * only be done from inside (poisoned objects, paused processing, a restored backup) by hooks that are handed in.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { agentRoute } from '@castai/platform/front/route.ts';
import { requestUrl } from '@castai/platform/front/front.ts';
import type { RunningServer } from '@castai/platform/front/server.ts';
import { createPlatform, type PlatformOptions } from '@castai/platform/platform.ts';
import { servePlatform } from '@castai/platform/serve-platform.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import { Checkpoint } from './control/checkpoint.ts';
import { CONTROL_PREFIX, ControlApi } from './control/control-api.ts';
import { FaultBook } from './faults/fault-book.ts';
import { FAULT_TYPES } from './faults/fault-rules.ts';
import { faultText } from './faults/fault-text.ts';
import { FaultyFront } from './faults/faulty-front.ts';

/** How a rigged platform starts. Everything has a default. */
export interface RigOptions extends Partial<Omit<PlatformOptions, 'hooks'>> {
  /** 0 (default): any free port. */
  readonly port?: number;
  /** Default 127.0.0.1: the control API has no key. */
  readonly host?: string;
  /** Faults from the start, as the control API takes them. */
  readonly faults?: readonly unknown[];
  readonly random?: () => number;
}

/** Starts a platform with everything around it. Throws what the file or the port throws, `RangeError` for a wrong fault. */
export async function startRig(options: RigOptions = {}): Promise<RunningServer> {
  const faults = new FaultBook(options.random ?? Math.random);
  for (const fault of options.faults ?? []) faults.add(fault);
  const processing = { isPaused: false };
  const platform = await createPlatform({
    clock: systemClock,
    onError: (error) => console.error(error),
    ...options,
    hooks: {
      refuse: ({ name }) => (faults.isPoisoned(name) ? 'POISONED' : undefined),
      isProcessing: () => !processing.isPaused,
      notes: () => [...(processing.isPaused ? ['processing is paused'] : []), ...faults.rules.map(faultText)],
    },
  });
  faults.onShown = (type, call, cluster) =>
    platform.page.note(cluster, { tone: 'fault', kind: 'fault', text: `${type} on ${call}` });
  showFaults(platform.metrics.registry, faults);
  const checkpoint = new Checkpoint(platform.databaseFile);
  const faultyFront = new FaultyFront(platform, faults);
  const control = new ControlApi({ platform, faults, processing, checkpoint });
  const handle = (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = requestUrl(request);
    const route = agentRoute(pathname);
    if (route && platform.agentApi.serves(route.call)) return faultyFront.handle({ request, response, route });
    if (pathname.startsWith(CONTROL_PREFIX)) {
      return platform.front.respond(request, response, () => control.answer(request, response));
    }
    return platform.front.handle(request, response);
  };
  const server = await servePlatform(platform, handle, { port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  return {
    url: server.url,
    close: async () => {
      faultyFront.close();
      await server.close();
      checkpoint.remove();
    },
  };
}

/** The figures of the faults, among the platform's own. */
function showFaults(registry: MetricsRegistry, faults: FaultBook): void {
  const shown = registry.counter({
    name: 'castai_platform_faults_total',
    help: 'Faults that were asked for and shown, by type.',
    labels: { type: FAULT_TYPES },
  });
  registry.beforeScrape(() => {
    for (const type of FAULT_TYPES) {
      shown.remove({ type });
      shown.inc({ type }, faults.shown.get(type) ?? 0);
    }
  });
}
