import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProgram } from '../stages/child-program.ts';
import {
  type AgentProgram,
  type PlatformProgram,
  startAgentProgram,
  startPlatformProgram,
} from '../stages/start-programs.ts';
import { DemoInitData } from './demo-init-data.ts';
import type { DemoCluster } from './demo-cluster.ts';
import type { DemoOptions } from './demo-options.ts';
import { startFakeDemoCluster } from './fake-demo-cluster.ts';
import { openKubeconfigDemoCluster } from './kubeconfig-demo-cluster.ts';
import { type OnceResult, compareOnce } from './once.ts';
import { formatProgress, readProgress } from './progress.ts';
import { startRealDemoCluster } from './real-demo-cluster.ts';
import { DemoSpotHandler } from './demo-spot-handler.ts';
import type { StatusLine } from './status-line.ts';

/** What the demo gets from its process. */
export interface DemoContext {
  readonly options: DemoOptions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly line: StatusLine;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The demo's three programs. */
export interface DemoStage {
  readonly cluster: DemoCluster;
  readonly platform: PlatformProgram;
  readonly agent: AgentProgram;
  /** When the agent was started, in milliseconds of `performance.now`. */
  readonly startedAtMs: number;
}

const SHOW_EVERY_MS = 500;
const EXIT_KNOWN_MS = 1_000;

/**
 * Starts everything and runs until the signal aborts or, with `--once`, until the comparison is done; ends everything
 * either way. Returns the comparison's result. Throws an Error that says which of the programs ended on its own.
 */
export async function runDemo(context: DemoContext): Promise<OnceResult | undefined> {
  const { options, line, signal } = context;
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startCluster(context));
  line.say(`cluster    ${cluster.title}`);
  signal.throwIfAborted();
  const platform = stack.use(await startPlatformProgram(['--port', String(options.port)]));
  line.say(`platform   ${platform.url}`);
  signal.throwIfAborted();
  const startedAtMs = performance.now();
  const agent = stack.use(
    await startAgentProgram({
      env: { ...cluster.agentEnv, API_URL: platform.url, PLATFORM_WIRE: options.wire },
      fromBundle: options.bundle,
    }),
  );
  line.say(`agent      ${agent.url}/statusz`);
  const stage = { cluster, platform, agent, startedAtMs };
  await cluster.churn(options.churn);
  const say = (text: string): void => line.say(text);
  const spot = options.spot ? stack.use(await DemoSpotHandler.start({ cluster, platform, say, signal })) : undefined;
  const aks = options.aks ? stack.use(await DemoInitData.start({ cluster, platform, say })) : undefined;
  const work = options.once ? compareOnce(stage, context) : watch(stage, context);
  const programs = {
    'the platform': platform,
    'the agent': agent,
    ...(spot && { 'the spot handler': spot }),
    ...(aks && { 'aks-init-data': aks }),
  };
  const ends = Object.entries(programs).map(([name, program]) => describeEnd(name, program));
  const broken = Promise.race([cluster.ended, ...ends, ...(spot ? [spot.run()] : [])]).then(fail);
  // At the end everything ends: nobody listens any more then.
  broken.catch(() => undefined);
  const result = await Promise.race([orWhatEnded(work, broken), broken]);
  await agent.process.stop();
  return result;
}

/** Shows where the stream is until the signal aborts. */
async function watch({ agent, platform }: DemoStage, { line, signal }: DemoContext): Promise<undefined> {
  line.say('Open the platform\u2019s page to see what it knows. Ctrl-C ends everything.');
  while (!signal.aborted) {
    line.show(formatProgress(await readProgress(agent, platform)));
    await sleep(SHOW_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

async function startCluster({ options, environment, line }: DemoContext): Promise<DemoCluster> {
  const { source, nodes, pods, seed } = options;
  const onProgress = (text: string): void => line.show(text);
  switch (source.kind) {
    case 'fake':
      return startFakeDemoCluster({ nodes, pods, seed, onProgress });
    case 'real':
      return startRealDemoCluster({ nodes, pods, seed, onProgress });
    case 'kubeconfig':
      return openKubeconfigDemoCluster(source.file, { seed, environment });
    default:
      return source satisfies never;
  }
}

async function describeEnd(name: string, program: { readonly process: ChildProgram }): Promise<string> {
  const { code, signal } = await program.process.exit;
  const last = program.process.lines.slice(-5).map(({ text }) => `  ${text}`);
  return [`${name} ended (${signal ?? `exit code ${code}`}); its last lines:`, ...last].join('\n');
}

/** Who asks a program that just ended gets an error sooner than its exit is known, but the exit says more. */
async function orWhatEnded<T>(work: Promise<T>, broken: Promise<never>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await Promise.race([broken, sleep(EXIT_KNOWN_MS)]);
    throw error;
  }
}

function fail(what: string): never {
  throw new Error(what);
}
