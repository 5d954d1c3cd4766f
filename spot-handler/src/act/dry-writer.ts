import { type DryEvictionObserver, DryPodRemover } from '@castai/shared/drain/eviction-writer.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { NodePatch } from '../node/plan-node-patch.ts';
import type { NodeEvent } from './node-event-call.ts';
import type { ReportOutcome, SpotWriter } from './spot-writer.ts';

/** Who is told what would have been done. */
export interface DryRunObserver extends DryEvictionObserver {
  onDryPatch(patch: NodePatch): void;
  onDryReport(noticeId: string, event: NodeEvent): void;
  onDryApproval(givenId: string): void;
}

/** What it needs. */
export interface DryWriterOptions {
  readonly kube: Pick<KubeClient, 'patch' | 'create' | 'delete'>;
  readonly observer: DryRunObserver;
}

/**
 * Writes nothing and tells what it would have written. The API server is asked all the same (`dryRun=All`): it says whether the
 * rights, the admission policies and the tests of the patch would have let it through, and stores nothing. The platform and the
 * metadata service have no such question, so they are not asked at all.
 */
export class DryWriter implements SpotWriter {
  readonly pods: DryPodRemover;
  readonly #options: DryWriterOptions;

  constructor(options: DryWriterOptions) {
    this.pods = new DryPodRemover({ client: options.kube, observer: options.observer });
    this.#options = options;
  }

  async patchNode(patch: NodePatch, path: string, signal: AbortSignal): Promise<undefined> {
    const { kube, observer } = this.#options;
    const body = { contentType: 'application/json-patch+json', body: patch.operations } as const;
    await kube.patch(`${path}?dryRun=All`, body, signal);
    observer.onDryPatch(patch);
  }

  async report(noticeId: string, event: NodeEvent): Promise<ReportOutcome> {
    this.#options.observer.onDryReport(noticeId, event);
    return { is: 'untold' };
  }

  async acknowledge(givenId: string): Promise<'untold'> {
    this.#options.observer.onDryApproval(givenId);
    return 'untold';
  }

  /** Events tell people what was done. */
  async addEvent(): Promise<void> {}
}
