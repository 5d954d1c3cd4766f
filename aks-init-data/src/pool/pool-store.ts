import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isKubeObject, isRecord } from '@castai/shared/kube/kube-object.ts';
import { formatPoolState, isPlausibleTime, parsePoolState, type PoolState } from './pool-record.ts';
import { isRequestId } from './init-data-wish-call.ts';
import { type PoolName, recordKey } from './pool-name.ts';

/** What the ConfigMap says. */
export interface StoredState {
  readonly pool: PoolState;
  /** The platform's last wish as far as any pod heard of it; empty when there was none. */
  readonly requestId: string;
  /** When a pod last asked the platform for one, in milliseconds since the epoch; 0 for never. */
  readonly askedAtMs: number;
  /** Of the ConfigMap; `undefined` when it does not exist yet. */
  readonly resourceVersion: string | undefined;
}

/** The one object that the program keeps: no secret is in it, fingerprints are keyed. */
export const STORE_NAME = 'castai-aks-init-data';
const REQUEST_KEY = 'request';

/**
 * The record of deliveries: a ConfigMap in the pod's namespace with one entry a pool, because nodes are disposable. Throws
 * what the API server answers.
 */
export class PoolStore {
  readonly #client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  readonly #collection: string;

  constructor(client: Pick<KubeClient, 'get' | 'create' | 'patch'>, namespace: string) {
    this.#client = client;
    this.#collection = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
  }

  /** What is kept of a pool, as far as it can be believed at `nowMs`. */
  async read(pool: PoolName, nowMs: number, signal: AbortSignal): Promise<StoredState> {
    const found = await this.#get(signal);
    const data = found !== undefined && isRecord(found['data']) ? found['data'] : {};
    const [text, request] = [recordKey(pool), REQUEST_KEY].map((key) => textAt(data, key));
    const { id, askedAtMs } = parseRequest(request ?? '{}', nowMs);
    return {
      pool: parsePoolState(text, nowMs),
      requestId: id,
      askedAtMs,
      resourceVersion: isKubeObject(found) ? found.metadata.resourceVersion : undefined,
    };
  }

  /** Replaces what is kept of a pool. Only the holder of the pool's lease may call it. */
  async write(pool: PoolName, state: PoolState, signal: AbortSignal): Promise<void> {
    await this.#merge({ [recordKey(pool)]: formatPoolState(state) }, {}, signal);
  }

  /**
   * Claims the turn to ask the platform for wishes, so that of all pods one asks at a time. False: another pod was faster.
   * `id` is kept as it was until `keepRequest`.
   */
  async claimTurn(seen: StoredState, nowMs: number, signal: AbortSignal): Promise<boolean> {
    const { resourceVersion, requestId } = seen;
    const data = { [REQUEST_KEY]: JSON.stringify({ id: requestId, askedAtMs: nowMs }) };
    try {
      // Either way only one of those that have seen the same succeeds.
      if (resourceVersion === undefined) await this.#create(data, signal);
      else await this.#merge(data, { resourceVersion }, signal);
      return true;
    } catch (error) {
      if (error instanceof KubeError && error.code === 'KUBE_CONFLICT') return false;
      throw error;
    }
  }

  /** Keeps what the platform wished. */
  async keepRequest(id: string, nowMs: number, signal: AbortSignal): Promise<void> {
    await this.#merge({ [REQUEST_KEY]: JSON.stringify({ id, askedAtMs: nowMs }) }, {}, signal);
  }

  async #get(signal: AbortSignal): Promise<Record<string, unknown> | undefined> {
    try {
      return await this.#client.get(`${this.#collection}/${STORE_NAME}`, signal);
    } catch (error) {
      if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** A merge patch touches our entry alone; pods of other pools write theirs at the same time. */
  async #merge(
    data: Record<string, string>,
    metadata: { resourceVersion?: string },
    signal: AbortSignal,
  ): Promise<void> {
    const body = { metadata, data };
    const patch = { contentType: 'application/merge-patch+json', body } as const;
    try {
      await this.#client.patch(`${this.#collection}/${STORE_NAME}`, patch, signal);
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_NOT_FOUND') throw error;
      // A conflict: another pod has just made it. The caller tries again.
      await this.#create(data, signal);
    }
  }

  async #create(data: Record<string, string>, signal: AbortSignal): Promise<void> {
    const metadata = { name: STORE_NAME, labels: { 'app.kubernetes.io/name': STORE_NAME } };
    await this.#client.create(this.#collection, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, signal);
  }
}

/** Somebody edited it, or a machine whose clock is wrong wrote it: as if nobody had ever asked. */
const NEVER_ASKED = { id: '', askedAtMs: 0 };
const LONGEST_REQUEST = 4096;

function parseRequest(text: string, nowMs: number): { id: string; askedAtMs: number } {
  if (text.length > LONGEST_REQUEST) return NEVER_ASKED;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return NEVER_ASKED;
    const { id, askedAtMs } = value;
    return {
      id: isRequestId(id) ? id : NEVER_ASKED.id,
      askedAtMs: isPlausibleTime(askedAtMs, nowMs) ? askedAtMs : NEVER_ASKED.askedAtMs,
    };
  } catch {
    return NEVER_ASKED;
  }
}

function textAt(data: Record<string, unknown>, key: string): string | undefined {
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
