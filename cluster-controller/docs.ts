/** What the generated tables about the cluster controller are made of. */
import type { ProgramDocs } from '../scripts/docs/program-docs.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { CONTROLLER_OPTIONS } from './src/config.ts';
import { ControllerMetrics } from './src/observe/controller-metrics.ts';

export const DOCS: ProgramDocs = {
  options: CONTROLLER_OPTIONS,
  metrics: () =>
    new ControllerMetrics({
      version: '',
      clock: systemClock,
      isReady: () => false,
      isLeader: () => false,
      isPaused: () => false,
      isDryRun: false,
      counts: () => new Map(),
      pendingAcks: () => 0,
      heldPods: () => 0,
    }).registry,
};
