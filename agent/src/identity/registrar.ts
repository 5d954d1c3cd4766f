import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import { CastaiError, describeError } from '@castai/shared/errors.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { ClusterRegistration } from './registration.ts';
import type { RegisteredCluster } from './register-call.ts';
import type { Outcome } from '@castai/shared/wire/transport.ts';
import type { IdentityEvidence } from './evidence.ts';
import { identify } from './identify.ts';

/** Which cluster the agent works for. */
export interface ClusterIdentity {
  /** The platform's id of the cluster. */
  readonly clusterId: string;
  /** Empty when the platform did not say, or when the id was given by the operator. */
  readonly organizationId: string;
  /** Uid of the namespace kube-system. */
  readonly clusterUid: string;
  /** `aks`, `eks`, `gke`, `anywhere`; `fixed` when the operator gave the id. */
  readonly provider: ClusterRegistration['provider']['kind'] | 'fixed';
  /** How it was found out. */
  readonly reasons: readonly string[];
}

/** How far the registrar is, for `/readyz` and `/statusz`. */
export interface RegistrarStatus {
  readonly stage: 'identifying' | 'registering' | 'done';
  /** Failures of this stage so far. */
  readonly attempts: number;
  /** Empty when the last attempt did not fail. */
  readonly lastError: string;
  /** Milliseconds until the next attempt; 0 while one is made. */
  readonly delayMs: number;
}

/** What the registrar is made of. */
export interface RegistrarOptions {
  readonly collect: (signal: AbortSignal) => Promise<IdentityEvidence>;
  readonly register: (cluster: ClusterRegistration, signal: AbortSignal) => Promise<Outcome<RegisteredCluster>>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told of every change; must not throw. */
  readonly observe: (status: RegistrarStatus) => void;
}

const POLICY = { initialMs: 500, maxMs: 30_000, factor: 2, resetAfterMs: 60_000 };
/** Half a minute to ten minutes: a refused key is not cured by asking often, and a fleet with a revoked key must not become a load. */
const REFUSED_FLOOR_MS = 30_000;
const REFUSED_POLICY = { initialMs: 30_000, maxMs: 600_000 - REFUSED_FLOOR_MS, factor: 2, resetAfterMs: 60_000 };

/**
 * Finds out which cluster this is and registers it, for as long as it takes: an API server or a platform that is away is
 * waited for, never a reason to exit.
 */
export class Registrar {
  readonly #options: RegistrarOptions;

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /**
   * Settles with the identity. Rejects with `IDENTITY_UNKNOWN` when what the operator said cannot identify a cluster
   * however long we wait, and with the signal's reason when stopped. May be called again: the same cluster gets the same id.
   */
  async establish(signal: AbortSignal): Promise<ClusterIdentity> {
    const { evidence, verdict } = await this.#identify(signal);
    const { reasons } = verdict;
    const clusterUid = evidence.kubeSystemUid;
    if (verdict.kind === 'fixed') {
      this.#tell('done');
      return { clusterId: verdict.clusterId, organizationId: '', clusterUid, provider: 'fixed', reasons };
    }
    const registered = await this.#register(verdict.registration, signal);
    this.#tell('done');
    const { id: clusterId, organizationId } = registered;
    return { clusterId, organizationId, clusterUid, provider: verdict.registration.provider.kind, reasons };
  }

  async #identify(signal: AbortSignal) {
    const backoff = new Backoff(POLICY, this.#options);
    for (;;) {
      const evidence = await this.#collect(signal);
      if (evidence instanceof CastaiError) {
        await this.#wait(
          {
            stage: 'identifying',
            backoff,
            error: withHint(evidence.message, evidence.hint),
            floorMs: retryAfterOf(evidence),
          },
          signal,
        );
        continue;
      }
      const verdict = evidence.kubeSystemUid === '' ? NO_UID : identify(evidence);
      if (verdict.kind !== 'unknown') return { evidence, verdict };
      const problems = verdict.problems.join('; ');
      if (verdict.isFinal)
        throw new CastaiError('IDENTITY_UNKNOWN', `cannot tell which cluster this is: ${problems}`, { hint: HINT });
      await this.#wait({ stage: 'identifying', backoff, error: problems, floorMs: 0 }, signal);
    }
  }

  async #collect(signal: AbortSignal): Promise<IdentityEvidence | CastaiError> {
    try {
      return await this.#options.collect(signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      return error instanceof CastaiError ? error : new CastaiError('INTERNAL', describeError(error), { cause: error });
    }
  }

  async #register(cluster: ClusterRegistration, signal: AbortSignal): Promise<RegisteredCluster> {
    const backoff = new Backoff(POLICY, this.#options);
    const refused = new Backoff(REFUSED_POLICY, this.#options);
    this.#tell('registering');
    for (;;) {
      const outcome = await this.#options.register(cluster, signal);
      if (outcome.ok) return outcome.value;
      const { verdict } = outcome;
      const isRefused = verdict.kind === 'UNAUTHORIZED' && !verdict.keyChanged;
      const floorMs = Math.max(verdict.retryAfterMs ?? 0, isRefused ? REFUSED_FLOOR_MS : 0);
      const wait = {
        stage: 'registering',
        error: withHint(verdict.detail, verdict.hint),
        floorMs,
        backoff: isRefused ? refused : backoff,
      } as const;
      await this.#wait(wait, signal);
    }
  }

  async #wait(
    failed: { stage: RegistrarStatus['stage']; backoff: Backoff; error: string; floorMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { stage, backoff, error: lastError, floorMs } = failed;
    const delayMs = backoff.next(floorMs);
    this.#options.observe({ stage, attempts: backoff.attempts, lastError, delayMs });
    await this.#options.clock.sleep(delayMs, signal);
    this.#options.observe({ stage, attempts: backoff.attempts, lastError, delayMs: 0 });
  }

  #tell(stage: RegistrarStatus['stage']): void {
    this.#options.observe({ stage, attempts: 0, lastError: '', delayMs: 0 });
  }
}

const NO_UID = { kind: 'unknown', problems: ['the namespace kube-system has no uid'], isFinal: false } as const;
const HINT =
  'set PROVIDER and the variables of that provider, or CLUSTER_ID if the platform already knows this cluster';

const withHint = (text: string, hint: string | undefined): string => (hint === undefined ? text : `${text}; ${hint}`);
const retryAfterOf = (error: CastaiError): number => (error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0);
