import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProgram } from '../stages/child-program.ts';
import { type PlatformProgram, startPlatformProgram } from '../stages/start-programs.ts';
import { AgentVoice } from './agent-voice.ts';
import { checkUp } from './check-up.ts';
import { DemoAgent } from './demo-agent.ts';
import { DemoController } from './demo-controller.ts';
import { createDemoEvictor } from './demo-evictor.ts';
import { DemoInitData } from './demo-init-data.ts';
import { DemoReceiver } from './demo-receiver.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { DemoSpotHandler } from './demo-spot-handler.ts';
import type { DemoContext, DemoStage } from './demo-stage.ts';
import { demoSteps } from './demo-steps.ts';
import { startFakeDemoCluster } from './fake-demo-cluster.ts';
import { startGuide } from './guide.ts';
import { openKubeconfigDemoCluster } from './kubeconfig-demo-cluster.ts';
import { type OnceResult, compareOnce } from './once.ts';
import { openInBrowser } from './open-in-browser.ts';
import { formatProgress, readProgress } from './progress.ts';
import { lookAt, WELL } from './relief.ts';
import { startRealDemoCluster } from './real-demo-cluster.ts';

const SHOW_EVERY_MS = 500;
const EXIT_KNOWN_MS = 1_000;
/** A start takes three seconds, on a machine under load ten: what is not ready by then may have a reason that does not pass. */
const LATE_MS = 15_000;

/**
 * Starts everything and runs until the signal aborts or, with `--once`, until the comparison is done; ends everything
 * either way. Returns the comparison's result. Throws an Error that says which of the programs ended on its own, or in the words of the
 * agent's doctor why nothing can come of it.
 */
export async function runDemo(context: DemoContext): Promise<OnceResult | undefined> {
  const { options, line, signal, keys } = context;
  const say = (text: string): void => line.say(text);
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startCluster(context));
  say(`cluster    ${cluster.title}`);
  signal.throwIfAborted();
  const receiver = stack.use(await DemoReceiver.start(say));
  // Whoever compares counts what agent and platform say to each other, and nothing else.
  const mayAct = cluster.endsPods && !options.once;
  const platform = stack.use(await startPlatform(options.port, { notifyFile: receiver.notifyFile, mayAct }));
  say(`platform   ${platform.url}`);
  signal.throwIfAborted();
  const env = { ...cluster.agentEnv, API_URL: platform.url, PLATFORM_WIRE: options.wire };
  if (options.source.kind === 'kubeconfig') {
    line.show('looking whether the agent could work there …');
    await checkUp(env, { say, signal });
  }
  const startedAtMs = performance.now();
  const voice = new AgentVoice({ say, now: () => performance.now(), isVerbose: options.verbose });
  const agent = stack.use(
    await DemoAgent.start({ env, fromBundle: options.bundle, onLine: (heard) => voice.heard(heard) }),
  );
  say(`agent      ${agent.current.url}/statusz`);
  const stage: DemoStage = {
    cluster,
    platform,
    get agent() {
      return agent.current;
    },
    startedAtMs,
  };
  await cluster.churn(options.churn);
  const spot = options.spot ? stack.use(await DemoSpotHandler.start({ cluster, platform, say, signal })) : undefined;
  const aks = options.aks ? stack.use(await DemoInitData.start({ cluster, platform, say })) : undefined;
  if (options.open) openInBrowser(platform.url);
  const controller = mayAct ? new DemoController({ cluster, platform, say, signal }) : undefined;
  if (controller !== undefined) stack.use(controller.follower);
  if (!options.once && keys !== undefined) {
    const steps = demoSteps({ cluster, platform, agent, spot, controller, receiver, say, signal, stack });
    stack.use(startGuide({ input: keys.input, steps, say, stop: keys.end }));
  }
  const evictor = options.once ? undefined : stack.use(createDemoEvictor({ cluster, platform, say, signal }));
  const work = options.once ? compareOnce(stage, context) : watch(stage, agent, context);
  const broken = Promise.race([
    cluster.ended,
    describeEnd('the platform', platform.process),
    agent.broken.then((process) => describeEnd('the agent', process)),
    ...(spot ? [describeEnd('the spot handler', spot.process), spot.run()] : []),
    ...(aks ? [describeEnd('aks-init-data', aks.process)] : []),
    ...(evictor ? [evictor.run()] : []),
    ...(controller ? [controller.follower.run()] : []),
  ]).then(fail);
  // At the end everything ends: nobody listens any more then.
  broken.catch(() => undefined);
  const hopeless = checkUpWhenLate(stage, { env, say, signal });
  hopeless.catch(() => undefined);
  const result = await Promise.race([orWhatEnded(work, broken), broken, hopeless]);
  await agent.current.process.stop();
  return result;
}

/** Shows where the stream is until the signal aborts. */
async function watch(stage: DemoStage, agent: DemoAgent, { line, signal }: DemoContext): Promise<undefined> {
  line.say('Open the platform\u2019s page to see what it knows. Ctrl-C ends everything.');
  let course = WELL;
  while (!signal.aborted) {
    try {
      const progress = await readProgress(stage.agent, stage.platform);
      const seen = lookAt(course, { progress, nowMs: performance.now() });
      ({ course } = seen);
      if (seen.say !== undefined) line.say(seen.say);
      line.show(formatProgress(progress, line.width));
    } catch (error) {
      if (!agent.isBeingReplaced) throw error;
      line.show('another agent is starting …');
    }
    await sleep(SHOW_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** Never resolves. Throws what the doctor says when the agent is not ready after a while, and the reason is none that passes. */
async function checkUpWhenLate(
  stage: DemoStage,
  { env, say, signal }: { env: Record<string, string>; say: (text: string) => void; signal: AbortSignal },
): Promise<never> {
  const lateAtMs = stage.startedAtMs + LATE_MS;
  const never = new Promise<never>(() => {});
  while (performance.now() < lateAtMs) {
    const progress = await readProgress(stage.agent, stage.platform).catch(() => undefined);
    if (progress?.isReady === true || signal.aborted) return never;
    await sleep(SHOW_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  // An end meanwhile is one that was asked for, not one that went wrong.
  if (!signal.aborted) {
    await checkUp(env, { say, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return never;
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

/** Throws an Error that says what to give when another program has the port. */
async function startPlatform(
  port: number,
  { notifyFile, mayAct }: { readonly notifyFile: string; readonly mayAct: boolean },
): Promise<PlatformProgram> {
  const more = mayAct ? ['--allow-actions'] : [];
  try {
    return await startPlatformProgram(['--port', String(port), '--notify-file', notifyFile, ...more]);
  } catch (error) {
    const isTaken = port !== 0 && error instanceof Error && /EADDRINUSE|is in use/u.test(error.message);
    throw isTaken ? new Error(`port ${port} is in use: give another with --port`, { cause: error }) : error;
  }
}

async function describeEnd(name: string, process: ChildProgram): Promise<string> {
  const { code, signal } = await process.exit;
  const last = process.lines.slice(-5).map(({ text }) => `  ${text}`);
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
