import { PodRemover } from '@castai/shared/drain/eviction-writer.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { JsonClient } from '@castai/shared/wire/json-client.ts';
import type { NodePatch } from '../node/plan-node-patch.ts';
import { type NodeEvent, nodeEventCall } from './node-event-call.ts';
import type { ReportOutcome, SpotWriter } from './spot-writer.ts';

/** What it writes with. */
export interface RealWriterOptions {
  readonly kube: Pick<KubeClient, 'patch' | 'create' | 'delete'>;
  readonly platform: Pick<JsonClient, 'call'>;
  readonly clusterId: string;
  /** Approves an event at the metadata service; only Azure has this. Whether it was taken. Throws only the signal's reason. */
  readonly acknowledge: (givenId: string, signal: AbortSignal) => Promise<boolean>;
}

/** Events of objects without a namespace are kept in this one. */
const EVENTS = '/api/v1/namespaces/default/events';

/** Writes in earnest. */
export class RealWriter implements SpotWriter {
  readonly pods: PodRemover;
  readonly #options: RealWriterOptions;

  constructor(options: RealWriterOptions) {
    this.pods = new PodRemover(options.kube);
    this.#options = options;
  }

  async patchNode({ operations }: NodePatch, path: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const body = { contentType: 'application/json-patch+json', body: operations } as const;
    return this.#options.kube.patch(path, body, signal);
  }

  async report(_noticeId: string, event: NodeEvent, signal: AbortSignal): Promise<ReportOutcome> {
    const { platform, clusterId } = this.#options;
    const outcome = await platform.call(nodeEventCall(clusterId, event), signal);
    return outcome.ok ? { is: 'taken' } : { is: 'refused', verdict: outcome.verdict };
  }

  async acknowledge(givenId: string, signal: AbortSignal): Promise<'taken' | 'refused'> {
    return (await this.#options.acknowledge(givenId, signal)) ? 'taken' : 'refused';
  }

  async addEvent(event: unknown, signal: AbortSignal): Promise<void> {
    await this.#options.kube.create(EVENTS, event, signal);
  }
}
