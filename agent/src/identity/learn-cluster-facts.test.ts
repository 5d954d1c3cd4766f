import { expect, it } from 'vitest';
import { Backoff } from '@castai/shared/async/backoff.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { learnClusterFacts } from './learn-cluster-facts.ts';

/** An API server that is away for so many looks. */
function scenario(failures: number) {
  const clock = new ManualClock();
  const failed: unknown[] = [];
  const stop = new AbortController();
  let left = failures;
  const learning = learnClusterFacts(
    {
      client: {
        get: async (path) => {
          if (path === '/version') return { gitVersion: 'v1.36.3' };
          if (left === 0) return { metadata: { name: 'kube-system', uid: 'u-1', resourceVersion: '1' } };
          left -= 1;
          throw new Error(`away, ${String(left)} more`);
        },
      },
      clock,
      backoff: new Backoff(
        { initialMs: 100, maxMs: 400, factor: 2, resetAfterMs: 1_000 },
        { clock, random: () => 0.5 },
      ),
      onFailed: (error) => failed.push(error),
    },
    stop.signal,
  );
  return { clock, failed, stop, learning };
}

it('asks again after a growing pause until the API server answers, and tells each failure', async () => {
  const { clock, failed, learning } = scenario(2);
  await clock.advance(10_000);
  expect(await learning).toEqual({ clusterUid: 'u-1', kubernetesVersion: 'v1.36.3' });
  expect(failed.map(String)).toEqual(['Error: away, 1 more', 'Error: away, 0 more']);
  expect(clock.pendingTimers).toBe(0);
});

it('ends with the signal, without telling that as a failure', async () => {
  const { clock, failed, stop, learning } = scenario(1_000);
  await clock.advance(150);
  const before = failed.length;
  stop.abort(new Error('stopped'));
  await expect(learning).rejects.toThrow('stopped');
  expect(failed.length).toBe(before);
  expect(clock.pendingTimers).toBe(0);
});
