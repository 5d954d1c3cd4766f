import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { expect, test } from 'vitest';
import { ControllerMetrics } from './controller-metrics.ts';

test('a replica that acts no more says nothing of what waited while it did', async () => {
  const clock = new ManualClock();
  let isLeader = true;
  const metrics = new ControllerMetrics({
    version: '1',
    clock,
    isDryRun: false,
    isReady: () => true,
    isLeader: () => isLeader,
    isPaused: () => true,
    counts: () => new Map(),
    pendingAcks: () => 0,
    heldPods: () => 3,
  });
  const nobody = { count: 0, sinceMs: undefined };
  metrics.onWaiting({
    lane: { count: 4, sinceMs: clock.monotonicMs() },
    cap: nobody,
    kind_cap: nobody,
    paused: nobody,
  });
  await clock.advance(60_000);
  const said = async (): Promise<readonly number[]> => {
    const samples = parseMetrics((await metrics.registry.expose()).text);
    const valueOf = (name: string, labels = ''): number =>
      samples.find((one) => one.name === `castai_cluster_controller_${name}` && one.labels === labels)?.value ?? -1;
    const lane = 'reason="lane"';
    return [
      valueOf('waiting_actions', lane),
      valueOf('longest_wait_seconds', lane),
      valueOf('held_pods'),
      valueOf('paused'),
      valueOf('leader'),
    ];
  };
  expect(await said()).toEqual([4, 60, 3, 1, 1]);
  isLeader = false;
  expect(await said()).toEqual([0, 0, 0, 0, 0]);
});
