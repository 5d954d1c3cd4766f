import type { Clock } from '@castai/shared/async/clock.ts';
import { withDeadline } from '@castai/shared/async/deadline.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isOfKarpenter, type KarpenterDrift } from '../judge/node-claim.ts';
import type { NodeRecord } from '../view/node-record.ts';

/** What NodeClaims are asked for with. */
export interface KarpenterDriftOptions {
  readonly clock: Clock;
  /** Asks Karpenter's NodeClaims; undefined: nobody wants to know. */
  readonly askClaims: ((signal: AbortSignal) => Promise<KarpenterDrift>) | undefined;
  /** Told of each answer, and of what it failed with. */
  readonly onClaimsAsked: (error: unknown) => void;
}

const EVERY_MS = 300_000;
/** A look waits for the answer, so that its first report says what the next one would. */
const ANSWER_MS = 20_000;

/** Remembers what Karpenter says of its nodes. Where it has made none it is not asked, and costs nothing. */
export class KarpenterDrifts {
  readonly #options: KarpenterDriftOptions;
  #known: KarpenterDrift = new Map();
  #askedAtMs = -Infinity;

  constructor(options: KarpenterDriftOptions) {
    this.#options = options;
  }

  /** What is known of these nodes, after another question where the last one is old. An answer that fails changes nothing. */
  async of(nodes: readonly NodeRecord[], signal: AbortSignal): Promise<KarpenterDrift> {
    const { clock, askClaims, onClaimsAsked } = this.#options;
    if (askClaims === undefined || !nodes.some(isOfKarpenter)) return this.#forget();
    if (clock.monotonicMs() - this.#askedAtMs < EVERY_MS) return this.#known;
    this.#askedAtMs = clock.monotonicMs();
    const overdue = (): KubeError => new KubeError('KUBE_UNREACHABLE', `no answer within ${ANSWER_MS / 1000} s`);
    try {
      this.#known = await withDeadline({ ms: ANSWER_MS, clock, overdue }, askClaims, signal);
      onClaimsAsked(undefined);
    } catch (error) {
      signal.throwIfAborted();
      onClaimsAsked(error);
    }
    return this.#known;
  }

  /** What it was refused counts no more either. */
  #forget(): KarpenterDrift {
    if (this.#askedAtMs !== -Infinity) this.#options.onClaimsAsked(undefined);
    this.#askedAtMs = -Infinity;
    this.#known = new Map();
    return this.#known;
  }
}
