import type { Timing } from '@castai/shared/async/timing.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';

/** From one look to the next: a control plane is upgraded once in months. */
const PERIOD_MS = 3_600_000;
const RETRY_MS = 60_000;

/** The version of the control plane as the wire tells it: `1.33`. */
export class KubernetesVersion {
  #text = '';
  readonly #client: Pick<KubeClient, 'get'>;
  readonly #timing: Timing<'sleep'>;

  constructor(client: Pick<KubeClient, 'get'>, timing: Timing<'sleep'>) {
    this.#client = client;
    this.#timing = timing;
  }

  /** Empty while it is not known. */
  get text(): string {
    return this.#text;
  }

  /** Works until the signal; rejects with its reason. A failure changes nothing: the platform does without. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      let isKnown = true;
      try {
        const { major, minor } = await this.#client.get('/version', signal);
        if (typeof major === 'string' && typeof minor === 'string') this.#text = `${major}.${minor}`.slice(0, 20);
      } catch {
        signal.throwIfAborted();
        isKnown = false;
      }
      await this.#timing.clock.sleep((isKnown ? PERIOD_MS : RETRY_MS) * (1 + this.#timing.random() / 10), signal);
    }
  }
}
