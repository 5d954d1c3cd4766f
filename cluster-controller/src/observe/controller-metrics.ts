import type { Clock } from '@castai/shared/async/clock.ts';
import { createRegistry } from '@castai/shared/metrics/create-registry.ts';
import type { Counter, Gauge, Histogram, MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import { LOG_LOSSES, type LogLoss } from '@castai/shared/wire/logs/log-export.ts';
import { ACK_CODES, type ActionOutcome } from '../ack/ack-code.ts';
import type { ActionRecord } from '../claim/action-record.ts';
import { type Admissions, WAIT_REASONS, type WaitReason } from '../claim/plan-admissions.ts';
import { ACTION_KINDS } from '../poll/action.ts';

const PREFIX = 'castai_cluster_controller';
const KINDS = [...ACTION_KINDS, 'unusable'] as const;
const OUTCOMES = ['done', ...ACK_CODES] as const;
const PHASES = ['received', 'claiming', 'claimed', 'running', 'finished', 'acking', 'acked'] as const;

/** What is looked up before a scrape. */
export interface MetricsView {
  readonly clock: Clock;
  readonly version: string;
  readonly isReady: () => boolean;
  readonly isLeader: () => boolean;
  readonly isPaused: () => boolean;
  readonly isDryRun: boolean;
  readonly counts: () => ReadonlyMap<string, number>;
  readonly pendingAcks: () => number;
  readonly heldPods: () => number;
}

/** What the program counts. Names of nodes, pods and actions are in no label. */
export class ControllerMetrics {
  readonly registry: MetricsRegistry;
  readonly polls: Counter<[{ readonly result: 'answered' | 'failed' }]>;
  readonly nameless: Counter;
  readonly notTaken: Counter;
  readonly acks: Counter<[{ readonly result: 'taken' | 'failed' | 'withheld' }]>;
  readonly begun: Counter<[{ readonly kind: (typeof KINDS)[number] }]>;
  readonly storeFailures: Counter;
  readonly forgotten: Counter<[{ readonly told: 'yes' | 'no' }]>;
  readonly fenced: Counter;
  readonly eventsLost: Counter;
  readonly #lostLogLines: Counter<[{ readonly reason: LogLoss }]>;
  readonly dryWrites: Counter<[{ readonly verb: 'patch' | 'create' | 'delete' | 'evict' }]>;
  readonly #finished: Counter<[{ readonly kind: (typeof KINDS)[number]; readonly outcome: (typeof OUTCOMES)[number] }]>;
  readonly #seconds: Histogram<[{ readonly kind: (typeof KINDS)[number] }]>;
  readonly #waiting: Gauge<[{ readonly reason: WaitReason }]>;
  readonly #lastPoll: Gauge;
  readonly #clock: Clock;
  #waits: Admissions['waiting'] | undefined;

  constructor(view: MetricsView) {
    const registry = createRegistry({ program: 'castai-cluster-controller', version: view.version, clock: view.clock });
    this.registry = registry;
    this.#clock = view.clock;
    const named = (name: string, help: string) => ({ name: `${PREFIX}_${name}`, help });
    const counter = (name: string, help: string): Counter => registry.counter(named(name, help));
    this.polls = registry.counter({
      ...named('polls_total', 'Polls of the platform, by result.'),
      labels: { result: ['answered', 'failed'] },
    });
    this.nameless = counter(
      'nameless_actions_total',
      'Items of answers without an id by which they could be acknowledged.',
    );
    this.notTaken = counter(
      'actions_not_taken_total',
      'Actions of an answer that were left to the next poll, because too many are known.',
    );
    this.acks = registry.counter({
      ...named(
        'acks_total',
        'Acknowledgements: taken by the platform, failed and sent again, or withheld by a dry run.',
      ),
      labels: { result: ['taken', 'failed', 'withheld'] },
    });
    this.begun = registry.counter({
      ...named('actions_begun_total', 'Actions whose claim was stored, by kind.'),
      labels: { kind: KINDS },
    });
    this.#finished = registry.counter({
      ...named('actions_finished_total', 'Actions whose outcome was stored: done, or the code of the acknowledgement.'),
      labels: { kind: KINDS, outcome: OUTCOMES },
    });
    this.#seconds = registry.histogram({
      ...named('action_duration_seconds', 'From the claim of an action to its stored outcome.'),
      buckets: [0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800, 3600],
      labels: { kind: KINDS },
    });
    this.storeFailures = counter(
      'store_failures_total',
      'Attempts to store or remove a record that failed; they are made again.',
    );
    this.forgotten = registry.counter({
      ...named(
        'actions_forgotten_total',
        'Actions that the platform asked for no more, by whether it had been told what they came to.',
      ),
      labels: { told: ['yes', 'no'] },
    });
    this.fenced = counter('fenced_total', 'Times that this process found another leader writing, and let go.');
    this.eventsLost = counter('node_events_lost_total', 'Kubernetes Events about nodes that could not be written.');
    this.#lostLogLines = registry.counter({
      ...named(
        'lost_log_lines_total',
        'Warnings of the log that did not reach the platform, by reason: too many waited, it does not take them, sending was stopped, or the program ended.',
      ),
      labels: { reason: LOG_LOSSES },
    });
    this.dryWrites = registry.counter({
      ...named('dry_writes_total', 'Writes that a dry run had judged by the API server.'),
      labels: { verb: ['patch', 'create', 'delete', 'evict'] },
    });
    this.#waiting = registry.gauge({
      ...named('waiting_actions', 'Actions that wait: for one before in their lane, for a place, or for the switch.'),
      labels: { reason: WAIT_REASONS },
    });
    this.#lastPoll = registry.gauge(named('last_poll_timestamp_seconds', 'When the platform last answered a poll.'));
    this.#gauges(view);
  }

  onAnswered(): void {
    this.polls.inc({ result: 'answered' });
    this.#lastPoll.set(this.#clock.now() / 1000);
  }

  onFinished({ kind }: ActionRecord, outcome: ActionOutcome, tookMs: number): void {
    this.#finished.inc({ kind, outcome: outcome.is === 'done' ? 'done' : outcome.code });
    this.#seconds.observe({ kind }, tookMs / 1000);
  }

  onLogLost(reason: LogLoss, count: number): void {
    this.#lostLogLines.inc({ reason }, count);
  }

  /** Undefined: nobody is known to wait. */
  onWaiting(waiting: Admissions['waiting'] | undefined): void {
    this.#waits = waiting;
  }

  #gauges(view: MetricsView): void {
    const { registry } = this;
    const gauge = (name: string, help: string): Gauge => registry.gauge({ name: `${PREFIX}_${name}`, help });
    const actions = registry.gauge({
      name: `${PREFIX}_actions`,
      help: 'Actions that are known, by where they are; those that are acked are kept for being asked for again.',
      labels: { phase: PHASES },
    });
    const longest = registry.gauge({
      name: `${PREFIX}_longest_wait_seconds`,
      help: 'How long the action that waits longest has waited, by what it waits for; 0: nobody waits for it.',
      labels: { reason: WAIT_REASONS },
    });
    const pending = gauge('pending_acks', 'Acknowledgements that the platform has not taken yet.');
    const held = gauge('held_pods', 'Pods that hold up drains that are under way.');
    const leader = gauge('leader', 'Whether this replica acts: 1 or 0.');
    const paused = gauge('paused', 'Whether somebody has stopped new actions: 1 or 0.');
    const dryRun = gauge('dry_run', 'Whether nothing is written in earnest: 1 or 0.');
    const ready = gauge('ready', 'Whether the program is ready: 1 or 0; /readyz says why not.');
    registry.beforeScrape(() => {
      const counts = view.counts();
      for (const phase of PHASES) actions.set({ phase }, counts.get(phase) ?? 0);
      // What waited when this replica acted last waits for another one since: a wait that grows here would be nobody's.
      const waits = view.isLeader() ? this.#waits : undefined;
      for (const reason of WAIT_REASONS) {
        const { count = 0, sinceMs } = waits?.[reason] ?? {};
        this.#waiting.set({ reason }, count);
        longest.set({ reason }, sinceMs === undefined ? 0 : (view.clock.monotonicMs() - sinceMs) / 1000);
      }
      pending.set(view.pendingAcks());
      held.set(view.isLeader() ? view.heldPods() : 0);
      leader.set(view.isLeader() ? 1 : 0);
      paused.set(view.isLeader() && view.isPaused() ? 1 : 0);
      dryRun.set(view.isDryRun ? 1 : 0);
      ready.set(view.isReady() ? 1 : 0);
    });
  }
}
