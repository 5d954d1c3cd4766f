import type { BenchFake } from '../agent/servers.ts';

/** How far a cluster had come at a moment; milliseconds since the epoch of Unix. */
export interface Newest {
  readonly version: bigint;
  readonly atMs: number;
}

/** Changes that go on. */
export interface MeasuredChurn {
  /** The newest resourceVersion of the cluster, and when the fake said so, by the clock of this machine. */
  newest(): Promise<Newest>;
  /** How many there really were per second until now. */
  rate(): Promise<number>;
  /** Ends them. How many there really were per second: a fake on a busy machine may make fewer than it was asked for. */
  stop(): Promise<number>;
}

/** Lets a fake cluster change at random at this pace; `touchShare`, 0 to 1, of the changes are of versions only, which is cheap. */
export async function measuredChurn(fake: BenchFake, perSecond: number, touchShare = 0): Promise<MeasuredChurn> {
  const startedAtMs = performance.now();
  const { version: from } = await newest(fake);
  await fake.steer('churn', { perSecond, touchShare });
  const rate = async (): Promise<number> => {
    const versions = (await newest(fake)).version - from;
    return Number(versions) / ((performance.now() - startedAtMs) / 1000);
  };
  return {
    newest: () => newest(fake),
    rate,
    stop: async () => {
      const made = await rate();
      await fake.steer('churn', { perSecond: 0 });
      return made;
    },
  };
}

async function newest({ client }: BenchFake): Promise<Newest> {
  const summary = (await client.request('GET', '/_fake/summary')) as unknown as Summary;
  return { version: BigInt(summary.resourceVersion), atMs: summary.atMs };
}

interface Summary {
  readonly resourceVersion: string;
  readonly atMs: number;
}
