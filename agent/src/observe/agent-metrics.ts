import type { Clock } from '@castai/shared/async/clock.ts';
import { assert } from '@castai/shared/errors.ts';
import { createRegistry } from '@castai/shared/metrics/create-registry.ts';
import type { KubeAnswer } from '@castai/shared/kube/kube-answer.ts';
import type { UnreadableReason } from '@castai/shared/kube/json/unreadable-object.ts';
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import type { Rejection } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { LOG_LOSSES, type LogLoss } from '@castai/shared/wire/logs/log-export.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { DeliveryAttempt, DropReason } from '../deliver/delivery-observer.ts';
import type { RestartReason } from '@castai/shared/watch/watcher-signals.ts';
import { LINT_RULES } from '../lint/lint-rules.ts';
import { CALLS, type PlatformCall, REFUSALS, RESTART_OF, RESTARTS, RESULT_OF, RESULTS } from './metric-labels.ts';

const RECEIVED = 'castai_autoscaler_agent_snapshots_received_total';
const PROCESSED = 'castai_autoscaler_agent_snapshots_processed_total';

const EVENTS = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] as const;
/** Codes of the platform that are counted by name. */
const REJECTIONS = ['TOO_LARGE', 'INVALID_BODY', 'OTHER'] as const;

const UNREADABLE = [
  'TOO_LARGE',
  'NOT_JSON',
  'NOT_PROTOBUF',
  'NOT_AN_OBJECT',
  'NO_VERSION',
  'KEEP_FAILED',
] as const satisfies readonly UnreadableReason[];

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
  readonly #losses;
  readonly #lintErrors;
  readonly #offers;
  readonly #unknownFields;
  readonly #kubeRequests;
  readonly #startedFeeds = new Set<string>();
  #clusterId = '';

  constructor({ version, clock }: { readonly version: string; readonly clock: Clock }) {
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
      help: 'Batches whose processing the platform confirmed. On the wire agent-deltas, where it does not say so, those that it received.',
      labels: { castai_cluster: [] },
    });
    this.#losses = lossCounters(registry);
    this.#offers = offerCounter(registry);
    this.#lintErrors = lintErrorCounter(registry);
    this.#unknownFields = registry.counter({
      name: 'castai_agent_unknown_fields_total',
      help: 'Fields of objects in protobuf that this version does not know: the API server is newer. They are left out, as the scrub policy would.',
    });
    this.#kubeRequests = registry.histogram({
      name: 'castai_agent_kube_request_duration_seconds',
      help: 'Time from a request to the API server to the head of its answer, in seconds.',
      labels: { verb: ['list', 'watch', 'get', 'create', 'patch'], code: ['2xx', '3xx', '4xx', '5xx', 'none'] },
      buckets: [0.01, 0.05, 0.25, 1, 5, 30],
    });
    this.#nameCluster('');
  }

  /** Whether the cluster has its id. */
  get isRegistered(): boolean {
    return this.#clusterId !== '';
  }

  /** Feeds that began at some time. */
  get startedFeeds(): ReadonlySet<string> {
    return this.#startedFeeds;
  }

  /** The series of a feed begin when the feed does: thousands of series of kinds that a cluster does not have help nobody. */
  onFeedStarted(feed: string): void {
    for (const event of EVENTS) this.#watchEvents.inc({ feed, event }, 0);
    for (const reason of RESTARTS) this.#restarts.inc({ feed, reason }, 0);
    this.#startedFeeds.add(feed);
  }

  onUnknownField(): void {
    this.#unknownFields.inc();
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
    this.#losses.dropped.inc({ reason }, count);
  }

  onUnreadable(reason: UnreadableReason): void {
    this.#losses.unreadable.inc({ reason });
  }

  onLintError(rule: string): void {
    this.#lintErrors.inc({ rule });
  }

  onRejected({ code }: Rejection): void {
    this.#losses.rejected.inc({ code: code === 'TOO_LARGE' || code === 'INVALID_BODY' ? code : 'OTHER' });
  }

  onOffersAnswered(held: number, wanted: number): void {
    this.#offers.inc({ answer: 'held' }, held);
    this.#offers.inc({ answer: 'wanted' }, wanted);
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

  onLogLost(reason: LogLoss, count: number): void {
    this.#losses.logLines.inc({ reason }, count);
  }

  #nameCluster(clusterId: string): void {
    this.#clusterId = clusterId;
    this.#received.inc({ castai_cluster: clusterId }, 0);
    this.#processed.inc({ castai_cluster: clusterId }, 0);
  }
}

/** What did not come through, each kind of loss with its reasons. */
function lossCounters(registry: MetricsRegistry) {
  return {
    dropped: registry.counter({
      name: 'castai_agent_dropped_entries_total',
      help: 'Entries given up before delivery, by reason. TOO_LARGE and REJECTED are lost until the object changes; DEMOTED are read again.',
      labels: { reason: ['TOO_LARGE', 'REJECTED', 'DEMOTED'] },
    }),
    unreadable: registry.counter({
      name: 'castai_agent_unreadable_objects_total',
      help: 'Objects of the API server that could not be read, by reason, each once while that is so. What the platform has of them stays as it was.',
      labels: { reason: UNREADABLE },
    }),
    logLines: registry.counter({
      name: 'castai_agent_lost_log_lines_total',
      help: 'Warnings of the log that did not reach the platform, by reason: too many waited, it does not take them, sending was stopped, or the program ended.',
      labels: { reason: LOG_LOSSES },
    }),
    rejected: registry.counter({
      name: 'castai_agent_rejected_entries_total',
      help: 'Entries that the platform received and could not take, by its code.',
      labels: { code: REJECTIONS },
    }),
  };
}

function offerCounter(registry: MetricsRegistry) {
  return registry.counter({
    name: 'castai_agent_offers_total',
    help: 'Objects of snapshots that the platform was asked about by their version alone, by its answer: it has them, or wants them, which are then sent.',
    labels: { answer: ['held', 'wanted'] },
  });
}

function lintErrorCounter(registry: MetricsRegistry) {
  return registry.counter({
    name: 'castai_agent_lint_errors_total',
    help: 'Objects that a rule of the manifest lint could not judge, because they are not what their schema says, by rule.',
    labels: { rule: LINT_RULES.map(({ id }) => id) },
  });
}
