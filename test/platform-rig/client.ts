/** The control API as methods: what tests, the demo and benchmarks use of a running platform. */
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { ClusterStatus, PlatformState } from './control/platform-state.ts';
import type { InitDataDelivery } from '@castai/platform/init-data/init-data-deliveries.ts';
import type { FaultRule } from './faults/fault-rules.ts';
import type { FaultRequest } from './faults/parse-fault.ts';
import type { Wire } from '@castai/platform/front/route.ts';
import type { ReportKind, ReportRow } from '@castai/platform/store/report-row.ts';

/** One object as the platform holds it. */
export interface StoredObject {
  readonly cluster: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly feedNamespace: string;
  readonly fieldSelector: string;
  /** The feed is not offered any more. */
  readonly stale: boolean;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly observedAtMs: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One line of history. `record` is an entry without its body, `{type: 'open'}` or `{type: 'swept', uids}`. */
export interface HistoryLine {
  readonly id: number;
  readonly cluster: string;
  readonly epoch: number;
  readonly seq: number;
  readonly atMs: number;
  readonly record: Readonly<Record<string, unknown>> & { readonly type: string };
}

/** Talks to the control API of one platform. Every method throws an `Error` with the platform's message when it refuses. */
export class PlatformControl {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Everything the platform says about itself. */
  async state(): Promise<PlatformState> {
    return (await this.#json('GET', 'state')) as PlatformState;
  }

  /** One cluster's part of the state, or `undefined`. */
  async cluster(id: string): Promise<ClusterStatus | undefined> {
    const { clusters } = await this.state();
    return clusters.find((cluster) => cluster.id === id);
  }

  /** What agents said besides the stream, newest first, at most 500. */
  async reports(cluster: string, kind: ReportKind): Promise<ReportRow[]> {
    return (await this.#json('GET', `reports?cluster=${encodeURIComponent(cluster)}&kind=${kind}`)) as ReportRow[];
  }

  /** Deliveries of AKS init data, opened, oldest first. */
  async initData(cluster: string): Promise<InitDataDelivery[]> {
    return (await this.#json('GET', `init-data?cluster=${encodeURIComponent(cluster)}`)) as InitDataDelivery[];
  }

  /** Wishes for AKS init data: each new id is answered once per agent pool. */
  async requestInitData(cluster: string, id: string): Promise<void> {
    await this.#json('POST', 'init-data-request', { cluster, id });
  }

  /** Replaces the private keys that open AKS init data: base64 by id. */
  async setInitDataKeys(keys: Readonly<Record<string, string>>): Promise<void> {
    await this.#json('POST', 'init-data-keys', keys);
  }

  /** Puts a fault in force; its rule, whose `id` ends it. */
  async addFault(fault: FaultRequest): Promise<FaultRule> {
    return (await this.#json('POST', 'faults', fault)) as FaultRule;
  }

  /** Ends one fault, or all. */
  async clearFaults(id?: string): Promise<void> {
    await this.#json('DELETE', id === undefined ? 'faults' : `faults/${id}`);
  }

  /** Replaces the accepted API keys; an empty list accepts any key. */
  async setApiKeys(keys: readonly string[]): Promise<void> {
    await this.#json('POST', 'api-keys', { keys });
  }

  /** Changes what every answer tells of limits, and the bound of one object. */
  async setLimits(limits: Partial<Limits> & { readonly maxObjectBytes?: number }): Promise<void> {
    await this.#json('POST', 'limits', limits);
  }

  /** Lets batches be received but not processed, or ends that. */
  async pauseProcessing(paused: boolean): Promise<void> {
    await this.#json('POST', 'processing', { paused });
  }

  /** Asks for a snapshot of feeds (`pods`, `apps/deployments`; missing: all); the directive's id. `isWhole`: takes no offer of what it holds. */
  async requestResync(cluster: string, feeds?: readonly string[], isWhole = false): Promise<string> {
    const fields = { cluster, ...(feeds ? { feeds } : {}), isWhole };
    const { id } = (await this.#json('POST', 'resync', fields)) as { id: string };
    return id;
  }

  /** Forgets resume points without a directive: the next open starts these feeds with a snapshot. */
  async forgetResumePoints(cluster: string, feeds?: readonly string[]): Promise<void> {
    await this.#json('POST', 'forget-resume-points', { cluster, ...(feeds ? { feeds } : {}) });
  }

  /** Forgets the session: its batches get `UNKNOWN_EPOCH`. */
  async forgetSession(cluster: string): Promise<void> {
    await this.#json('POST', 'forget-session', { cluster });
  }

  /** Forgets the continuity token: the next delta is refused, unless it is a full snapshot. */
  async forgetContinuityToken(cluster: string): Promise<void> {
    await this.#json('POST', 'forget-continuity-token', { cluster });
  }

  /** Changes which wires are served; the calls of the others are a 404. */
  async setWires(wires: readonly Wire[]): Promise<void> {
    await this.#json('POST', 'wires', { wires });
  }

  /** Keeps a copy of everything, for {@link restore}. */
  async checkpoint(): Promise<void> {
    await this.#json('POST', 'checkpoint', {});
  }

  /** Goes back to the checkpoint: every batch since then is lost. The id of the last line of history before; 0: there is none. */
  async restore(): Promise<number> {
    const { historyId } = (await this.#json('POST', 'restore', {})) as { historyId: number };
    return historyId;
  }

  /** Loses about one in so many objects of each feed, and asks for the cluster to be snapshotted (offers are taken). */
  async loseObjects(cluster: string, oneIn: number): Promise<void> {
    await this.#json('POST', 'lose-objects', { cluster, oneIn });
  }

  /** Switches the record of applied entries on or off. */
  async recordHistory(enabled: boolean): Promise<void> {
    await this.#json('POST', 'history', { enabled });
  }

  /** Objects of one consistent state. `feed` is `pods` or `apps/deployments`; missing filters mean all. */
  async *objects(filter: { readonly cluster?: string; readonly feed?: string } = {}): AsyncGenerator<StoredObject> {
    for await (const line of this.#lines('objects', filter)) yield JSON.parse(line) as StoredObject;
  }

  /** The same in memory: for a test's few objects. */
  async allObjects(filter: { readonly cluster?: string; readonly feed?: string } = {}): Promise<StoredObject[]> {
    const objects: StoredObject[] = [];
    for await (const object of this.objects(filter)) objects.push(object);
    return objects;
  }

  /** What was applied, oldest first. */
  async history(filter: { readonly cluster?: string } = {}): Promise<HistoryLine[]> {
    const lines: HistoryLine[] = [];
    for await (const line of this.#lines('history', filter)) lines.push(JSON.parse(line) as HistoryLine);
    return lines;
  }

  /** The text of `/metrics`. */
  async metrics(): Promise<string> {
    const response = await fetch(new URL('/metrics', this.url));
    return response.text();
  }

  async *#lines(name: string, query: Readonly<Record<string, string>>): AsyncGenerator<string> {
    const url = new URL(`/_control/${name}?${new URLSearchParams(query).toString()}`, this.url);
    const response = await fetch(url);
    if (!response.ok || !response.body) throw new Error(`GET ${url.pathname} answered ${response.status}`);
    const input = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    try {
      yield* linesOf(input);
    } finally {
      // Who has seen enough leaves the rest, and a connection that breaks later is nobody's error: it ended a benchmark before it had printed.
      input.destroy();
    }
  }

  async #json(method: string, name: string, body?: unknown): Promise<unknown> {
    const response = await fetch(new URL(`/_control/${name}`, this.url), {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { message?: string };
    if (!response.ok) throw new Error(`${method} /_control/${name} answered ${response.status}: ${answer.message}`);
    return answer;
  }
}

/** Not `readline`: it also splits at U+2028, which JSON may hold. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const text of input.setEncoding('utf8') as AsyncIterable<string>) {
    const [first = '', ...others] = text.split('\n');
    rest += first;
    for (const other of others) {
      yield rest;
      rest = other;
    }
  }
  if (rest !== '') yield rest;
}
