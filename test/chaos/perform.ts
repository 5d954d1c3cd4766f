import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { unreachable } from '@castai/shared/errors.ts';
import type { Wire } from '@castai/agent/deliver/wire-state.ts';
import type { FakeCluster } from '../stages/agent/fake-cluster.ts';
import { newLife } from '../stages/agent/fake-stage.ts';
import type { MortalPlatform } from '../stages/agent/staged-platform.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { FaultAction } from '../platform-rig/faults/fault-rules.ts';
import type { AgentStage } from '../stages/agent/agent-stage.ts';
import type { AgentStart, StagedAgent } from '../stages/agent/staged-agent.ts';
import { type ChaosAction, type ChaosStep, REFUSALS } from './schedule.ts';

/** More than are made until every watch has been broken and asked about. */
const WRITES_OF_OTHERS = 100_000;
/** Fewer than the kinds that an agent watches by itself. */
const MANY_FEEDS = 15;
const SNAPSHOTS_MS = 300_000;
const SMALL_BATCH_BYTES = 64 * 1024;
const AGENT = 'system:serviceaccount:castai-agent:castai-agent';

/** What is performed upon. */
export interface ChaosPerformerOptions {
  readonly stage: AgentStage<FakeCluster, MortalPlatform>;
  readonly first: StagedAgent;
  /** How further agents are started. */
  readonly start: Partial<AgentStart>;
  /** What agents speak. */
  readonly wire: Wire;
}

/** Carries actions out on a stage, one after the other; several rows may run side by side. */
export class ChaosPerformer {
  readonly #stage: AgentStage<FakeCluster, MortalPlatform>;
  readonly #start: Partial<AgentStart>;
  readonly #wire: Wire;
  #agent: StagedAgent;
  #tokens = 0;
  #mayHaveGivenUp = false;
  #hasRewound = false;
  #upgrades = 0;
  #hasFlooded = false;
  readonly #restoredAt: number[] = [];

  constructor({ stage, first, start, wire }: ChaosPerformerOptions) {
    this.#stage = stage;
    this.#agent = first;
    this.#start = start;
    this.#wire = wire;
  }

  /** Whether the cluster went back in time, so that what the platform holds may have done so, too. */
  get hasRewound(): boolean {
    return this.#hasRewound;
  }

  /** Ids of the last lines of history before the platform went back to a backup each time. */
  get restoredAt(): readonly number[] {
    return this.#restoredAt;
  }

  /** Runs a row of steps to its end. `onStep` is told of each one before it is done. */
  async run(steps: readonly ChaosStep[], onStep: (action: ChaosAction) => void): Promise<void> {
    for (const { pauseMs, action } of steps) {
      await sleep(pauseMs);
      onStep(action);
      await this.perform(action);
    }
  }

  /** Makes batches small and slow, so that what waits is often more than one of them holds. */
  async slowDown(): Promise<void> {
    const { control } = this.#stage.platform;
    await control.setLimits({ maxBatchBytes: SMALL_BATCH_BYTES });
    await control.addFault({ on: ['batch', 'delta'], action: { type: 'delay', ms: 60 } });
  }

  /** Everything works again; what was broken for a time is whole. */
  async heal(): Promise<void> {
    const { cluster, platform } = this.#stage;
    cluster.fake.churn.run(0);
    this.#shrink();
    cluster.fake.faults.clear();
    cluster.fake.access.allowAll();
    await cluster.network.set({ type: 'pass' });
    await platform.network.set({ type: 'pass' });
    await platform.control.clearFaults();
    await platform.control.pauseProcessing(false);
    this.#agent.process.signal('SIGCONT');
    // An object that was given up comes with its next change, which nobody makes here. And of a history that was rewound while no agent
    // watched, or the platform had forgotten what it was told, nobody can know. Only then everything is asked for once more.
    if (this.#mayHaveGivenUp || this.#hasRewound)
      await this.#withCluster((id) => platform.control.requestResync(id, undefined, true));
  }

  /** Waits until the agent is ready. */
  async untilReady(): Promise<void> {
    await this.#agent.untilReady();
  }

  /** Waits until the agent is ready, and of as many feeds as it has kinds at the least a snapshot has ended after so many lines of history. */
  async untilSnapshots(lines: number): Promise<void> {
    await this.untilReady();
    await eventually({
      what: 'snapshots of many feeds have ended',
      look: async () => {
        const history = (await this.#stage.platform.control.history()).slice(lines);
        // Of many: a kind that is polled has one after the other by itself.
        return new Set(history.flatMap(({ record }) => (record.type === 'snapshotEnd' ? [record['feedId']] : []))).size;
      },
      until: (feeds) => feeds >= MANY_FEEDS,
      timeoutMs: SNAPSHOTS_MS,
      // Each look reads the whole history: more often, looking would be all that platform and API server do.
      everyMs: 2000,
    });
  }

  /** Carries one action out. */
  async perform(action: ChaosAction): Promise<void> {
    const { cluster, platform } = this.#stage;
    const { fake } = cluster;
    switch (action.type) {
      case 'network':
        await this.#misbehave(action);
        return;
      case 'kubeFault':
        fake.faults.add(action.fault);
        return;
      case 'platformFault':
        await platform.control.addFault(action.fault);
        this.#mayHaveGivenUp ||= mayBeGivenUp(action.fault.action, this.#hasFlooded);
        return;
      case 'restartApiServer':
        await fake.restart(action);
        return;
      case 'forgetHistory':
        if (action.tokensOnly) fake.expireContinueTokens();
        else fake.compact();
        return;
      case 'endWatches':
        for (const watch of fake.watches(action.resource)) watch.end();
        return;
      case 'forbid': {
        const allow = fake.access.deny({ user: AGENT, resource: action.resource });
        for (const watch of fake.watches(action.resource)) watch.end();
        await sleep(action.ms);
        allow();
        return;
      }
      case 'redefine':
        await this.#redefine(action);
        return;
      case 'rewind': {
        const backup = fake.backup();
        fake.skipRevisions(WRITES_OF_OTHERS);
        await sleep(action.ms);
        this.#hasRewound = true;
        fake.rewind(backup);
        return;
      }
      case 'upgrade':
        this.#upgrades += 1;
        fake.upgrade(`v1.38.${String(this.#upgrades)}`, 'pods', redefaultPod);
        await fake.restart({ historyLost: true, downMs: action.downMs });
        return;
      case 'flood':
        this.#hasFlooded = true;
        this.#flood(action);
        return;
      case 'rotateToken':
        await this.#rotateToken();
        return;
      case 'killPlatform':
        await platform.kill();
        await sleep(action.downMs);
        await platform.start();
        await this.slowDown();
        return;
      case 'pauseProcessing':
        await platform.control.pauseProcessing(true);
        await sleep(action.ms);
        await platform.control.pauseProcessing(false);
        return;
      case 'resync':
        await this.#withCluster((id) =>
          platform.control.requestResync(id, action.feeds.length === 0 ? undefined : action.feeds),
        );
        return;
      case 'restoreBackup':
        await platform.control.checkpoint();
        await sleep(action.ms);
        this.#restoredAt.push(await platform.control.restore());
        return;
      case 'loseObjects':
        await this.#withCluster((id) => platform.control.loseObjects(id, action.oneIn));
        return;
      case 'forgetSession':
        await this.#withCluster((id) =>
          this.#wire === 'ingest' ? platform.control.forgetSession(id) : platform.control.forgetContinuityToken(id),
        );
        return;
      case 'replaceAgent':
        if (action.signal === 'SIGKILL') await this.#agent.process.kill();
        else await this.#agent.process.stop();
        this.#agent = await this.#stage.startAgent(this.#start);
        return;
      case 'freezeAgent': {
        const agent = this.#agent;
        agent.process.signal('SIGSTOP');
        await sleep(action.ms);
        agent.process.signal('SIGCONT');
        return;
      }
      case 'rival': {
        const rival = await this.#stage.startAgent(this.#start);
        await sleep(action.ms);
        await rival.process.kill();
        return;
      }
      default:
        unreachable(action);
    }
  }

  async #misbehave({ side, mode, ms }: Extract<ChaosAction, { type: 'network' }>): Promise<void> {
    const { network } = side === 'kube' ? this.#stage.cluster : this.#stage.platform;
    await network.set(mode);
    await sleep(ms);
    await network.set({ type: 'pass' });
  }

  /** With changes of objects of which the bound holds two, feeds would be demoted for ever. */
  #shrink(): void {
    const { fake } = this.#stage.cluster;
    for (const { apiVersion = '', kind = '', metadata } of fake.objects('pods')) {
      const labels = Object.entries((metadata as { labels?: Record<string, string> }).labels ?? {});
      const others = labels.filter(([key]) => !key.startsWith('flood-'));
      if (others.length === labels.length) continue;
      const { name, namespace = '' } = metadata;
      fake.update({ apiVersion, kind, name, namespace }, (pod) => {
        pod.metadata['labels'] = Object.fromEntries(others);
      });
    }
  }

  #flood({ objects, labels }: Extract<ChaosAction, { type: 'flood' }>): void {
    const { fake } = this.#stage.cluster;
    // Values of labels are short, or they do not leave.
    const flood = Object.fromEntries(
      Array.from({ length: labels }, (_, at) => [`flood-${String(at)}`, 'x'.repeat(60)]),
    );
    for (const { apiVersion = '', kind = '', metadata } of fake.objects('pods').slice(0, objects)) {
      const { name, namespace = '' } = metadata;
      fake.update({ apiVersion, kind, name, namespace }, (pod) => {
        const { labels: before } = pod.metadata as { labels?: Record<string, string> };
        const others = Object.entries(before ?? {}).filter(([key]) => !key.startsWith('flood-'));
        // Large, and the next time small again.
        const isLarge = Object.hasOwn(before ?? {}, 'flood-0');
        pod.metadata['labels'] = { ...Object.fromEntries(others), ...(isLarge ? {} : flood) };
      });
    }
  }

  async #redefine({ plural, ms }: Extract<ChaosAction, { type: 'redefine' }>): Promise<void> {
    const { fake } = this.#stage.cluster;
    const name = `${plural}.karpenter.sh`;
    const reference = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name };
    const definition = fake.get(reference);
    if (definition === undefined) throw new Error(`there is no definition ${name}`);
    const objects = fake.objects(name);
    fake.delete(reference);
    await sleep(ms);
    fake.create(newLife(definition));
    for (const object of objects) fake.create(newLife(object));
  }

  async #rotateToken(): Promise<void> {
    const { fake, tokenFile } = this.#stage.cluster;
    this.#tokens += 1;
    fake.access.addToken(`token-${this.#tokens}`, AGENT);
    await writeFile(`${tokenFile}.new`, `token-${this.#tokens}`);
    await rename(`${tokenFile}.new`, tokenFile);
    fake.access.revokeToken(this.#tokens === 1 ? 'fake-token' : `token-${this.#tokens - 1}`);
  }

  /** Nothing to forget or to ask for before there is a cluster. */
  async #withCluster(steer: (id: string) => Promise<unknown>): Promise<void> {
    const [cluster] = (await this.#stage.platform.control.state()).clusters;
    if (cluster !== undefined && cluster.epoch > 0) await steer(cluster.id);
  }
}

/** Whether an object may be given up because of it. */
function mayBeGivenUp(action: FaultAction, isLarge: boolean): boolean {
  if (action.type === 'status') return REFUSALS.includes(action.status);
  return action.type === 'limit' && isLarge;
}

/** What a newer API server shows of pods that were written before it. */
function redefaultPod(pod: KubeObject): void {
  const spec = pod['spec'] as { schedulerName?: string };
  spec.schedulerName = `${spec.schedulerName ?? 'scheduler'}-x`;
}
