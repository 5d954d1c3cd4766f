import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { afterEach, expect, it } from 'vitest';
import { sampleCluster } from '../../samples/sample-cluster.ts';
import { FakeKubeApiserver } from './fake-kube-apiserver.ts';

let server: FakeKubeApiserver | undefined;

afterEach(async () => server?.stop({ force: true }));

/** A machine on which so much time passes with each look at the clock, which churn takes once a change. */
class SlowClock extends ManualClock {
  readonly #msPerLook: number;
  #lostMs = 0;

  constructor(msPerLook: number) {
    super();
    this.#msPerLook = msPerLook;
  }

  override monotonicMs(): number {
    this.#lostMs += this.#msPerLook;
    return super.monotonicMs() + this.#lostMs;
  }

  /** So much time passes in which no timer can fire: the process is busy with something else. */
  stall(ms: number): void {
    this.#lostMs += ms;
  }

  /** Milliseconds that were lost by looking. */
  get lostMs(): number {
    return this.#lostMs;
  }
}

async function churned(clock: SlowClock, perSecond: number): Promise<{ changes: number; lostMs: number }> {
  server = await FakeKubeApiserver.start({ clock });
  server.load(sampleCluster({ seed: 1, nodes: 4, pods: 30 }));
  const [before, lostBeforeMs] = [BigInt(server.resourceVersion), clock.lostMs];
  server.churn.run(perSecond, 1);
  await clock.advance(1000);
  server.churn.run(0);
  return { changes: Number(BigInt(server.resourceVersion) - before), lostMs: clock.lostMs - lostBeforeMs };
}

it('makes as many changes as it was asked for where there is time for them', async () => {
  expect(await churned(new SlowClock(0), 2000)).toEqual({ changes: 2000, lostMs: 0 });
});

it('spends no more than half of its time on changes where they take longer than there is, and leaves out the others', async () => {
  const { changes, lostMs } = await churned(new SlowClock(2), 2000);
  expect(changes).toBeGreaterThan(300);
  // Of each tick the looks at its begin and end come on top.
  expect(lostMs).toBeLessThan(1000 + 50 * 8);
});

it('does not make up for a time in which it could change nothing', async () => {
  const clock = new SlowClock(1);
  server = await FakeKubeApiserver.start({ clock });
  server.load(sampleCluster({ seed: 1, nodes: 4, pods: 30 }));
  const before = BigInt(server.resourceVersion);
  server.churn.run(2000, 1);
  clock.stall(60_000);
  await clock.advance(20);
  server.churn.run(0);
  expect(Number(BigInt(server.resourceVersion) - before)).toBeLessThanOrEqual(100);
});
