import type { PlatformProgram } from '../stages/start-programs.ts';
import type { DemoAgent } from './demo-agent.ts';
import type { DemoCluster } from './demo-cluster.ts';
import type { DemoController } from './demo-controller.ts';
import type { DemoReceiver } from './demo-receiver.ts';
import { DemoSpotHandler } from './demo-spot-handler.ts';
import type { GuideStep } from './guide.ts';

/** What is done something to. */
export interface DemoStepOptions {
  readonly cluster: DemoCluster;
  readonly platform: PlatformProgram;
  readonly agent: DemoAgent;
  /** The one that runs already; else one is started when it is needed. */
  readonly spot: DemoSpotHandler | undefined;
  /** Missing: nothing is asked of that cluster. */
  readonly controller: DemoController | undefined;
  /** Whom the platform tells of trouble. */
  readonly receiver: DemoReceiver;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Ends what a step starts. */
  readonly stack: AsyncDisposableStack;
}

/** Long enough to see what the page says meanwhile. */
const AWAY_MS = 20_000;

/** What there is to try; in a cluster that is not ours only what leaves it as it is. */
export function demoSteps(options: DemoStepOptions): readonly GuideStep[] {
  const { cluster, agent, controller, receiver, say, signal } = options;
  const { stopApiServer } = cluster;
  const kill: GuideStep = {
    key: 'a',
    offer: 'kill the agent: another one goes on where it was, and sends nothing twice',
    act: async () => {
      say('try        the agent is killed, as when its node is lost');
      if (await agent.replace()) say(`agent      ${agent.current.url}/statusz, another one`);
    },
  };
  const silence: GuideStep = {
    key: 'n',
    offer: 'kill the agent and keep it away until somebody is told of it, a minute or so',
    act: async () => {
      say('try        the agent is killed, and stays away until the platform has told a receiver');
      const isBack = await agent.replace(() => receiver.next('firing', signal));
      if (isBack)
        say(`agent      ${agent.current.url}/statusz, another one; that it is over is told ten seconds later`);
    },
  };
  if (stopApiServer === undefined) return [kill, silence];
  const seconds = AWAY_MS / 1000;
  return [
    {
      key: 'k',
      offer: `stop the API server for ${seconds} s: what is known stays, marked as old, and is caught up on`,
      act: async () => {
        say(`try        the API server is stopped for ${seconds} s`);
        await stopApiServer(AWAY_MS);
      },
    },
    ...(controller === undefined ? [] : [drainStep(controller)]),
    { key: 'i', offer: 'interrupt a node: it is marked, and the page counts down', act: interrupter(options) },
    kill,
    silence,
  ];
}

function drainStep(controller: DemoController): GuideStep {
  return {
    key: 'd',
    offer: 'drain a node, as its page does: it is cordoned, its pods leave, and the page says what came of it',
    act: () => controller.drain(),
  };
}

function interrupter({ cluster, platform, spot, say, signal, stack }: DemoStepOptions): () => Promise<void> {
  let handler = spot;
  return async () => {
    if (handler === undefined) say('try        a spot handler is started on one node');
    handler ??= stack.use(await DemoSpotHandler.start({ cluster, platform, say, signal }));
    await handler.interrupt();
  };
}
