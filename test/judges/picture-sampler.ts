import { setTimeout as sleep } from 'node:timers/promises';
import type { PlatformControl } from '../platform-rig/client.ts';

const PAUSE_MS = 30;

/**
 * Looks at the platform's picture again and again, as somebody who depends on it would. Dispose of it, or ask for its
 * findings, to end it.
 */
export class PictureSampler implements AsyncDisposable {
  readonly #control: PlatformControl;
  readonly #samples: ReadonlySet<string>[] = [];
  #isOver = false;
  readonly #looking: Promise<void>;

  constructor(control: PlatformControl) {
    this.#control = control;
    this.#looking = this.#look();
  }

  /** How many times it has looked. */
  get count(): number {
    return this.#samples.length;
  }

  /** Ends the looking. Of these uids, those that were there at first and missing in any look after. */
  async missing(uids: Iterable<string>): Promise<string[]> {
    await this[Symbol.asyncDispose]();
    const [first = new Set<string>(), ...later] = this.#samples;
    return [...uids].filter((uid) => first.has(uid) && later.some((sample) => !sample.has(uid)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#looking;
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      const sample = new Set<string>();
      for await (const { uid } of this.#control.objects()) sample.add(uid);
      this.#samples.push(sample);
      await sleep(PAUSE_MS);
    }
  }
}
