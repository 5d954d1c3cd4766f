import type { BenchFake } from '../agent/servers.ts';

/** Changes that go on. */
export interface MeasuredChurn {
  /** The newest resourceVersion of the cluster. */
  version(): Promise<bigint>;
  /** How many there really were per second until now. */
  rate(): Promise<number>;
  /** Ends them. How many there really were per second: a fake on a busy machine may make fewer than it was asked for. */
  stop(): Promise<number>;
}

/** Lets a fake cluster change at random at this pace; `touchShare`, 0 to 1, of the changes are of versions only, which is cheap. */
export async function measuredChurn(fake: BenchFake, perSecond: number, touchShare = 0): Promise<MeasuredChurn> {
  const startedAtMs = performance.now();
  const from = await resourceVersion(fake);
  await fake.steer('churn', { perSecond, touchShare });
  const rate = async (): Promise<number> => {
    const versions = (await resourceVersion(fake)) - from;
    return Number(versions) / ((performance.now() - startedAtMs) / 1000);
  };
  return {
    version: () => resourceVersion(fake),
    rate,
    stop: async () => {
      const made = await rate();
      await fake.steer('churn', { perSecond: 0 });
      return made;
    },
  };
}

async function resourceVersion({ client }: BenchFake): Promise<bigint> {
  const summary = (await client.request('GET', '/_fake/summary')) as unknown as { resourceVersion: string };
  return BigInt(summary.resourceVersion);
}
