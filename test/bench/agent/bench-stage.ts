import { type BundledAgent, startBundledAgent } from './bundled-agent.ts';
import { type BenchFake, type BenchPlatform, startBenchFake, startBenchPlatform } from './servers.ts';

/** A fake cluster, a platform, and the shipped agent between them, each a process of its own. */
export interface BenchStage extends AsyncDisposable {
  readonly fake: BenchFake;
  readonly platform: BenchPlatform;
  readonly agent: BundledAgent;
}

/** What to start. */
export interface BenchStageOptions {
  readonly pods: number;
  /** Objects that are neither pods nor nodes, at least. What such a cluster has, unless told. */
  readonly others?: number;
  /** One PodMetrics a pod as well. Off unless told. */
  readonly metrics?: boolean;
  /** Further options of the agent. */
  readonly options?: Readonly<Record<string, string>>;
  /** Called before the agent starts: what it shall meet from its first request on. */
  readonly beforeAgent?: (servers: Pick<BenchStage, 'fake' | 'platform'>) => Promise<void>;
}

/** Starts all three; disposing of the stage ends them in the opposite order. */
export async function startBenchStage({
  pods,
  others = 0,
  metrics = false,
  options = {},
  beforeAgent,
}: BenchStageOptions): Promise<BenchStage> {
  await using stack = new AsyncDisposableStack();
  const fake = stack.use(await startBenchFake({ pods, others, metrics }));
  const platform = stack.use(await startBenchPlatform());
  await beforeAgent?.({ fake, platform });
  const agent = stack.use(
    await startBundledAgent({
      apiServer: fake.url,
      serviceAccountDir: fake.serviceAccountDir,
      platform: platform.url,
      pods,
      options,
    }),
  );
  const parts = stack.move();
  return { fake, platform, agent, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

const MIB = 1024 * 1024;

/** The most memory that a program ever held, files of Node itself included. NaN where there is no `/proc`. */
export function peakRssMiB({ program }: Pick<BundledAgent, 'program'>): number {
  return (program.usage()?.peakRssBytes ?? Number.NaN) / MIB;
}
