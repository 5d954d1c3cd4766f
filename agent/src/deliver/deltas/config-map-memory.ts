import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import { applyObject } from '@castai/shared/kube/apply-object.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { DeltaMemory, DeltaPoint } from './delta-memory.ts';
import { encodePoint, parsePoint } from './parse-point.ts';

/** Which ConfigMap. */
export interface PointPlace {
  readonly namespace: string;
  readonly name: string;
}

/** Who is told what becomes of a point. */
export interface ConfigMapMemoryObserver {
  /** What is kept cannot be used, or nothing can be kept, and why. */
  onPointIgnored(why: string): void;
}

/** What it needs. */
export interface ConfigMapMemoryOptions extends Timing<'monotonicMs' | 'setTimer' | 'sleep'> {
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
  readonly place: PointPlace;
  readonly observer: ConfigMapMemoryObserver;
}

const KEY = 'deltas';
/** Between two writes: a delta has come every quarter of a minute for as long as this API has been there, and may every second. */
const DISTANCE_MS = 10_000;
/** A missing right is granted by a person. */
const POLICY = { initialMs: 10_000, maxMs: 300_000, factor: 2, resetAfterMs: 60_000 };

/**
 * Remembers where deltas may go on in a ConfigMap, for an agent that takes part in no election and so has no Lease to write on. One that is
 * killed between a delta and its write leaves an older token behind, which costs the next one a full snapshot.
 *
 * Ways back to the API server, one request under way at a time: another point, ten seconds after the last write; a failure, its backoff and
 * what the server asks for; the end, at once.
 */
export class ConfigMapMemory implements DeltaMemory {
  readonly #options: ConfigMapMemoryOptions;
  readonly #wakeUp: WakeUp;
  #point: DeltaPoint | undefined;
  #isRead = false;
  #text = '';
  #kept = '';
  #lastProblem = '';

  constructor(options: ConfigMapMemoryOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
  }

  get point(): DeltaPoint | undefined {
    return this.#point;
  }

  async recall(signal: AbortSignal): Promise<void> {
    if (this.#isRead) return;
    this.#isRead = true;
    const { client, observer } = this.#options;
    try {
      const { data } = await client.get(this.#path, signal);
      const text = isRecord(data) ? data[KEY] : undefined;
      if (typeof text !== 'string' || text === '') return;
      this.#kept = text;
      this.#text = text;
      const parsed = parsePoint(text);
      if (parsed.usable) this.#point = parsed.point;
      else observer.onPointIgnored(parsed.why);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof KubeError)) throw error;
      if (error.code !== 'KUBE_NOT_FOUND') this.#tell(`it cannot be read: ${error.message}`);
    }
  }

  remember(point: DeltaPoint): void {
    this.#point = point;
    const text = encodePoint(point);
    if (text === undefined) this.#tell('it would be too long for what is kept of it');
    this.#note(text ?? '');
  }

  forget(): void {
    this.#point = undefined;
    this.#note('');
  }

  async flush(signal: AbortSignal): Promise<void> {
    if (this.#text === this.#kept) return;
    try {
      await this.#write(signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#failed(error);
    }
  }

  /** Writes what is remembered until the signal; rejects with its reason. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(POLICY, this.#options);
    for (;;) {
      if (this.#text === this.#kept) {
        await this.#wakeUp.wait(signal);
        continue;
      }
      let delayMs = DISTANCE_MS;
      try {
        await this.#write(signal);
        backoff.succeeded();
        this.#lastProblem = '';
      } catch (error) {
        signal.throwIfAborted();
        this.#failed(error);
        delayMs = backoff.next(error instanceof KubeError ? error.retryAfterMs : 0);
      }
      await this.#options.clock.sleep(delayMs, signal);
    }
  }

  get #path(): string {
    const { namespace, name } = this.#options.place;
    return `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;
  }

  #note(text: string): void {
    this.#text = text;
    if (text !== this.#kept) this.#wakeUp.wake();
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { client, place } = this.#options;
    const text = this.#text;
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...place }, data: { [KEY]: text } };
    await applyObject(client, { path: this.#path, manager: 'castai-agent', body }, signal);
    this.#kept = text;
  }

  #failed(error: unknown): void {
    if (!(error instanceof KubeError)) throw error;
    this.#tell(`it cannot be written: ${error.message}`);
  }

  /** Each problem once, until something else is known. */
  #tell(problem: string): void {
    if (problem === this.#lastProblem) return;
    this.#lastProblem = problem;
    this.#options.observer.onPointIgnored(problem);
  }
}
