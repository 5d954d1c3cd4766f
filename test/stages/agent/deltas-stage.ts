import { DeltasReceiver } from '@castai/shared/testing/deltas-receiver.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { DEFAULT_FEEDS } from '../../judges/compare-pictures.ts';
import { PublicApiRules } from '../../fakes/public-api/public-api-rules.ts';
import { listFeed } from '../../judges/list-feed.ts';
import { type FakeCluster, type FakeClusterOptions, startFakeCluster } from './fake-cluster.ts';
import { StagedAgent } from './staged-agent.ts';

/** What a stage of the second wire is made of. */
export interface DeltasStageOptions {
  readonly cluster?: FakeClusterOptions;
  /** Variables for every agent. */
  readonly env?: Readonly<Record<string, string>>;
  /** How much faster the clocks of agents run; the real one unless told. */
  readonly haste?: number;
}

/** Judged by how it differs from what a list says: who is there, and with which labels. */
type Picture = ReadonlyMap<string, string>;

/** A fake API server, a receiver of the public API, and agents between them. */
export class DeltasStage implements AsyncDisposable {
  readonly cluster: FakeCluster;
  readonly receiver: DeltasReceiver;
  readonly #options: DeltasStageOptions;
  readonly #agents: StagedAgent[] = [];

  private constructor(options: DeltasStageOptions, cluster: FakeCluster, receiver: DeltasReceiver) {
    this.#options = options;
    this.cluster = cluster;
    this.receiver = receiver;
  }

  /** Sets it up; agents are started by the test. */
  static async start(options: DeltasStageOptions = {}): Promise<DeltasStage> {
    return new DeltasStage(
      options,
      await startFakeCluster(options.cluster),
      await DeltasReceiver.start(new PublicApiRules()),
    );
  }

  /** Starts an agent, beside those that run already. */
  async startAgent(env: Readonly<Record<string, string>> = {}): Promise<StagedAgent> {
    const { haste } = this.#options;
    const agent = await StagedAgent.start({
      env: {
        API_URL: this.receiver.url.href,
        API_KEY: 'key-of-the-deltas-stage',
        PLATFORM_WIRE: 'agent-deltas',
        ...this.cluster.agentEnv,
        ...this.#options.env,
        ...env,
      },
      ...(haste === undefined ? {} : { haste }),
    });
    this.#agents.push(agent);
    return agent;
  }

  /** Waits until the receiver holds what the cluster does; gives what differs after a long time, which is nothing when all is well. */
  async differences(): Promise<readonly string[]> {
    let last: readonly string[] = [];
    try {
      await eventually({
        what: 'both pictures are equal',
        look: async () => {
          last = differencesOf(await this.#listed(), this.#received());
          return last;
        },
        // What is not taken will not become equal either.
        until: ({ length }) => length === 0 || this.receiver.violations.length > 0,
        timeoutMs: 90_000,
      });
    } catch {
      return last.slice(0, 10);
    }
    return [...this.receiver.violations, ...last].slice(0, 10);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.#agents) {
      process.signal('SIGCONT');
      await process.stop();
    }
    await this.cluster[Symbol.asyncDispose]();
    await this.receiver[Symbol.asyncDispose]();
    for (const { output } of this.#agents) {
      if (/\bbug\b/iu.test(output)) throw new Error(`the agent met a bug:\n${output}`);
    }
    const { violations } = this.receiver;
    if (violations.length > 0) throw new Error(`the public API forbids:\n${violations.slice(0, 20).join('\n')}`);
  }

  #received(): Picture {
    const picture = new Map<string, string>();
    for (const [key, { metadata }] of this.receiver.objects) picture.set(key, describeObject(metadata));
    return picture;
  }

  async #listed(): Promise<Picture> {
    const picture = new Map<string, string>();
    for (const feed of DEFAULT_FEEDS) {
      const list = await listFeed(this.cluster.client, feed);
      if (list.is !== 'served') continue;
      for await (const { metadata } of list.items) {
        if (metadata === undefined) continue;
        const { namespace = '', name = '' } = metadata as { namespace?: string; name?: string };
        picture.set(`${feed.kind} ${namespace}/${name}`, describeObject(metadata));
      }
    }
    return picture;
  }
}

function describeObject(metadata: object): string {
  const { uid, labels } = metadata as { uid?: string; labels?: Record<string, string> };
  return `${uid ?? ''} ${labels?.['touched'] ?? ''}`;
}

function differencesOf(listed: Picture, received: Picture): readonly string[] {
  const differences: string[] = listed.size === 0 ? ['there was nothing to compare'] : [];
  for (const [key, what] of listed) {
    const there = received.get(key);
    if (there === undefined) differences.push(`${key} is missing`);
    else if (there !== what) differences.push(`${key} is ${there} and should be ${what}`);
  }
  for (const key of received.keys()) if (!listed.has(key)) differences.push(`${key} should be gone`);
  return differences;
}
