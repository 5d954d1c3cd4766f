import type { BenchFake } from '../agent/servers.ts';

/** Changes that go on. */
export interface MeasuredChurn {
  /** Ends them. How many there really were per second: a fake on a busy machine may make fewer than it was asked for. */
  stop(): Promise<number>;
}

/** Lets a fake cluster change at random at this pace. */
export async function measuredChurn(fake: BenchFake, perSecond: number): Promise<MeasuredChurn> {
  const startedAtMs = performance.now();
  const from = await resourceVersion(fake);
  await fake.steer('churn', { perSecond });
  return {
    stop: async () => {
      const versions = (await resourceVersion(fake)) - from;
      const seconds = (performance.now() - startedAtMs) / 1000;
      await fake.steer('churn', { perSecond: 0 });
      return Number(versions) / seconds;
    },
  };
}

async function resourceVersion({ client }: BenchFake): Promise<bigint> {
  const summary = (await client.request('GET', '/_fake/summary')) as unknown as { resourceVersion: string };
  return BigInt(summary.resourceVersion);
}
