import type { Clock } from '../async/clock.ts';
import type { KubeClient } from './kube-client.ts';
import { KubeError } from './kube-error.ts';
import { isKubeObject, isRecord } from './kube-object.ts';
import type { LeaseRecord } from './lease-record.ts';

/** Which lease, and how it is reached. */
export interface KubeLeaseOptions {
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
  readonly namespace: string;
  readonly name: string;
  /** Label `app.kubernetes.io/name` of a lease that is made. */
  readonly program: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly notes?: readonly LeaseNote[];
}

/** The API's bound on the name of a manager. */
const LONGEST_MANAGER = 128;

/** What is written down on a lease beside who holds it: an annotation that rides on the writes that are made anyway. */
export interface LeaseNote {
  /** Key of the annotation. */
  readonly key: string;
  /** What it has to say now; empty: nothing. */
  readonly text: string;
  /** The lease was read, and said so; empty: nothing. `holder`: whose lease it was then. */
  onRead(text: string, holder: string): void;
}

/** What a write makes of a lease. */
export interface LeaseClaim {
  /** Empty gives the lease back. */
  readonly holder: string;
  readonly transitions: number;
  /** How long others shall believe in a holder that says nothing; written down for them and for people. */
  readonly durationMs: number;
  /** It was held by another, or by nobody, before. */
  readonly isNewHolder: boolean;
}

/**
 * One `coordination.k8s.io/v1` Lease: reads it, and writes it only as it was read (optimistic concurrency by resourceVersion). Needs
 * the verbs get, create and patch on the lease, by its name. Who may hold it, and when, is the caller's decision.
 */
export class KubeLease {
  readonly #options: KubeLeaseOptions;
  readonly #collection: string;
  /** What the lease says, by the keys of notes and as far as we know: only what is news is written. */
  readonly #noted = new Map<string, string>();

  constructor(options: KubeLeaseOptions) {
    this.#options = options;
    this.#collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(options.namespace)}/leases`;
  }

  /** The lease as it is now; undefined when there is none. Throws what else the API server answers. */
  async read(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const { client, notes = [] } = this.#options;
    try {
      const lease = await client.get(this.#path, signal);
      const record = this.#toRecord(lease);
      this.#note(lease);
      for (const note of notes) note.onRead(this.#noted.get(note.key) ?? '', record.holder);
      return record;
    } catch (error) {
      if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /**
   * Writes the lease if it still is as it was `seen` (undefined: if there is still none), and gives it as stored. Undefined: somebody
   * was faster, or has just deleted it. Throws what else the API server answers: `KUBE_NOT_FOUND` means that the namespace is not there.
   */
  async write(seen: LeaseRecord | undefined, claim: LeaseClaim, signal: AbortSignal): Promise<LeaseRecord | undefined> {
    try {
      const lease = await (seen === undefined ? this.#create(claim, signal) : this.#patch(seen, claim, signal));
      const record = this.#toRecord(lease);
      this.#note(lease);
      if (record.holder === claim.holder) return record;
      throw new KubeError(
        'KUBE_STREAM_BROKEN',
        'the lease was stored with another holder than the one that was written',
        {
          hint: `look for an admission webhook that changes Leases in namespace ${this.#options.namespace}`,
        },
      );
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.code === 'KUBE_CONFLICT') return undefined;
      if (error.code !== 'KUBE_NOT_FOUND') throw error;
      // A patch misses the lease; what is made can only miss the namespace that it belongs to, and misses it the next time as well.
      if (seen !== undefined) return undefined;
      throw new KubeError('KUBE_NOT_FOUND', `there is no namespace ${this.#options.namespace} for the lease`, {
        cause: error,
        status: error.status,
        hint: 'POD_NAMESPACE has to name a namespace that exists',
      });
    }
  }

  async #create(claim: LeaseClaim, signal: AbortSignal): Promise<Record<string, unknown>> {
    const { client, name, program } = this.#options;
    const metadata = { name, labels: { 'app.kubernetes.io/name': program }, ...this.#allAnnotations() };
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: this.#spec(claim) };
    // Applied, so that it is made by its name, to which a right can then be bound. Each holder is a manager of its own and forces nothing:
    // of two that make it at the same time the second one is in conflict with the first, as with a creation. What tells
    // holders apart stands at the end.
    const query = new URLSearchParams({ fieldManager: `${program} ${claim.holder}`.slice(-LONGEST_MANAGER) });
    const path = `${this.#path}?${query.toString()}`;
    return client.patch(path, { contentType: 'application/apply-patch+yaml', body }, signal);
  }

  async #patch(
    { resourceVersion }: LeaseRecord,
    claim: LeaseClaim,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    const body = { metadata: { resourceVersion, ...this.#annotations() }, spec: this.#spec(claim) };
    return this.#options.client.patch(this.#path, { contentType: 'application/merge-patch+json', body }, signal);
  }

  /** The notes that are news; null takes one away. */
  #annotations(): { readonly annotations?: Readonly<Record<string, string | null>> } {
    const news = (this.#options.notes ?? []).filter(({ key, text }) => text !== (this.#noted.get(key) ?? ''));
    if (news.length === 0) return {};
    return { annotations: Object.fromEntries(news.map(({ key, text }) => [key, text === '' ? null : text])) };
  }

  /** Of a lease that is made, which says nothing yet. */
  #allAnnotations(): { readonly annotations?: Readonly<Record<string, string>> } {
    const said = (this.#options.notes ?? []).filter(({ text }) => text !== '');
    if (said.length === 0) return {};
    return { annotations: Object.fromEntries(said.map(({ key, text }) => [key, text])) };
  }

  #note(lease: Record<string, unknown>): void {
    for (const { key } of this.#options.notes ?? []) this.#noted.set(key, noteIn(lease, key));
  }

  #spec({ holder, transitions, durationMs, isNewHolder }: LeaseClaim): Record<string, unknown> {
    // Exactly six fractional digits, or the API server answers 400.
    const renewTime = `${new Date(this.#options.clock.now()).toISOString().slice(0, -1)}000Z`;
    return {
      holderIdentity: holder,
      leaseTransitions: transitions,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      renewTime,
      ...(isNewHolder ? { acquireTime: renewTime } : {}),
    };
  }

  /** What is not this lease, or bears no version on whose condition it could be written, says nothing of who holds it. */
  #toRecord(lease: Record<string, unknown>): LeaseRecord {
    const { name } = this.#options;
    const metadata = isKubeObject(lease) ? lease.metadata : undefined;
    const { uid = '', resourceVersion = '' } = metadata ?? {};
    if (metadata?.name === name && uid !== '' && resourceVersion !== '')
      return toRecord(lease, { uid, resourceVersion });
    throw new KubeError('KUBE_STREAM_BROKEN', `the API server answered with something that is not the lease ${name}`);
  }

  get #path(): string {
    return `${this.#collection}/${encodeURIComponent(this.#options.name)}`;
  }
}

/** Anybody with the right may have written anything that fits the schema: what is not usable counts as not there. */
function toRecord(lease: Record<string, unknown>, identity: Pick<LeaseRecord, 'uid' | 'resourceVersion'>): LeaseRecord {
  const spec = isRecord(lease['spec']) ? lease['spec'] : {};
  const { holderIdentity, leaseTransitions, leaseDurationSeconds } = spec;
  return {
    ...identity,
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    transitions: isCount(leaseTransitions) ? leaseTransitions : 0,
    durationMs: isDuration(leaseDurationSeconds) ? leaseDurationSeconds * 1000 : undefined,
  };
}

/** Whatever stands in it: nobody is believed in for longer when it is gone. In seconds. */
const LONGEST_DURATION = 600;

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= LONGEST_DURATION;
}

function noteIn(lease: Record<string, unknown>, key: string): string {
  const annotations: unknown = isKubeObject(lease) ? lease.metadata['annotations'] : undefined;
  const text = isRecord(annotations) ? annotations[key] : undefined;
  return typeof text === 'string' ? text : '';
}

/** The API server takes an int32, and the next holder writes one more: the largest of them would end every election for good. */
const MOST_TRANSITIONS = 2 ** 31 - 2;

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TRANSITIONS;
}
