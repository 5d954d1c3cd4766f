import type { Clock } from '@castai/shared/async/clock.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type {
  DeltaReceipt,
  DeltaRequest,
  DeltaStream,
  DeltasTransport,
  PreparedDelta,
} from '@castai/shared/wire/deltas/deltas-transport.ts';
import type { Outcome, Verdict } from '@castai/shared/wire/transport.ts';
import { toNumber } from './model-cluster.ts';
import type { BatchWitness, ModelFeed, PlatformFault } from './model-platform.ts';

interface State {
  token: string;
  /** By kind, and then by the name of the object, as readers of this API know them. */
  readonly kinds: Map<string, Map<string, { readonly uid: string; readonly version: string }>>;
}

interface Item {
  readonly event: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly version: string;
}

/** A document as it came. */
interface Delta {
  readonly isFull: boolean;
  readonly items: readonly Item[];
}

/**
 * The rules of the public API's `agent-deltas` in memory, strictly: a delta is taken under the token that was given out last, a full snapshot
 * under any; it knows objects by kind and name, and carries out the items of one document in any order, as receivers may.
 */
export class ModelDeltas implements DeltasTransport {
  readonly violations: string[] = [];
  readonly faults: PlatformFault[] = [];
  readonly poisoned = new Set<string>();
  readonly givenUp = new Set<string>();
  maxBatchBytes = 1 << 20;
  linkMs = 150;
  onApplied: BatchWitness = () => {};
  trusts = true;
  forbidsLateLeaders = false;
  /** It has lost objects and wants everything again. */
  wantsAll = false;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  #state: State = { token: '', kinds: new Map() };
  #backup: State | undefined;
  #tokens = 0;
  /** Of each object that was told since the last full snapshot, the newest version. */
  readonly #newest = new Map<string, string>();
  #hasAll = false;

  constructor({ clock, random }: { clock: Clock; random: SeededRandom }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** What it holds, in the words of the other platform; nothing before the first full snapshot. */
  get feeds(): ModelFeed[] {
    if (!this.#hasAll) return [];
    return ['pods', 'nodes', 'events', 'metrics'].map((kind) => this.#feed(kind));
  }

  checkpoint(): void {
    this.#backup = structuredClone(this.#state);
  }

  restore(): void {
    if (this.#backup === undefined) return;
    this.#state = structuredClone(this.#backup);
    this.#newest.clear();
  }

  loseObjects(kind: string): void {
    const objects = this.#objects(kind);
    for (const name of objects.keys()) if (this.#random.chance(0.5)) objects.delete(name);
    this.wantsAll = true;
  }

  prepare(body: Uint8Array): Promise<PreparedDelta> {
    return Promise.resolve({ bytes: Uint8Array.from(body), rawBytes: body.byteLength });
  }

  async send({ token }: DeltaRequest, { bytes }: PreparedDelta, signal: AbortSignal): Promise<Outcome<DeltaReceipt>> {
    signal.throwIfAborted();
    return this.#travel((answer) => answer(this.#take(token, bytes)), signal);
  }

  stream({ token }: DeltaRequest, signal: AbortSignal): DeltaStream {
    const pieces: Uint8Array[] = [];
    const isCut = this.faults[0] === 'loseRequest' && this.faults.shift() !== undefined;
    const ended = Promise.withResolvers<void>();
    let isEnded = false;
    const outcome = isCut
      ? this.#travel((answer) => answer(NO_ANSWER), signal)
      : this.#travel((answer) => {
          // A stream that was not ended is no document, however long it waits.
          void ended.promise.then(() =>
            this.#clock.setTimer(this.#random.integer(this.linkMs), () =>
              answer(this.#take(token, Buffer.concat(pieces))),
            ),
          );
        }, signal);
    return {
      outcome,
      get bytes() {
        return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
      },
      write: (bytes) => {
        if (!isEnded) pieces.push(Uint8Array.from(bytes));
        return Promise.resolve();
      },
      keepAlive: () => {
        if (!isEnded) pieces.push(Buffer.from('\n'));
      },
      end: () => {
        if (signal.aborted) return;
        isEnded = true;
        ended.resolve();
      },
    };
  }

  /** A request is on its way; what it comes to is carried out whether or not its sender still lives. */
  async #travel(
    arrive: (answer: (outcome: Outcome<DeltaReceipt>) => void) => void,
    signal: AbortSignal,
  ): Promise<Outcome<DeltaReceipt>> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome<DeltaReceipt>>();
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
    const backMs = this.#random.integer(this.linkMs);
    this.#clock.setTimer(this.#random.integer(this.linkMs), () =>
      arrive((outcome) => this.#clock.setTimer(backMs, () => resolve(outcome))),
    );
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #take(token: string, bytes: Uint8Array): Outcome<DeltaReceipt> {
    const delta = this.#read(bytes);
    const fault = this.faults.shift();
    if (delta === undefined || fault === 'loseRequest' || fault === 'lateOpen') return NO_ANSWER;
    if (fault === 'unavailable') return refusal({ kind: 'UNAVAILABLE', detail: '' });
    if (fault === 'unauthorized') return refusal({ kind: 'UNAUTHORIZED', detail: '', keyChanged: false });
    if (fault === 'wrongAck') return refusal({ kind: 'INTERFERENCE', ackMismatch: false, detail: '' });
    if (fault === 'forgetSession') this.#state.token = this.#newToken();
    if (!delta.isFull && (this.#state.token === '' || token !== this.#state.token)) {
      return refusal({ kind: 'UNKNOWN_EPOCH', detail: '' });
    }
    const { items, isFull } = delta;
    if (!isFull && items.length > 1 && (fault === 'tooLarge' || bytes.byteLength > this.maxBatchBytes + HEAD_BYTES)) {
      return refusal({ kind: 'TOO_LARGE', detail: '' });
    }
    if (fault === 'refuse' || items.some(({ name }) => this.poisoned.has(name))) {
      return refusal({ kind: 'REJECTED', byPlatform: true, detail: '' });
    }
    this.#apply(delta);
    this.#state.token = this.#newToken();
    return fault === 'loseAnswer' ? NO_ANSWER : { ok: true, value: { token: this.#state.token } };
  }

  #apply({ isFull, items }: Delta): void {
    const before = this.feeds.map(({ resource, objects }) => [resource, new Set(objects.keys())] as const);
    if (isFull) {
      this.#state.kinds.clear();
      this.#newest.clear();
      this.#hasAll = true;
      this.wantsAll = false;
    }
    for (const item of this.#shuffled(items)) {
      const objects = this.#objects(item.kind);
      if (item.event === 'delete') objects.delete(item.name);
      else this.#tell(objects, item);
    }
    const names = items.map(({ kind, name }) => `${kind} ${name}`);
    if (new Set(names).size < names.length) this.violations.push(`two items of one object: ${names.join()}`);
    for (const [kind, uids] of before) this.onApplied(this.#feed(kind), uids);
  }

  #tell(objects: Map<string, { uid: string; version: string }>, { kind, name, uid, version }: Item): void {
    const key = `${kind} ${uid}`;
    const newest = this.#newest.get(key) ?? '0';
    if (this.trusts && version !== '' && toNumber(version) < toNumber(newest)) {
      this.violations.push(`${key} at ${version} after ${newest}`);
    }
    if (version !== '') this.#newest.set(key, version);
    objects.set(name, { uid, version });
  }

  #shuffled(items: readonly Item[]): Item[] {
    const left = [...items];
    return items.flatMap(() => left.splice(this.#random.integer(left.length), 1));
  }

  #read(bytes: Uint8Array): Delta | undefined {
    try {
      const { fullSnapshot, items } = JSON.parse(Buffer.from(bytes).toString()) as {
        fullSnapshot: boolean;
        items: { event: string; kind: string; data: unknown }[];
      };
      return { isFull: fullSnapshot, items: items.map(({ event, kind, data }) => itemOf(event, kind, data)) };
    } catch (error) {
      this.violations.push(`a document that is none: ${String(error)}`);
      return undefined;
    }
  }

  #objects(kind: string): Map<string, { uid: string; version: string }> {
    const objects = this.#state.kinds.get(kind) ?? new Map<string, { uid: string; version: string }>();
    this.#state.kinds.set(kind, objects);
    return objects;
  }

  #feed(resource: string): ModelFeed {
    const objects = [...this.#objects(resource)].map(
      ([name, { uid, version }]) => [uid, { version, name, mark: 0, content: '', vintage: 0 }] as const,
    );
    return {
      resource,
      shape: '',
      resumePoint: undefined,
      state: 'SYNCED',
      mark: 0,
      vintage: 0,
      heldPosition: undefined,
      counted: undefined,
      resync: this.wantsAll ? 'all' : undefined,
      objects: new Map(objects),
    };
  }

  #newToken(): string {
    this.#tokens += 1;
    return `token-${this.#tokens}`;
  }
}

const NO_ANSWER: Outcome<never> = {
  ok: false,
  verdict: { kind: 'NO_ANSWER', failure: { kind: 'reset', code: '', detail: '' }, detail: '' },
};
/** What a document has beside its items, about. */
const HEAD_BYTES = 250;

function refusal(verdict: Verdict): Outcome<never> {
  return { ok: false, verdict };
}

function itemOf(event: string, kind: string, data: unknown): Item {
  const metadata = isRecord(data) && isRecord(data['metadata']) ? data['metadata'] : {};
  const { name, uid, resourceVersion } = metadata as { name: string; uid?: string; resourceVersion?: string };
  return { event, kind, name, uid: uid ?? `/${name}`, version: resourceVersion ?? '' };
}
