import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isRecord, type KubeObject, toKubeObject } from '@castai/shared/kube/kube-object.ts';
import type { Texts } from '../poll/action.ts';
import {
  type ActionRecord,
  formatRecord,
  type LeaderEpoch,
  mayTakeOver,
  type ParsedRecord,
  parseEpoch,
  parseRecord,
} from './action-record.ts';
import { cutToBytes } from '../ack/ack-text.ts';
import { readObject } from '../do/read-cluster.ts';
import { idOfKey, recordKey, shardName, shardOf, SHARDS } from './record-shard.ts';

/** Where records outlive the process. Whoever writes is the leader: another one's writes are told by `fenced`, and change nothing. */
export interface RecordStore {
  /** Takes all records over for this term. `fenced`: a later leader has them already. Throws what the API server answers. */
  takeOver(epoch: LeaderEpoch, signal: AbortSignal): Promise<readonly ParsedRecord[] | 'fenced'>;
  /** Stores a record. Throws what the API server answers; then it may or may not be stored, and is to be stored again. */
  save(record: ActionRecord, signal: AbortSignal): Promise<'saved' | 'fenced'>;
  /** Removes one. The same is promised. */
  erase(id: string, signal: AbortSignal): Promise<'saved' | 'fenced'>;
}

/** What it needs. */
export interface KubeRecordStoreOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  readonly namespace: string;
  /** Whether this process leads, by its own clock. */
  readonly isHeld: () => boolean;
}

interface Waiter {
  readonly resolve: (result: 'saved' | 'fenced') => void;
  readonly reject: (error: unknown) => void;
}

/** One ConfigMap: what it is known to be, and what is to be written into it. */
interface Shard {
  readonly number: number;
  resourceVersion: string;
  /** All that is in it, or is to be, so that it can be made again; and how many characters that is. */
  readonly entries: Map<string, string>;
  size: number;
  /** Null removes. */
  pending: Map<string, string | null>;
  waiters: Waiter[];
  isWriting: boolean;
}

const EPOCH_ANNOTATION = 'castai/epoch';
/** Of two leaders that take over at once one gives way at its first or second attempt. */
const TAKEOVER_ATTEMPTS = 5;
/**
 * The API server takes 1 MiB. Ten thousand failed drains with all that is to be said of each do not fit: from here on what is kept of an
 * outcome is short. Whoever asks right now is told in full all the same, because that is in memory.
 */
const FULL_CHARS = 400 * 1024;
const SHORT_DETAIL_BYTES = 256;

/**
 * Records in ConfigMaps of the own namespace, with one entry an action.
 *
 * Each ConfigMap bears the epoch of the leader that took it over, and every write is on condition of the version that this leader knows.
 * Taking over is a write, too: from then on no write of a leader before meets its condition. A conflict is looked into: with our epoch
 * still there it was a lost answer of our own, or a person; with another one somebody else leads.
 *
 * What comes while a write is under way goes into the next one together: two hundred drains that take a step at once are a few writes.
 *
 * A ConfigMap that somebody has deleted is made again with all that was in it, by whoever holds the lease: what is not known to be done
 * would be done a second time.
 */
export class KubeRecordStore implements RecordStore {
  readonly #options: KubeRecordStoreOptions;
  #shards: readonly Shard[] = [];
  #epoch: LeaderEpoch = { lease: '', transitions: 0 };

  constructor(options: KubeRecordStoreOptions) {
    this.#options = options;
  }

  async takeOver(epoch: LeaderEpoch, signal: AbortSignal): Promise<readonly ParsedRecord[] | 'fenced'> {
    this.#epoch = epoch;
    const numbers = Array.from({ length: SHARDS }, (_, number) => number);
    const taken = await Promise.all(numbers.map((number) => this.#takeShard(number, signal)));
    const maps = taken.filter((map) => map !== 'fenced');
    if (maps.length < taken.length) return 'fenced';
    this.#shards = maps.map((map, number) => toShard(map, number));
    return this.#shards.flatMap(({ entries }) => [...entries].map(parseEntry));
  }

  async save(record: ActionRecord, signal: AbortSignal): Promise<'saved' | 'fenced'> {
    const { outcome } = record;
    const isFull = (this.#shards[shardOf(record.id)]?.size ?? 0) > FULL_CHARS;
    const detail = cutToBytes(outcome?.detail ?? '', SHORT_DETAIL_BYTES);
    const kept = isFull && outcome !== undefined ? { ...record, outcome: { ...outcome, detail } } : record;
    return this.#put(record.id, formatRecord(kept), signal);
  }

  async erase(id: string, signal: AbortSignal): Promise<'saved' | 'fenced'> {
    return this.#put(id, null, signal);
  }

  async #put(id: string, text: string | null, signal: AbortSignal): Promise<'saved' | 'fenced'> {
    const shard = this.#shards[shardOf(id)];
    if (shard === undefined) return 'fenced';
    const { promise, resolve, reject } = Promise.withResolvers<'saved' | 'fenced'>();
    const key = recordKey(id);
    shard.pending.set(key, text);
    shard.size += (text?.length ?? 0) - (shard.entries.get(key)?.length ?? 0);
    if (text === null) shard.entries.delete(key);
    else shard.entries.set(key, text);
    shard.waiters.push({ resolve, reject });
    if (!shard.isWriting) void this.#write(shard, signal);
    return promise;
  }

  async #write(shard: Shard, signal: AbortSignal): Promise<void> {
    shard.isWriting = true;
    while (shard.waiters.length > 0) {
      const { pending, waiters } = shard;
      shard.pending = new Map();
      shard.waiters = [];
      try {
        const result = await this.#patch(shard, Object.fromEntries(pending), signal);
        for (const { resolve } of waiters) resolve(result);
      } catch (error) {
        for (const { reject } of waiters) reject(error);
      }
    }
    shard.isWriting = false;
  }

  async #patch(
    shard: Shard,
    data: Readonly<Record<string, string | null>>,
    signal: AbortSignal,
  ): Promise<'saved' | 'fenced'> {
    for (let attempt = 1; ; attempt += 1) {
      const body = { metadata: { resourceVersion: shard.resourceVersion }, data };
      try {
        shard.resourceVersion = versionOf(await this.#merge(shard.number, body, signal));
        return 'saved';
      } catch (error) {
        if (!(isConflict(error) || isNotFound(error)) || attempt >= TAKEOVER_ATTEMPTS) throw error;
      }
      const map = (await this.#read(shard.number, signal)) ?? (await this.#makeAgain(shard, signal));
      if (map === undefined || !isSame(epochOf(map), this.#epoch)) return 'fenced';
      shard.resourceVersion = versionOf(map);
    }
  }

  /** Undefined: it is not ours to make. Throws what the API server answers, also that somebody was faster. */
  async #makeAgain(shard: Shard, signal: AbortSignal): Promise<KubeObject | undefined> {
    if (!this.#options.isHeld()) return undefined;
    const annotations = { [EPOCH_ANNOTATION]: JSON.stringify(this.#epoch) };
    return asMap(await this.#create(shard.number, { annotations, data: Object.fromEntries(shard.entries) }, signal));
  }

  async #takeShard(number: number, signal: AbortSignal): Promise<KubeObject | 'fenced'> {
    const annotations = { [EPOCH_ANNOTATION]: JSON.stringify(this.#epoch) };
    for (let attempt = 1; ; attempt += 1) {
      const map = await this.#read(number, signal);
      const stored = map === undefined ? undefined : epochOf(map);
      if (stored !== undefined && !mayTakeOver(stored, this.#epoch)) return 'fenced';
      try {
        if (map === undefined) return asMap(await this.#create(number, { annotations, data: {} }, signal));
        const { resourceVersion } = map.metadata;
        return asMap(await this.#merge(number, { metadata: { resourceVersion, annotations } }, signal));
      } catch (error) {
        if (!isConflict(error) || attempt >= TAKEOVER_ATTEMPTS) throw error;
      }
    }
  }

  async #read(number: number, signal: AbortSignal): Promise<KubeObject | undefined> {
    const map = await readObject(this.#options.client, this.#path(number), signal);
    return map === undefined ? undefined : asMap(map);
  }

  async #merge(number: number, body: unknown, signal: AbortSignal): Promise<Record<string, unknown>> {
    return this.#options.client.patch(
      this.#path(number),
      { contentType: 'application/merge-patch+json', body },
      signal,
    );
  }

  async #create(
    number: number,
    { annotations, data }: { readonly annotations: Texts; readonly data: Texts },
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    const labels = { 'app.kubernetes.io/name': 'castai-cluster-controller' };
    const metadata = { name: shardName(number), labels, annotations };
    return this.#options.client.create(
      this.#collection,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
      signal,
    );
  }

  get #collection(): string {
    return `/api/v1/namespaces/${encodeURIComponent(this.#options.namespace)}/configmaps`;
  }

  #path(number: number): string {
    return `${this.#collection}/${shardName(number)}`;
  }
}

/** For a dry run: nothing is written, and nothing outlives the process. */
export class DryRecordStore implements RecordStore {
  async takeOver(): Promise<readonly ParsedRecord[]> {
    return [];
  }

  async save(): Promise<'saved'> {
    return 'saved';
  }

  async erase(): Promise<'saved'> {
    return 'saved';
  }
}

function toShard(map: KubeObject, number: number): Shard {
  const data = Object.entries(isRecord(map['data']) ? map['data'] : {});
  const entries = new Map(data.map(([key, text]) => [key, typeof text === 'string' ? text : '']));
  const size = [...entries.values()].reduce((sum, { length }) => sum + length, 0);
  const resourceVersion = map.metadata.resourceVersion ?? '';
  return { number, resourceVersion, entries, size, pending: new Map(), waiters: [], isWriting: false };
}

/** What is no record any more, or another action's, has its key still, which names the action: that one must not be begun anew. */
function parseEntry([key, text]: readonly [string, string]): ParsedRecord {
  const parsed = parseRecord(text);
  if (parsed.is === 'doubted' || (parsed.is === 'record' && recordKey(parsed.record.id) === key)) return parsed;
  const named = idOfKey(key);
  return named === undefined ? { is: 'nameless' } : { is: 'doubted', id: named, problem: 'its record cannot be read' };
}

function asMap(value: unknown): KubeObject {
  const object = toKubeObject(value);
  if (object !== undefined) return object;
  throw new KubeError('KUBE_STREAM_BROKEN', 'the API server answered with something that is no ConfigMap');
}

function versionOf(value: unknown): string {
  return asMap(value).metadata.resourceVersion ?? '';
}

/** Nobody's, or what somebody spoiled: undefined, which anybody may take over. */
function epochOf({ metadata }: KubeObject): LeaderEpoch | undefined {
  const { annotations } = metadata;
  const text = isRecord(annotations) ? annotations[EPOCH_ANNOTATION] : undefined;
  return typeof text === 'string' ? parseEpoch(text) : undefined;
}

function isSame(a: LeaderEpoch | undefined, b: LeaderEpoch): boolean {
  return a?.lease === b.lease && a.transitions === b.transitions;
}

function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'KUBE_NOT_FOUND';
}

function isConflict(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'KUBE_CONFLICT';
}
