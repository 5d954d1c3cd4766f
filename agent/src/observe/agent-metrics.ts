import { constrainedMemory } from 'node:process';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from '@castai/shared/async/clock.ts';
import { assert } from '@castai/shared/errors.ts';
import { createRegistry } from '@castai/shared/metrics/create-registry.ts';
import type { KubeAnswer } from '@castai/shared/kube/kube-answer.ts';
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import type { Rejection } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { DeliveryAttempt, DropReason } from '../deliver/delivery-observer.ts';
import type { FeedStatus } from '../feeds/supervised-feed.ts';
import type { RestartReason } from '@castai/shared/watch/watcher-signals.ts';
import { CALLS, type PlatformCall, REFUSALS, RESTART_OF, RESTARTS, RESULT_OF, RESULTS } from './metric-labels.ts';

const RECEIVED = 'castai_autoscaler_agent_snapshots_received_total';
const PROCESSED = 'castai_autoscaler_agent_snapshots_processed_total';

const EVENTS = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] as const;
const REJECTIONS = ['TOO_LARGE', 'UNDECODABLE', 'OTHER'] as const;

/** What `/metrics` computes when somebody scrapes. */
export interface MetricsSources {
  readonly pendingBytes: () => number;
  readonly pendingCount: () => number;
  readonly isLeader: () => boolean;
  readonly feeds: () => readonly Pick<FeedStatus, 'feed' | 'phase' | 'state'>[];
}

/** Everything that the agent counts. Names and units are documented in the README; every known series starts at 0. */
export class AgentMetrics {
  readonly registry: MetricsRegistry;
  readonly #watchEvents;
  readonly #restarts;
  readonly #batches;
  readonly #refusals;
  readonly #duration;
  readonly #bytes;
  readonly #items;
  readonly #lastSuccess;
  readonly #received;
  readonly #processed;
  readonly #dropped;
  readonly #rejected;
  readonly #kubeRequests;
  /** Those that were served and allowed at some time: feeds that never were are nothing that is missing. */
  readonly #startedFeeds = new Set<string>();
  #clusterId = '';

  constructor(options: { version: string; clock: Clock; sources: MetricsSources }) {
    const { version, clock, sources } = options;
    const registry = createRegistry({ program: 'castai-agent', version, clock, otherNames: [RECEIVED, PROCESSED] });
    this.registry = registry;
    this.#watchEvents = registry.counter({
      name: 'castai_agent_watch_events_total',
      help: 'Events that watches delivered, by feed and type.',
      labels: { feed: [], event: [] },
    });
    this.#restarts = registry.counter({
      name: 'castai_agent_watch_restarts_total',
      help: 'Lists and watches made again, by feed and reason.',
      labels: { feed: [], reason: [] },
    });
    this.#batches = registry.counter({
      name: 'castai_agent_batches_total',
      help: 'Attempts at handing a batch to the platform, by result.',
      labels: { result: RESULTS },
    });
    this.#refusals = registry.counter({
      name: 'castai_agent_platform_refusals_total',
      help: 'Calls that the platform did not take, by call and result: registering the cluster, opening a session, handing over a batch.',
      labels: { call: CALLS, result: REFUSALS },
    });
    this.#duration = registry.histogram({
      name: 'castai_agent_batch_duration_seconds',
      help: 'Time from sending a batch to its answer, in seconds.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    });
    this.#bytes = registry.histogram({
      name: 'castai_agent_batch_bytes',
      help: 'Compressed size of a batch, in bytes.',
      buckets: [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304],
    });
    this.#items = registry.histogram({
      name: 'castai_agent_batch_entries',
      help: 'Entries of a batch.',
      buckets: [0, 1, 5, 10, 50, 100, 500, 1000, 5000],
    });
    this.#lastSuccess = registry.gauge({
      name: 'castai_agent_last_batch_success_timestamp_seconds',
      help: 'When the platform last confirmed a batch, in seconds since the epoch; 0 before the first.',
    });
    this.#received = registry.counter({
      name: RECEIVED,
      help: 'Batches whose receipt the platform confirmed.',
      labels: { castai_cluster: [] },
    });
    this.#processed = registry.counter({
      name: PROCESSED,
      help: 'Batches whose processing the platform confirmed.',
      labels: { castai_cluster: [] },
    });
    this.#dropped = registry.counter({
      name: 'castai_agent_dropped_entries_total',
      help: 'Entries given up before delivery, by reason. TOO_LARGE and REJECTED are lost until the object changes; DEMOTED come again with a snapshot.',
      labels: { reason: ['TOO_LARGE', 'REJECTED', 'DEMOTED'] },
    });
    this.#rejected = registry.counter({
      name: 'castai_agent_rejected_entries_total',
      help: 'Entries that the platform received and could not take, by its code.',
      labels: { code: REJECTIONS },
    });
    this.#kubeRequests = registry.histogram({
      name: 'castai_agent_kube_request_duration_seconds',
      help: 'Time from a request to the API server to the head of its answer, in seconds.',
      labels: { verb: ['list', 'watch', 'get', 'create', 'patch'], code: ['2xx', '3xx', '4xx', '5xx', 'none'] },
      buckets: [0.01, 0.05, 0.25, 1, 5, 30],
    });
    const heapLimit = registry.gauge({
      name: 'castai_agent_heap_limit_bytes',
      help: 'How large V8 lets the heap grow, in bytes.',
    });
    const memoryLimit = registry.gauge({
      name: 'castai_agent_memory_limit_bytes',
      help: 'Memory limit of the container, in bytes; that of the machine if there is none.',
    });
    const pendingBytes = registry.gauge({ name: 'castai_agent_pending_bytes', help: 'Bytes that wait to be sent.' });
    const pendingChanges = registry.gauge({
      name: 'castai_agent_pending_changes',
      help: 'Entries that wait to be sent.',
    });
    const registered = registry.gauge({
      name: 'castai_agent_registered',
      help: 'Whether the agent knows its cluster id (1) or not (0).',
    });
    const synced = registry.gauge({
      name: 'castai_agent_feed_synced',
      help: 'Whether the platform has the complete state of a feed and is kept up to date (1) or not, as without a session (0). A feed that the cluster does not serve has no series.',
      labels: { feed: [] },
    });
    const leader = registry.gauge({
      name: 'castai_agent_leader',
      help: 'Whether this replica sends (1) or stands by (0).',
    });
    registry.beforeScrape(() => {
      heapLimit.set(getHeapStatistics().heap_size_limit);
      // Without a limit the kernel tells a number beyond all machines, or 0.
      memoryLimit.set(Math.min(constrainedMemory() || Infinity, totalmem()));
      pendingBytes.set(sources.pendingBytes());
      pendingChanges.set(sources.pendingCount());
      registered.set(Number(this.#clusterId !== ''));
      leader.set(Number(sources.isLeader()));
      for (const { feed, phase, state } of sources.feeds()) {
        if (!this.#startedFeeds.has(feed)) continue;
        if (phase === 'absent') synced.remove({ feed });
        else synced.set({ feed }, Number(state === 'SYNCED'));
      }
    });
    this.#nameCluster('');
  }

  /** The series of a feed begin when the feed does: thousands of series of kinds that a cluster does not have help nobody. */
  onFeedStarted(feed: string): void {
    for (const event of EVENTS) this.#watchEvents.inc({ feed, event }, 0);
    for (const reason of RESTARTS) this.#restarts.inc({ feed, reason }, 0);
    this.#startedFeeds.add(feed);
  }

  onEvents(feed: string, event: (typeof EVENTS)[number], count: number): void {
    this.#watchEvents.inc({ feed, event }, count);
  }

  onRestart(feed: string, reason: RestartReason): void {
    this.#restarts.inc({ feed, reason: RESTART_OF[reason] });
  }

  onSetAside(feed: string): void {
    this.#restarts.inc({ feed, reason: 'refused' });
  }

  onAttempt(attempt: DeliveryAttempt): void {
    this.#batches.inc({ result: attempt.verdict === 'OK' ? 'ok' : RESULT_OF[attempt.verdict] });
    this.#duration.observe(attempt.durationMs / 1000);
    if (attempt.verdict !== 'OK') {
      this.onRefused('batch', attempt.verdict);
      return;
    }
    this.#bytes.observe(attempt.bytes);
    this.#items.observe(attempt.entries);
  }

  onRefused(call: PlatformCall, verdict: Verdict['kind']): void {
    this.#refusals.inc({ call, result: RESULT_OF[verdict] });
  }

  onConfirmed(received: number, processed: number, nowMs: number): void {
    this.#received.inc({ castai_cluster: this.#clusterId }, received);
    this.#processed.inc({ castai_cluster: this.#clusterId }, processed);
    this.#lastSuccess.set(Math.round(nowMs / 1000));
  }

  onDropped(reason: DropReason | 'DEMOTED', count: number): void {
    this.#dropped.inc({ reason }, count);
  }

  onRejected({ code }: Rejection): void {
    this.#rejected.inc({ code: code === 'TOO_LARGE' || code === 'UNDECODABLE' ? code : 'OTHER' });
  }

  onKubeAnswer({ verb, code, durationMs }: KubeAnswer): void {
    assert(verb !== 'delete', 'the agent deletes nothing');
    this.#kubeRequests.observe({ verb, code }, durationMs / 1000);
  }

  /** The cluster has its id: the documented counters begin at 0 under it. */
  onRegistered(clusterId: string): void {
    if (clusterId === this.#clusterId) return;
    const before = { castai_cluster: this.#clusterId };
    this.#nameCluster(clusterId);
    // What was counted for another cluster ends with it, above all the placeholder of before the registration.
    this.#received.remove(before);
    this.#processed.remove(before);
  }

  #nameCluster(clusterId: string): void {
    this.#clusterId = clusterId;
    this.#received.inc({ castai_cluster: clusterId }, 0);
    this.#processed.inc({ castai_cluster: clusterId }, 0);
  }
}
