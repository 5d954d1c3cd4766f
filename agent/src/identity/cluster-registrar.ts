import type { Clock } from '@castai/shared/async/clock.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import type { JsonClient } from '@castai/shared/wire/json-client.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { collectEvidence } from './collect-evidence.ts';
import type { IdentityOverrides } from './evidence.ts';
import { registerCall } from './register-call.ts';
import { type ClusterIdentity, Registrar, type RegistrarStatus } from './registrar.ts';

/** Who is told what the platform says of a registration. */
export interface RegistrationObserver {
  onRegistrationRefused(verdict: Verdict): void;
}

/** What a registrar needs. */
export interface ClusterRegistrarOptions {
  /** What the operator says about the cluster. */
  readonly config: IdentityOverrides;
  readonly client: Pick<KubeClient, 'get'>;
  readonly rest: Pick<JsonClient, 'call'>;
  readonly observer: RegistrationObserver;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A line per failure would be a line every half a minute for as long as the platform is away. */
const LOG_EVERY_MS = 300_000;

/** The registrar at work in the agent: asks this API server and this platform, and tells `/statusz` and the log how it goes. */
export class ClusterRegistrar {
  readonly #registrar: Registrar;
  readonly #logger: Logger;
  #progress: RegistrarStatus = { stage: 'identifying', attempts: 0, lastError: '', delayMs: 0 };
  #identity: ClusterIdentity | undefined;

  constructor({ config, client, rest, observer, logger, clock, random }: ClusterRegistrarOptions) {
    this.#logger = logger.child({ component: 'registrar' });
    this.#registrar = new Registrar({
      collect: (signal) => collectEvidence(client, config, signal),
      register: async (cluster, signal) => {
        const outcome = await rest.call(registerCall(cluster), signal);
        if (!outcome.ok) observer.onRegistrationRefused(outcome.verdict);
        return outcome;
      },
      clock,
      random,
      observe: (progress) => this.#onProgress(progress),
    });
  }

  /** Lines for `/statusz`. */
  get status(): Record<string, string | number> {
    const { stage, attempts, lastError } = this.#progress;
    return {
      provider: this.#identity?.provider ?? '',
      'recognised by': this.#identity?.reasons.join('; ') ?? '',
      registration: stage,
      'registration failures': attempts,
      'last registration failure': lastError,
    };
  }

  /** The platform's id of the cluster; empty before it is known. */
  get clusterId(): string {
    return this.#identity?.clusterId ?? '';
  }

  /** Whether the platform has told the id of the cluster, or the operator has. */
  get isDone(): boolean {
    return this.#progress.stage === 'done';
  }

  /** What the last attempt failed with; empty when it did not. */
  get lastError(): string {
    return this.#progress.lastError;
  }

  /**
   * Settles with the platform's id of the cluster; tries for as long as it takes. Rejects with `IDENTITY_UNKNOWN` only
   * when what the operator said cannot identify a cluster, and with the signal's reason.
   */
  async register(signal: AbortSignal): Promise<string> {
    this.#identity = await this.#registrar.establish(signal);
    const { clusterId, organizationId, provider, reasons } = this.#identity;
    this.#logger.info(`cluster is known: ${reasons.join('; ')}`, { clusterId, organizationId, provider });
    return clusterId;
  }

  #onProgress(progress: RegistrarStatus): void {
    this.#progress = progress;
    const { stage, attempts, lastError, delayMs } = progress;
    if (delayMs === 0) return;
    this.#logger
      .throttled(`registrar/${stage}`, LOG_EVERY_MS)
      .warn(`${stage} the cluster failed, will try again: ${lastError}`, { attempt: attempts, delayMs });
  }
}
