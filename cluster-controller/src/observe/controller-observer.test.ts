import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { createLogger } from '@castai/shared/log/logger.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { expect, it } from 'vitest';
import { ControllerMetrics } from './controller-metrics.ts';
import { ControllerObserver } from './controller-observer.ts';

it('what was said of switch and waits in a term before is not said in the next one, which has not polled yet', async () => {
  const clock = new ManualClock();
  const metrics = new ControllerMetrics({
    clock,
    version: '1',
    isReady: () => true,
    isLeader: () => true,
    isPaused: () => true,
    isDryRun: false,
    counts: () => new Map(),
    pendingAcks: () => 0,
    heldPods: () => 0,
  });
  const logger = createLogger({ level: 'error', name: 'test', clock, destination: { write: () => undefined } });
  const observer = new ControllerObserver({ metrics, logger, onNodeNews: () => undefined });
  const waits = async (): Promise<readonly number[]> =>
    parseMetrics((await metrics.registry.expose()).text)
      .filter(({ name, labels }) => /waiting_actions|longest_wait/u.test(name) && labels === 'reason="paused"')
      .map(({ value }) => value);
  const nobody = { count: 0, sinceMs: undefined };
  const waiting = { lane: nobody, cap: nobody, kind_cap: nobody, paused: { count: 2, sinceMs: clock.monotonicMs() } };
  observer.onSwitchFailed(new KubeError('KUBE_FORBIDDEN', 'HTTP 403'));
  observer.onAdmitted({ admitted: [], waiting });
  await clock.advance(7_200_000);
  expect([observer.heard.records?.code, await waits()]).toEqual(['KUBE_FORBIDDEN', [2, 7200]]);
  observer.onTakenOver(0, 0);
  expect([observer.heard.records, await waits()]).toEqual([undefined, [0, 0]]);
});
