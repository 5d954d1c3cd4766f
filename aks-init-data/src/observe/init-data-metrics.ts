import type { Clock } from '@castai/shared/async/clock.ts';
import { createRegistry } from '@castai/shared/metrics/create-registry.ts';
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import { DATA_PROBLEMS, type DataProblemKind } from '../read/data-problem.ts';
import type { DataFacts } from '../extract/extract-job.ts';
import { DELIVERY_RESULTS, type DeliveryResult } from '../send/classify-delivery.ts';
import { SEND_REASONS, type SendReason } from '../send/send-reason.ts';

const PREFIX = 'castai_aks_init_data';

/** What the metrics are made with. */
export interface InitDataMetricsOptions {
  readonly version: string;
  readonly clock: Clock;
  /** False in compatibility mode. */
  readonly isSealed: boolean;
  readonly isReady: () => boolean;
}

/** Everything that the program counts: results, reasons, sizes and times, nothing of the data. Every series starts at 0. */
export class InitDataMetrics {
  readonly registry: MetricsRegistry;
  readonly #runs;
  readonly #reads;
  readonly #triggers;
  readonly #problem;
  readonly #lastSuccess;
  readonly #bytes;

  constructor({ version, clock, isSealed, isReady }: InitDataMetricsOptions) {
    const registry = createRegistry({ program: 'castai-aks-init-data', version, clock });
    this.registry = registry;
    this.#runs = registry.counter({
      name: `${PREFIX}_runs_total`,
      help: 'Attempts to deliver, by result.',
      labels: { result: DELIVERY_RESULTS },
    });
    this.#reads = registry.counter({
      name: `${PREFIX}_reads_total`,
      help: 'Readings of the data of this node, by result: ok, or what kept it from being used.',
      labels: { result: ['ok', ...DATA_PROBLEMS] },
    });
    this.#triggers = registry.counter({
      name: `${PREFIX}_triggers_total`,
      help: 'Reasons to deliver that came up on this node, by reason.',
      labels: { reason: SEND_REASONS },
    });
    this.#problem = registry.gauge({
      name: `${PREFIX}_data_problem`,
      help: 'Whether this keeps the data of this node from being used now: 1 or 0.',
      labels: { reason: DATA_PROBLEMS },
    });
    this.#lastSuccess = registry.gauge({
      name: `${PREFIX}_last_success_timestamp_seconds`,
      help: 'When the platform last acknowledged data of this agent pool, from whichever node; 0 for never.',
    });
    this.#bytes = registry.gauge({
      name: `${PREFIX}_data_bytes`,
      help: 'Size of the data when it was last read, by part, in bytes.',
      labels: { part: ['custom_data', 'settings'] },
    });
    const ready = registry.gauge({
      name: `${PREFIX}_ready`,
      help: 'Whether the program is ready: 1 or 0; /readyz says why not.',
    });
    registry
      .gauge({
        name: `${PREFIX}_cleartext_compatibility`,
        help: 'Whether data leaves the node unsealed, protected by TLS alone (INIT_DATA_FORMAT=cleartext-compatibility): 1 or 0.',
      })
      .set(isSealed ? 0 : 1);
    registry.beforeScrape(() => ready.set(isReady() ? 1 : 0));
    this.#lastSuccess.set(0);
  }

  onRead(result: 'ok', facts: DataFacts): void;
  onRead(result: DataProblemKind): void;
  onRead(result: 'ok' | DataProblemKind, facts?: DataFacts): void {
    this.#reads.inc({ result });
    for (const reason of DATA_PROBLEMS) this.#problem.set({ reason }, reason === result ? 1 : 0);
    if (facts === undefined) return;
    this.#bytes.set({ part: 'custom_data' }, facts.customDataBytes);
    this.#bytes.set({ part: 'settings' }, facts.settingsBytes);
  }

  onTrigger(reason: SendReason): void {
    this.#triggers.inc({ reason });
  }

  onDelivery(result: DeliveryResult): void {
    this.#runs.inc({ result });
  }

  onAcked(atMs: number | undefined): void {
    this.#lastSuccess.set((atMs ?? 0) / 1000);
  }
}
