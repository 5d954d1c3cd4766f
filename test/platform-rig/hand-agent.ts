/** An agent without a cluster: sends literal messages, so that tests say exactly what the platform gets. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type {
  Ack,
  Batch,
  Entry,
  FeedDescription,
  OpenRequest,
  OpenResponse,
} from '@castai/shared/wire/ingest/ingest-messages.ts';
import {
  decodeAck,
  decodeOpenResponse,
  encodeBatch,
  encodeOpenRequest,
  INGEST_CONTENT_TYPE,
} from '@castai/shared/wire/ingest/ingest-wire.ts';

/** An answer: the decoded success, or the error as it came. */
export type HandAnswer<Success> =
  | { readonly ok: true; readonly value: Success }
  | { readonly ok: false; readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };

/** How a message is sent. */
export interface SendOptions {
  readonly apiKey?: string;
  readonly encoding?: 'zstd' | 'gzip' | 'identity' | 'br';
  readonly headers?: Record<string, string>;
}

/** A delta; the head is that of a full or partial one of the agent's cluster. */
export interface HandDelta {
  readonly fullSnapshot?: boolean;
  readonly items?: readonly unknown[];
  readonly [member: string]: unknown;
}

/** The answer to a delta. */
export interface DeltaAnswer {
  readonly status: number;
  /** Empty: none. */
  readonly token: string;
  readonly text: string;
}

/** Talks to one platform. */
export class HandAgent {
  /** Set by {@link register}, or by hand. */
  cluster = '';
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Registers an AKS cluster of this name; its id is used by the other calls. */
  async register(name = 'one'): Promise<string> {
    const aks = { region: 'westeurope', nodeResourceGroup: `MC_${name}`, subscriptionId: 'sub-1' };
    const response = await this.post(
      '/v1/kubernetes/external-clusters',
      JSON.stringify({ id: ZERO_UUID, name: '', aks }),
    );
    const { id } = (await response.json()) as { id: string };
    this.cluster = id;
    return id;
  }

  /** Opens a session. */
  async open(request: Partial<OpenRequest> = {}, options: SendOptions = {}): Promise<HandAnswer<OpenResponse>> {
    const message = { ...DEFAULT_OPEN, ...request };
    return this.#ingest('open', encodeOpenRequest(message), { decode: decodeOpenResponse, ...options });
  }

  /** Opens a session that must be granted. */
  async mustOpen(request: Partial<OpenRequest> = {}): Promise<OpenResponse> {
    return mustSucceed(await this.open(request));
  }

  /** Sends one batch. */
  async send(
    batch: Partial<Batch> & Pick<Batch, 'epoch' | 'seq'>,
    options: SendOptions = {},
  ): Promise<HandAnswer<Ack>> {
    const bytes = encodeBatch({ sentAtMs: 0, entries: [], ...batch });
    return this.#ingest('batches', bytes, { decode: decodeAck, ...options });
  }

  /** Sends one batch that must be taken. */
  async mustSend(epoch: number, seq: number, entries: readonly Entry[]): Promise<Ack> {
    return mustSucceed(await this.send({ epoch, seq, entries }));
  }

  /** Sends one delta of the existing agents' wire, as they do: gzip, with the token in a header. */
  async delta(token: string, delta: HandDelta): Promise<DeltaAnswer> {
    const { fullSnapshot = false, items = [], ...more } = delta;
    const head = { clusterId: this.cluster, clusterVersion: '1.36.2', agentVersion: 'v0.123.1', fullSnapshot };
    return this.deltaBytes(token, gzipSync(`${JSON.stringify({ ...head, items, continuityToken: '', ...more })}\n`));
  }

  /** Sends what may be a delta. */
  async deltaBytes(token: string, bytes: Uint8Array, headers: Record<string, string> = {}): Promise<DeltaAnswer> {
    const response = await this.post(`/v1/kubernetes/clusters/${this.cluster}/agent-deltas`, bytes, {
      'content-encoding': 'gzip',
      'continuity-token': token,
      ...headers,
    });
    return {
      status: response.status,
      token: response.headers.get('continuity-token') ?? '',
      text: await response.text(),
    };
  }

  /** POSTs anything; the key is `key` unless headers say otherwise. */
  async post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(new URL(path, this.#url), {
      method: 'POST',
      redirect: 'manual',
      headers: { 'x-api-key': 'key', 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
  }

  async #ingest<Success>(
    call: string,
    bytes: Uint8Array,
    options: SendOptions & { decode: (bytes: Uint8Array) => Success },
  ): Promise<HandAnswer<Success>> {
    const encoding = options.encoding ?? 'zstd';
    const compress = { zstd: zstdCompressSync, gzip: gzipSync, identity: same, br: same }[encoding];
    const response = await this.post(`/v2/clusters/${this.cluster}/ingest/${call}`, compress(bytes), {
      'content-type': INGEST_CONTENT_TYPE,
      'content-encoding': encoding,
      ...(options.apiKey === undefined ? {} : { 'x-api-key': options.apiKey }),
      ...options.headers,
    });
    if (response.headers.get('content-type') === INGEST_CONTENT_TYPE) {
      return { ok: true, value: options.decode(new Uint8Array(await response.arrayBuffer())) };
    }
    const text = await response.text();
    const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
    return { ok: false, status: response.status, headers: response.headers, body };
  }
}

/** The success, or a thrown error that shows the answer. */
function mustSucceed<Success>(answer: HandAnswer<Success>): Success {
  if (answer.ok) return answer.value;
  throw new Error(`the platform answered ${answer.status} ${JSON.stringify(answer.body)}`);
}

const ZERO_UUID = '00000000-0000-0000-0000-000000000000';

/** The feeds that a hand agent offers unless told otherwise. */
export const PODS: FeedDescription = {
  id: 1,
  group: '',
  version: 'v1',
  resource: 'pods',
  kind: 'Pod',
  namespace: '',
  fieldSelector: '',
  scrubVersion: 1,
};
export const NODES: FeedDescription = { ...PODS, id: 2, resource: 'nodes', kind: 'Node' };

/** What an agent of tests says when it opens. */
export const DEFAULT_OPEN: OpenRequest = {
  instanceId: 'agent-a',
  clusterUid: 'kube-system-uid-1',
  agentVersion: '0.1.0',
  kubernetesVersion: '1.36.2',
  feeds: [PODS, NODES],
  encodings: ['JSON'],
};

/** Full state of one object of feed 1 (or `feedId`); the uid follows from the name unless given. */
export function upsert(
  name: string,
  more: Partial<Extract<Entry, { type: 'upsert' }>> & { json?: object } = {},
): Entry {
  const { json, ...fields } = more;
  const uid = fields.uid ?? `uid-${name}`;
  const resourceVersion = fields.resourceVersion ?? '100';
  const body = json ?? { metadata: { name, namespace: 'default', uid, resourceVersion } };
  return {
    type: 'upsert',
    feedId: 1,
    uid,
    namespace: 'default',
    name,
    resourceVersion,
    observedAtMs: 1_000,
    encoding: 'JSON',
    body: Buffer.from(JSON.stringify(body)),
    ...fields,
  };
}

/** One item of a delta, a pod unless told; typed kinds have no apiVersion. The uid follows from the name unless given. */
export function deltaItem(event: 'add' | 'update' | 'delete', name: string, more: DeltaItemParts = {}): object {
  const { kind = 'Pod', namespace = 'default', uid = `uid-${name}`, resourceVersion = '100', data = {} } = more;
  const metadata = { name, ...(namespace === '' ? {} : { namespace }), uid, resourceVersion };
  return { event, kind, data: { metadata, ...data }, createdAt: '2026-01-02T03:04:05.678912345Z' };
}

interface DeltaItemParts {
  readonly kind?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly data?: object;
}

/** Removal of one object of feed 1. */
export function remove(name: string, feedId = 1): Entry {
  return {
    type: 'delete',
    feedId,
    uid: `uid-${name}`,
    namespace: 'default',
    name,
    resourceVersion: '101',
    observedAtMs: 1_000,
  };
}

export const begin = (feedId = 1): Entry => ({ type: 'snapshotBegin', feedId });
export const end = (count: number, resourceVersion = '200', feedId = 1): Entry => ({
  type: 'snapshotEnd',
  feedId,
  resourceVersion,
  count,
});
export const progress = (resourceVersion: string, feedId = 1): Entry => ({ type: 'progress', feedId, resourceVersion });

function same(bytes: Uint8Array): Uint8Array {
  return bytes;
}
