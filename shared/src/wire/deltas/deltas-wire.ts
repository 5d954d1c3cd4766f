/** How the body of an `agent-deltas` request looks: one JSON document, which can be written piece by piece. */

/** What a request says beside its items. */
export interface DeltaHead {
  readonly clusterId: string;
  /** As the API server says it, such as `v1.29.4-gke.1`. */
  readonly kubernetesVersion: string;
  readonly agentVersion: string;
  /** The items are all that there is; otherwise what has changed. */
  readonly isFullSnapshot: boolean;
}

/** What happened to an object. A receiver has to take `add` and `update` alike. */
export type DeltaEvent = 'add' | 'update' | 'delete';

/** One object, and what happened to it. */
export interface DeltaItem {
  readonly event: DeltaEvent;
  /** The kind alone, without group and version. */
  readonly kind: string;
  /** When it was seen, in milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** The object as JSON; when it is gone, what is known of it. */
  readonly data: Uint8Array;
}

/** The beginning of a document, up to the first item. */
export function encodeHead({ clusterId, kubernetesVersion, agentVersion, isFullSnapshot }: DeltaHead): Buffer {
  const head = {
    clusterId,
    clusterVersion: kubernetesVersion.replace(/^v/, ''),
    agentVersion: agentVersion.replace(/^(?=\d)/, 'v'),
    fullSnapshot: isFullSnapshot,
    // The real one is in the header, as it has always been.
    continuityToken: '',
  };
  return Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`);
}

/** Items; `isFirst`: none was written before them. */
export function encodeItems(items: readonly DeltaItem[], isFirst: boolean): Buffer {
  const parts: Uint8Array[] = [];
  for (const [index, { event, kind, createdAtMs, data }] of items.entries()) {
    const comma = isFirst && index === 0 ? '' : ',';
    parts.push(Buffer.from(`${comma}{"event":"${event}","kind":${JSON.stringify(kind)},"data":`), data);
    parts.push(Buffer.from(`,"createdAt":"${new Date(createdAtMs).toISOString()}"}`));
  }
  return Buffer.concat(parts);
}

/** The end of a document. */
export const DELTA_TAIL: Uint8Array = Buffer.from(']}\n');
