import type { PodName } from '@castai/shared/drain/pod-view.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import type { NodeEvent } from '../act/node-event-call.ts';
import type { DryRunObserver } from '../act/dry-writer.ts';
import type { NodePatch } from '../node/plan-node-patch.ts';
import type { SpotMetrics } from './spot-metrics.ts';

/** Counts and logs what a dry run would have done. No Kubernetes Event: those tell people what was done to their node. */
export class DryRunLog implements DryRunObserver {
  readonly #metrics: SpotMetrics;
  readonly #logger: Logger;

  constructor({ metrics, logger }: { readonly metrics: SpotMetrics; readonly logger: Logger }) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  onDryPatch({ does, operations }: NodePatch): void {
    this.#metrics.onNodeAction(does, 'dry_run');
    const paths = operations.filter(({ op }) => op !== 'test').map(({ op, path }) => `${op} ${path}`);
    this.#logger.warn(`dry run: the node would be changed: ${paths.join(', ')}`, { reason: does });
  }

  onDryReport(noticeId: string, { type, nodeId, providerId = '' }: NodeEvent): void {
    this.#metrics.onDryReport();
    const what = `${type}, node id ${nodeId === '' ? 'unknown' : nodeId}, provider id ${providerId}`;
    this.#logger.warn(`dry run: the platform would be told: ${what}`, { notice: noticeId });
  }

  onDryEviction({ namespace, name }: PodName): void {
    this.#metrics.onNodeAction('evict', 'dry_run');
    this.#logger.warn(`dry run: a pod would be asked to go: ${namespace}/${name}`);
  }

  onDryApproval(givenId: string): void {
    this.#logger.warn('dry run: the event would be approved', { notice: givenId });
  }
}
