import type { Clock } from '@castai/shared/async/clock.ts';
import { createRegistry } from '@castai/shared/metrics/create-registry.ts';
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { Mode } from '../config.ts';
import {
  type Cloud,
  NOTICE_KINDS,
  NOTICE_SOURCES,
  type NoticeKind,
  type SourceName,
  UNKNOWN_REASONS,
} from '../poll/notice.ts';
import type { UnknownReason } from '../poll/notice.ts';
import { NODE_RESULTS, type NodeResult } from '../act/node-result.ts';

/** Results of a report, in the words of alerts. */
const REPORT_RESULTS = [
  'ok',
  'unavailable',
  'no_answer',
  'interference',
  'unauthorized',
  'rejected',
  'dry_run',
] as const;
/** What is done to the node. */
export const NODE_ACTIONS = ['mark', 'unmark', 'record', 'read', 'evict'] as const;

/** One of the actions. */
export type NodeAction = (typeof NODE_ACTIONS)[number];

/** Everything that the spot handler counts. Names and units are documented in the README; every known series starts at 0. */
export class SpotMetrics {
  readonly registry: MetricsRegistry;
  readonly #polls;
  readonly #lastPoll;
  readonly #interruptions;
  readonly #ignored;
  readonly #reports;
  readonly #reportDuration;
  readonly #actions;
  readonly #actionDuration;
  #cloud: Cloud | undefined;

  constructor(options: { version: string; clock: Clock; mode: Mode; isDryRun: boolean }) {
    const { version, clock, mode, isDryRun } = options;
    const registry = createRegistry({ program: 'castai-spot-handler', version, clock });
    this.registry = registry;
    this.#polls = registry.counter({
      name: 'castai_spot_handler_polls_total',
      help: 'Looks at a part of the metadata service, by what came of them; everything but ok told nothing.',
      labels: { source: [], result: [] },
    });
    this.#lastPoll = registry.gauge({
      name: 'castai_spot_handler_last_poll_success_timestamp_seconds',
      help: 'When the metadata service last told something, in seconds since the epoch; 0 before the first time.',
      labels: { provider: [] },
    });
    this.#interruptions = registry.counter({
      name: 'castai_spot_handler_interruptions_total',
      help: 'Notices about this machine that were acted on, by kind.',
      labels: { provider: [], kind: [] },
    });
    this.#ignored = registry.counter({
      name: 'castai_spot_handler_ignored_notices_total',
      help: 'Notices that were not acted on: another machine is meant, or EVENT_TYPES does not name their kind.',
      labels: { reason: ['foreign', 'kind'] },
    });
    this.#reports = registry.counter({
      name: 'castai_spot_handler_report_total',
      help: 'Attempts at telling the platform of a notice, by result.',
      labels: { result: REPORT_RESULTS },
    });
    this.#reportDuration = registry.histogram({
      name: 'castai_spot_handler_report_duration_seconds',
      help: "Time from the look that had a notice to the platform's answer, all attempts included, in seconds.",
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120],
    });
    this.#actions = registry.counter({
      name: 'castai_spot_handler_node_actions_total',
      help: 'Attempts at changing the node, by what and by result.',
      labels: { action: NODE_ACTIONS, result: NODE_RESULTS },
    });
    this.#actionDuration = registry.histogram({
      name: 'castai_spot_handler_node_action_duration_seconds',
      help: 'Time that a change of the node took, in seconds; the attempt that succeeded only.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    });
    registry
      .gauge({ name: 'castai_spot_handler_dry_run', help: 'Whether nothing is done in earnest (1) or it is (0).' })
      .set(Number(isDryRun));
    registry
      .gauge({
        name: 'castai_spot_handler_mode',
        help: 'What is done about a notice; 1 for the mode in use.',
        labels: { mode: ['report', 'mark', 'evict'] },
      })
      .set({ mode }, 1);
  }

  /** The series of a cloud begin when it is known which one it is. */
  onCloud(cloud: Cloud): void {
    this.#cloud = cloud;
    for (const source of NOTICE_SOURCES[cloud]) {
      for (const result of ['ok', ...UNKNOWN_REASONS]) this.#polls.inc({ source, result }, 0);
    }
    for (const kind of NOTICE_KINDS) this.#interruptions.inc({ provider: cloud, kind }, 0);
    this.#lastPoll.set({ provider: cloud }, 0);
  }

  onPoll(source: SourceName, result: 'ok' | UnknownReason, nowMs: number): void {
    this.#polls.inc({ source, result });
    if (result === 'ok' && this.#cloud !== undefined) this.#lastPoll.set({ provider: this.#cloud }, nowMs / 1000);
  }

  onInterruption(kind: NoticeKind): void {
    if (this.#cloud !== undefined) this.#interruptions.inc({ provider: this.#cloud, kind });
  }

  onIgnored(reason: 'foreign' | 'kind'): void {
    this.#ignored.inc({ reason });
  }

  onReportedNameless(): void {
    this.#reports.inc({ result: 'ok' });
  }

  onReported(durationMs: number): void {
    this.#reports.inc({ result: 'ok' });
    this.#reportDuration.observe(durationMs / 1000);
  }

  onReportFailed(kind: Verdict['kind']): void {
    this.#reports.inc({ result: RESULT_OF[kind] ?? 'rejected' });
  }

  onDryReport(): void {
    this.#reports.inc({ result: 'dry_run' });
  }

  onNodeAction(action: NodeAction, result: NodeResult, durationMs?: number): void {
    this.#actions.inc({ action, result });
    if (durationMs !== undefined) this.#actionDuration.observe(durationMs / 1000);
  }
}

const RESULT_OF: Partial<Record<Verdict['kind'], (typeof REPORT_RESULTS)[number]>> = {
  UNAVAILABLE: 'unavailable',
  NO_ANSWER: 'no_answer',
  INTERFERENCE: 'interference',
  UNAUTHORIZED: 'unauthorized',
};
