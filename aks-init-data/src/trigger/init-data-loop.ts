import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { Outcome } from '@castai/shared/wire/transport.ts';
import { DataProblem, type DataProblemKind } from '../read/data-problem.ts';
import type { InitDataObserver } from '../observe/init-data-observer.ts';
import { classifyDelivery } from '../send/classify-delivery.ts';
import type { Prepared, Sender } from '../send/sender.ts';
import type { NodeFacts } from '../pool/classify-node.ts';
import type { ClusterWatch } from '../pool/cluster-watch.ts';
import type { PoolLease } from '../pool/pool-lease.ts';
import type { PoolState } from '../pool/pool-record.ts';
import type { PoolStore } from '../pool/pool-store.ts';
import {
  decide,
  type Decision,
  learn,
  NOTHING_SEEN,
  type Observation,
  type TriggerPolicy,
  type TriggerState,
} from './trigger-state.ts';

/** What the loop is made of. */
export interface InitDataLoopOptions {
  readonly cluster: ClusterWatch;
  readonly store: PoolStore;
  readonly lease: PoolLease;
  readonly sender: Sender;
  /** Text that changes when the files do; throws `DataProblem`. */
  readonly signature: () => Promise<string>;
  readonly observer: InitDataObserver;
  readonly policy: TriggerPolicy;
  readonly clusterPollMs: number;
  readonly filesPollMs: number;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Times do not tell every rewrite: content is read this often even when nothing seems to have changed. */
const REREAD_MS = 3_600_000;
/** A version that differs is asked for again so soon: two equal answers in a row count. */
const CONFIRM_MS = 30_000;
/** The pods of a pool that starts all see the same reason: they come one after another, and the first is enough. */
const SPREAD_MS = 10_000;
const LEASE_TAKEN_MS = 60_000;
const RENEW_MS = 20_000;
/** For what a person has to correct. */
const SLOW_MS = 900_000;
const RELEASE_MS = 2_000;

const KUBE_BACKOFF = { initialMs: 1_000, maxMs: 300_000, factor: 2, resetAfterMs: 600_000 } as const;
/** Certificates are exchanged within seconds, images that lack the document are not. */
const READ_BACKOFF = { initialMs: 6_000, maxMs: 300_000, factor: 2, resetAfterMs: 1 } as const;
const SEND_BACKOFF = { initialMs: 1_000, maxMs: 300_000, factor: 2, resetAfterMs: 60_000 } as const;

/** An operator has to change the deployment for these; later they are conditions like the others. */
const FATAL_AT_START: ReadonlySet<DataProblemKind> = new Set(['directory-missing', 'access-denied']);

/**
 * Looks at the cluster and at the files at their own pace, decides after every look, and delivers when the decision says so.
 * One thing at a time: whatever is slow or down delays the others by one timeout, and nothing has to be kept consistent.
 *
 * Loop-back sites: the cluster is asked again after `clusterPollMs` (with jitter), `CONFIRM_MS` for an unconfirmed version,
 * or its backoff; files are read again when their signature changes, hourly, or by the backoff; a delivery is attempted
 * again by its backoff, every `SLOW_MS`, at once with another key, or when another pod's lease may have ended.
 */
export class InitDataLoop {
  readonly #options: InitDataLoopOptions;
  readonly #backoffs: { readonly cluster: Backoff; readonly files: Backoff; readonly send: Backoff };
  #state: TriggerState = NOTHING_SEEN;
  #decision: Decision;
  /** On the monotonic clock. */
  readonly #dueMs = { cluster: 0, files: 0, attempt: 0, renew: 0, reread: 0 };
  #signature = '';
  #hasReadWell = false;
  /** Key of the delivery whose attempt is scheduled. */
  #scheduledKey = '';
  /** What the API server has not kept yet: until then its own answer is older than ours. */
  #unsaved: { readonly node: NodeFacts; readonly pool: PoolState } | undefined;

  constructor(options: InitDataLoopOptions) {
    this.#options = options;
    const { clock, random } = options;
    const backoff = (policy: typeof KUBE_BACKOFF | typeof READ_BACKOFF | typeof SEND_BACKOFF): Backoff =>
      new Backoff(policy, { clock, random });
    this.#backoffs = { cluster: backoff(KUBE_BACKOFF), files: backoff(READ_BACKOFF), send: backoff(SEND_BACKOFF) };
    this.#decision = decide(this.#state, options.policy, clock.now());
  }

  /** What was decided last. */
  get decision(): Decision {
    return this.#decision;
  }

  /** Everything that was seen. */
  get state(): TriggerState {
    return this.#state;
  }

  /** Milliseconds until the next attempt; undefined when none is due. */
  get nextAttemptMs(): number | undefined {
    if (this.#decision.kind !== 'send') return undefined;
    return Math.max(0, this.#dueMs.attempt - this.#options.clock.monotonicMs());
  }

  /** Runs until the signal aborts. Throws `CONFIG_INVALID` when the folder cannot be read at the start, and what is a bug. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, lease } = this.#options;
    try {
      for (;;) {
        await this.#step(signal);
        await clock.sleep(Math.max(1, this.#nextDueMs() - clock.monotonicMs()), signal);
      }
    } finally {
      // Others need not wait for it to run out; if the API server is away, they do.
      await lease.release(AbortSignal.timeout(RELEASE_MS)).catch(() => undefined);
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { lease, random, clusterPollMs } = this.#options;
    if (this.#isDue('cluster')) await this.#lookAtCluster(signal);
    if (this.#state.node?.kind === 'eligible' && this.#isDue('files')) await this.#lookAtFiles(signal);
    this.#decide();
    if (this.#decision.kind !== 'send') {
      await this.#letGo(signal);
      return;
    }
    if (this.#decision.key !== this.#scheduledKey) {
      this.#scheduledKey = this.#decision.key;
      this.#dueMs.attempt = this.#nowMs() + random() * Math.min(SPREAD_MS, clusterPollMs);
    }
    if (this.#isDue('attempt')) await this.#deliver(this.#decision.node, signal);
    else if (this.#isDue('renew') && lease.isHeld) await this.#renew(this.#decision.node, signal);
  }

  async #lookAtCluster(signal: AbortSignal): Promise<void> {
    const { cluster, observer, clusterPollMs, random, clock } = this.#options;
    try {
      await this.#save(signal);
      const verdict = await cluster.node(signal);
      this.#learn({ type: 'node', verdict });
      this.#learn({ type: 'control-plane', version: await cluster.version(signal), atMs: clock.now() });
      if (verdict.kind === 'eligible') await this.#readPool(verdict.node, signal);
      else this.#learn({ type: 'content-lost' });
      observer.onClusterSeen();
      this.#backoffs.cluster.succeeded();
      const isConfirmed = this.#state.lastVersion === this.#state.controlPlaneVersion;
      const pauseMs = isConfirmed ? clusterPollMs : Math.min(CONFIRM_MS, clusterPollMs);
      // Ten per cent either way, so that the pods of a cluster do not ask in step.
      this.#dueMs.cluster = this.#nowMs() + pauseMs * (0.9 + 0.2 * random());
    } catch (error) {
      signal.throwIfAborted();
      observer.onClusterFailed(error);
      this.#dueMs.cluster = this.#nowMs() + this.#backoffs.cluster.next(retryAfterOf(error));
    }
  }

  async #readPool(node: NodeFacts, signal: AbortSignal): Promise<void> {
    const { pool, requestId } = await this.#options.cluster.stored(node, signal);
    this.#learn({ type: 'request', id: requestId });
    if (this.#unsaved === undefined) this.#learnPool(pool);
  }

  async #lookAtFiles(signal: AbortSignal): Promise<void> {
    const { signature, sender, observer, filesPollMs } = this.#options;
    try {
      const now = await signature();
      if (now !== this.#signature || this.#isDue('reread') || this.#state.content === undefined) {
        const { facts, fingerprintKeyId } = await sender.look(signal);
        this.#learn({ type: 'content', fingerprint: facts.fingerprint, fingerprintKeyId });
        observer.onRead(facts);
        this.#signature = now;
        this.#hasReadWell = true;
        this.#dueMs.reread = this.#nowMs() + REREAD_MS;
        this.#backoffs.files.succeeded();
      }
      this.#dueMs.files = this.#nowMs() + filesPollMs;
    } catch (error) {
      signal.throwIfAborted();
      this.#onUnreadable(error);
    }
  }

  /** One attempt under the lease. Everything is looked at anew first: while we waited, another pod may have delivered. */
  async #deliver(node: NodeFacts, signal: AbortSignal): Promise<void> {
    const { lease, observer, random, clusterPollMs } = this.#options;
    try {
      if (!(await lease.acquire(node, signal))) {
        this.#dueMs.attempt = this.#nowMs() + Math.min(LEASE_TAKEN_MS, clusterPollMs) * (1 + random());
        return;
      }
      this.#dueMs.renew = this.#nowMs() + RENEW_MS;
      await this.#readPool(node, signal);
      await this.#attempt(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof DataProblem) {
        this.#onUnreadable(error);
        await this.#letGo(signal);
        return;
      }
      observer.onClusterFailed(error);
      this.#dueMs.attempt = this.#nowMs() + this.#backoffs.cluster.next(retryAfterOf(error));
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const { sender, lease, observer } = this.#options;
    this.#decide();
    if (this.#decision.kind !== 'send') return;
    const { node, reason } = this.#decision;
    const description = { node, reason, controlPlaneVersion: this.#state.controlPlaneVersion ?? '' };
    const prepared = await sender.prepare(description, signal);
    try {
      const { fingerprint } = prepared.facts;
      this.#learn({ type: 'content', fingerprint, fingerprintKeyId: prepared.fingerprintKeyId });
      observer.onRead(prepared.facts);
      this.#decide();
      // What was read now may be what the platform has already. And reading takes its time: the lease must still be ours.
      if (this.#decision.kind !== 'send' || !lease.isHeld) return;
      const { key } = this.#decision;
      this.#scheduledKey = key;
      const bytes = prepared.body.length;
      const outcome = await sender.send(prepared, key, signal);
      await this.#conclude(outcome, { prepared, node, key, bytes }, signal);
    } finally {
      prepared.body.fill(0);
    }
  }

  async #conclude(
    outcome: Outcome<undefined>,
    sent: { prepared: Prepared; node: NodeFacts; key: string; bytes: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { observer, sender, clock, random } = this.#options;
    const { prepared, node, key, bytes } = sent;
    if (outcome.ok) {
      const { decision } = this;
      observer.onDelivered(decision.kind === 'send' ? decision.reason : 'content', bytes);
      this.#backoffs.send.succeeded();
      await this.#keep(node, { acked: this.#recordOf(node, prepared), refused: undefined }, signal);
      return;
    }
    const failure = classifyDelivery(outcome.verdict);
    const delayMs = {
      backoff: () => this.#backoffs.send.next(outcome.verdict.retryAfterMs),
      slow: () => SLOW_MS * (0.9 + 0.2 * random()),
      now: () => 0,
      refused: () => 0,
    }[failure.retry]();
    observer.onDeliveryFailed(outcome.verdict, failure, Math.round(delayMs));
    this.#dueMs.attempt = this.#nowMs() + delayMs;
    if (failure.retry !== 'refused' || sender.nextKey()) return;
    const acked = this.#state.pool?.acked;
    await this.#keep(node, { acked, refused: { sendKey: key, atMs: clock.now() } }, signal);
  }

  #recordOf(node: NodeFacts, { facts, fingerprintKeyId }: Prepared): PoolState['acked'] {
    const { controlPlaneVersion = '', requestId } = this.#state;
    return {
      ackedAtMs: this.#options.clock.now(),
      nodeImage: node.nodeImage,
      kubeletVersion: node.kubeletVersion,
      controlPlaneVersion,
      fingerprint: facts.fingerprint,
      fingerprintKeyId,
      nodeUid: node.uid,
      nodeCreatedAtMs: node.createdAtMs,
      requestId,
    };
  }

  /** Known at once, kept as soon as the API server does: a lost record costs a repetition, which the platform recognises. */
  async #keep(node: NodeFacts, pool: PoolState, signal: AbortSignal): Promise<void> {
    this.#unsaved = { node, pool };
    this.#learnPool(pool);
    await this.#save(signal);
    this.#decide();
    await this.#letGo(signal);
  }

  async #save(signal: AbortSignal): Promise<void> {
    if (this.#unsaved === undefined) return;
    const { node, pool } = this.#unsaved;
    await this.#options.store.write(node, pool, signal);
    this.#unsaved = undefined;
  }

  async #renew(node: NodeFacts, signal: AbortSignal): Promise<void> {
    const { lease, observer } = this.#options;
    try {
      await lease.acquire(node, signal);
    } catch (error) {
      signal.throwIfAborted();
      observer.onClusterFailed(error);
    }
    this.#dueMs.renew = this.#nowMs() + RENEW_MS;
  }

  /** Gives the lease back unless something waits to be kept under it. */
  async #letGo(signal: AbortSignal): Promise<void> {
    if (this.#unsaved !== undefined) return;
    try {
      await this.#options.lease.release(signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#options.observer.onClusterFailed(error);
    }
  }

  #onUnreadable(error: unknown): void {
    const kind = this.#options.observer.onReadFailed(error);
    if (!this.#hasReadWell && FATAL_AT_START.has(kind) && error instanceof CastaiError) {
      throw new CastaiError('CONFIG_INVALID', error.message, { hint: error.hint });
    }
    this.#learn({ type: 'content-lost' });
    this.#dueMs.files = this.#nowMs() + this.#backoffs.files.next();
  }

  #learnPool(pool: PoolState): void {
    this.#learn({ type: 'pool', pool });
    this.#options.observer.onPool(pool.acked?.ackedAtMs);
  }

  #learn(observation: Observation): void {
    this.#state = learn(this.#state, observation);
  }

  #decide(): void {
    const { policy, clock, observer } = this.#options;
    this.#decision = decide(this.#state, policy, clock.now());
    observer.onDecision(this.#decision);
  }

  #nextDueMs(): number {
    const { cluster, files, attempt, renew } = this.#dueMs;
    const isEligible = this.#state.node?.kind === 'eligible';
    const isSending = this.#decision.kind === 'send';
    return Math.min(
      cluster,
      isEligible ? files : Number.POSITIVE_INFINITY,
      isSending ? attempt : Number.POSITIVE_INFINITY,
      isSending && this.#options.lease.isHeld ? renew : Number.POSITIVE_INFINITY,
    );
  }

  #isDue(what: 'cluster' | 'files' | 'attempt' | 'renew' | 'reread'): boolean {
    return this.#nowMs() >= this.#dueMs[what];
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

function retryAfterOf(error: unknown): number | undefined {
  return error instanceof KubeError ? error.retryAfterMs : undefined;
}
