import { ArrayCutter, type ElementFault } from '@castai/shared/kube/json/array-cutter.ts';
import { tryParseKubeJson } from '@castai/shared/kube/json/parse-kube-json.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { Refusal } from '../answer/refusal.ts';
import type { DeltaItem } from '../store/delta-change.ts';
import { feedOfKind } from './feed-of-kind.ts';

/** What a delta says of itself. */
export interface DeltaHead {
  /** Empty: it does not say. */
  readonly clusterId: string;
  /** Version of Kubernetes, without the `v`. */
  readonly clusterVersion: string;
  readonly agentVersion: string;
  readonly isFull: boolean;
}

const EVENTS: ReadonlySet<unknown> = new Set(['add', 'update', 'delete']);

/**
 * Reads one delta (facts: agent-deltas) item by item while its bytes arrive: no more of it is in memory than a chunk and the item under
 * way. The items are good only once `end` has said so: a document that was cut looks like a good one until then.
 *
 * Throws `Refusal` 400 `INVALID_DELTA` for what is no delta, 413 `TOO_LARGE` for an item above the bound; nothing of it may be kept then.
 */
export class DeltaDecoder {
  readonly #cutter: ArrayCutter;
  readonly #maxItemBytes: number;
  #items: DeltaItem[] = [];

  /** `maxItemBytes`: bound of one item. */
  constructor(maxItemBytes: number) {
    this.#maxItemBytes = maxItemBytes;
    this.#cutter = new ArrayCutter({
      member: 'items',
      maxItemBytes,
      metadataDepth: 0,
      skipsTooLarge: false,
      onArray: () => {},
      onElement: (text, place, fault) => this.#items.push(itemOf(text, place, fault)),
      broken: invalidDelta,
    });
  }

  /** The items that this chunk completed, in order. */
  push(chunk: Buffer): DeltaItem[] {
    this.#items = [];
    try {
      this.#cutter.push(chunk);
    } catch (error) {
      throw this.#refused(error);
    }
    return this.#items;
  }

  /** To be called when the body has ended. */
  end(): DeltaHead {
    this.#cutter.end();
    const { head, hasArray } = this.#cutter;
    // Go writes a nil slice as null, and no agent of this wire does: an empty delta is `[]`.
    if (!hasArray || head.has('items')) throw invalidDelta('`items` must be an array');
    const isFull = head.get('fullSnapshot');
    if (typeof isFull !== 'boolean') throw invalidDelta('`fullSnapshot` must be true or false');
    return {
      clusterId: textOf(head, 'clusterId'),
      clusterVersion: textOf(head, 'clusterVersion'),
      agentVersion: textOf(head, 'agentVersion'),
      isFull,
    };
  }

  #refused(error: unknown): unknown {
    if (!(error instanceof KubeError)) return error;
    if (error.code !== 'KUBE_FRAME_TOO_LARGE') return invalidDelta('it is not JSON');
    return new Refusal(413, 'TOO_LARGE', { message: `an item of a delta may have ${this.#maxItemBytes} bytes` });
  }
}

function itemOf(text: string, place: number, fault: ElementFault | undefined): DeltaItem {
  const item = fault === undefined ? tryParseKubeJson(text) : undefined;
  if (!isRecord(item)) throw invalidDelta(`item ${place} is not an object`);
  const { event, kind, data, createdAt } = item;
  if (!EVENTS.has(event)) throw invalidDelta(`item ${place} has an event that is neither add, update nor delete`);
  if (typeof kind !== 'string' || kind === '') throw invalidDelta(`item ${place} has no kind`);
  if (!isRecord(data)) throw invalidDelta(`item ${place} has no data`);
  const observedAtMs = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  if (Number.isNaN(observedAtMs)) throw invalidDelta(`item ${place} has no createdAt that is a time`);
  const metadata = isRecord(data['metadata']) ? new Map(Object.entries(data['metadata'])) : new Map<string, unknown>();
  const [namespace, name] = [textOf(metadata, 'namespace'), textOf(metadata, 'name')];
  if (name === '') throw invalidDelta(`item ${place} has no name in its metadata`);
  const apiVersion = data['apiVersion'];
  return {
    feed: feedOfKind(kind, typeof apiVersion === 'string' ? apiVersion : ''),
    isDelete: event === 'delete',
    namespace,
    name,
    uid: textOf(metadata, 'uid') || `${namespace}/${name}`,
    resourceVersion: textOf(metadata, 'resourceVersion'),
    observedAtMs,
    body: Buffer.from(JSON.stringify(data)),
  };
}

function textOf(fields: ReadonlyMap<string, unknown>, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value : '';
}

function invalidDelta(what: string): Refusal {
  return new Refusal(400, 'INVALID_DELTA', { message: `this is not a delta: ${what}` });
}
