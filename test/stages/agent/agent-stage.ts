import { randomUUID } from 'node:crypto';
import type { FeedSpec } from '@castai/agent/feeds/feeds.ts';
import type { ApiClient } from '../../cluster/api-client.ts';
import type { PlatformControl } from '../../platform-rig/client.ts';
import { historyViolations } from '../../judges/check-history.ts';
import { waitForEqualPictures } from '../../judges/compare-pictures.ts';
import type { LogLine } from '../staged-program.ts';
import { type AgentStart, StagedAgent } from './staged-agent.ts';

/** A cluster that an agent can be pointed at. */
export interface StagedCluster extends AsyncDisposable {
  /** May read everything. */
  readonly client: Pick<ApiClient, 'request'>;
  /** How the agent reaches it. */
  readonly agentEnv: Readonly<Record<string, string>>;
  /** What the agent must not write anywhere. */
  readonly secrets: readonly string[];
}

/** A platform that agents can be pointed at. */
export interface StagedPlatform extends AsyncDisposable {
  /** Where agents find it. */
  readonly url: string;
  readonly control: PlatformControl;
}

/** What a stage is made of. */
export interface AgentStageOptions<C extends StagedCluster, P extends StagedPlatform> {
  readonly cluster: C;
  readonly platform: P;
  /** Variables for every agent. */
  readonly env?: Readonly<Record<string, string>>;
  /** What agents read; everything but ConfigMaps unless told. */
  readonly feeds?: readonly FeedSpec[];
  /** How long the pictures may take to become equal, where that is more than the usual minute and a half. */
  readonly equalMs?: number;
}

/** What must hold in the end, whatever happened. */
export interface Verdict {
  /** I1: objects that are not at the platform as they are in the cluster. */
  readonly differences: readonly string[];
  /** I2, I3, I6, I7: what was applied and should not have been. */
  readonly violations: readonly string[];
}

/** The verdict that every test ends with. */
export const ALL_WELL: Verdict = { differences: [], violations: [] };

const EQUAL_MS = 90_000;
const SHOWN_DIFFERENCES = 10;

/** A cluster, a platform and agents between them. Ends all of them, and complains about agents that did not end well. */
export class AgentStage<C extends StagedCluster, P extends StagedPlatform> implements AsyncDisposable {
  readonly cluster: C;
  readonly platform: P;
  /** The key that agents are given. */
  readonly apiKey = `key-${randomUUID()}`;
  readonly #options: AgentStageOptions<C, P>;
  readonly #agents: StagedAgent[] = [];

  constructor(options: AgentStageOptions<C, P>) {
    this.cluster = options.cluster;
    this.platform = options.platform;
    this.#options = options;
  }

  /** Starts an agent, beside those that run already. */
  async startAgent(start: Partial<AgentStart> = {}): Promise<StagedAgent> {
    const env = {
      API_URL: this.platform.url,
      API_KEY: this.apiKey,
      ...this.cluster.agentEnv,
      ...this.#options.env,
      ...start.env,
    };
    const agent = await StagedAgent.start({ ...start, env });
    this.#agents.push(agent);
    return agent;
  }

  /** Starts an agent and waits until it is ready: the platform has everything then. */
  async startReadyAgent(start: Partial<AgentStart> = {}): Promise<StagedAgent> {
    const agent = await this.startAgent(start);
    await agent.untilReady();
    return agent;
  }

  /** What all agents have logged so far, those that are gone too. */
  agentLogs(): readonly LogLine[] {
    return this.#agents.flatMap(({ log }) => log);
  }

  /** The platform's id of the cluster. Throws while none is registered. */
  async clusterId(): Promise<string> {
    const [cluster] = (await this.platform.control.state()).clusters;
    if (cluster === undefined) throw new Error('no cluster is registered yet');
    return cluster.id;
  }

  /** Waits until both pictures are equal, for as long as that may reasonably take, and says what is wrong. */
  async verdict(): Promise<Verdict> {
    const { control } = this.platform;
    const { feeds, equalMs = EQUAL_MS } = this.#options;
    const pictures = {
      cluster: this.cluster.client,
      platform: control,
      clusterId: await this.clusterId(),
      ...(feeds === undefined ? {} : { feeds }),
    };
    const { differences, equal } = await waitForEqualPictures(pictures, { timeoutMs: equalMs });
    const told = differences.map(({ feed, name, uid, what }) => `${feed} ${name} (${uid}): ${what}`);
    return {
      differences: equal === 0 ? ['there was nothing to compare'] : told.slice(0, SHOWN_DIFFERENCES),
      violations: historyViolations(await control.history()).slice(0, SHOWN_DIFFERENCES),
    };
  }

  /** Ends everything. Throws when an agent does not end with exit code 0, met a bug, or wrote a secret. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const agent of this.#agents) await this.#end(agent);
    } finally {
      await this.cluster[Symbol.asyncDispose]();
      await this.platform[Symbol.asyncDispose]();
    }
  }

  async #end(agent: StagedAgent): Promise<void> {
    const { process } = agent;
    // One that the test has frozen could not end.
    process.signal('SIGCONT');
    const { code, signal } = await process.stop();
    const { output } = agent;
    if (signal !== 'SIGKILL' && code !== 0) {
      throw new Error(`the agent at ${agent.url} ended with exit code ${code}:\n${output}`);
    }
    if (/\bbug\b/iu.test(output)) throw new Error(`the agent met a bug:\n${output}`);
    for (const secret of [this.apiKey, ...this.cluster.secrets]) {
      if (output.includes(secret)) throw new Error(`the agent wrote a secret:\n${output}`);
    }
  }
}
