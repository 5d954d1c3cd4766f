import { Backoff } from '@castai/shared/async/backoff.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import { CastaiError, describeError } from '@castai/shared/errors.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { JsonClient } from '@castai/shared/wire/json-client.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { collectEvidence } from './collect-evidence.ts';
import type { IdentityEvidence, IdentityOverrides } from './evidence.ts';
import { identify, type Verdict as IdentityVerdict } from './identify.ts';
import { type RegisteredCluster, registerCall } from './register-call.ts';
import type { ClusterRegistration } from './registration.ts';
import { encodeIdentity, parseIdentity } from './remembered-identity.ts';

/** Which cluster the agent works for. */
export interface ClusterIdentity {
  /** The platform's id of the cluster. */
  readonly clusterId: string;
  /** Empty when the platform did not say, or when the id was given by the operator. */
  readonly organizationId: string;
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
  /** What was established last; undefined before. */
  readonly identity: ClusterIdentity | undefined;
}

/** An attempt that failed, and when the next one is made. */
export interface RegistrationFailure extends Omit<RegistrarStatus, 'identity'> {
  readonly delayMs: number;
}

/** Who is told how it goes: log and metrics. */
export interface RegistrationObserver {
  onRegistered(identity: ClusterIdentity): void;
  onRegistrationFailed(failure: RegistrationFailure): void;
  /** The platform did not take it; `onRegistrationFailed` follows. */
  onRegistrationRefused(verdict: Verdict): void;
}

/** What outlives the process. */
export interface IdentityMemory {
  /** What was remembered last; empty: nothing. Rejects with the `KubeError` of what could not be read. */
  recall(signal: AbortSignal): Promise<string>;
  remember(text: string): void;
}

/** What a registrar needs. */
export interface RegistrarOptions {
  /** What the operator says about the cluster. */
  readonly config: IdentityOverrides;
  readonly client: Pick<KubeClient, 'get'>;
  readonly rest: Pick<JsonClient, 'call'>;
  /** Where the identity is written down for the next process; without it the nodes of the day decide alone. */
  readonly memory?: IdentityMemory;
  readonly observer: RegistrationObserver;
  /** Told of the id each time that it is established. */
  readonly onId: (clusterId: string) => void;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
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
  #progress: Omit<RegistrarStatus, 'identity'> = { stage: 'identifying', attempts: 0, lastError: '' };
  #identity: ClusterIdentity | undefined;
  /** What a refused key is waited for on. */
  readonly #newKey: WakeUp;

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#newKey = new WakeUp(options.clock);
  }

  /** How far it is. */
  get status(): RegistrarStatus {
    return { ...this.#progress, identity: this.#identity };
  }

  /** The key that the platform refused was replaced: the next attempt is made at once. */
  keyReplaced(): void {
    this.#newKey.wake();
  }

  /**
   * Settles with the platform's id of the cluster. Rejects with `IDENTITY_UNKNOWN` when what the operator said cannot identify a
   * cluster however long we wait, and with the signal's reason when stopped. May be called again: the same cluster gets the same id.
   */
  async register(signal: AbortSignal): Promise<string> {
    try {
      return await this.#find(signal);
    } catch (error) {
      // A term that ends, ends its registration: whoever stands by then is known as before, and nobody will come to say so.
      if (this.#identity !== undefined) this.#enter('done');
      throw error;
    }
  }

  async #find(signal: AbortSignal): Promise<string> {
    const verdict = await this.#identify(signal);
    const { reasons } = verdict;
    if (verdict.kind === 'fixed') {
      return this.#establish({ clusterId: verdict.clusterId, organizationId: '', provider: 'fixed', reasons });
    }
    const { id: clusterId, organizationId } = await this.#register(verdict.registration, signal);
    this.#options.memory?.remember(encodeIdentity(verdict.registration, verdict.ground));
    return this.#establish({ clusterId, organizationId, provider: verdict.registration.provider.kind, reasons });
  }

  #establish(identity: ClusterIdentity): string {
    this.#enter('done');
    this.#identity = identity;
    this.#options.observer.onRegistered(identity);
    this.#options.onId(identity.clusterId);
    return identity.clusterId;
  }

  async #identify(signal: AbortSignal) {
    const backoff = new Backoff(POLICY, this.#options);
    for (;;) {
      const collected = await this.#collect(signal);
      if (collected instanceof CastaiError) {
        const error = withHint(collected.message, collected.hint);
        await this.#wait({ stage: 'identifying', backoff, error, floorMs: retryAfterOf(collected) }, signal);
        continue;
      }
      const { evidence, remembered } = collected;
      const verdict = evidence.kubeSystemUid === '' ? NO_UID : orRemembered(identify(evidence), remembered);
      if (verdict.kind === 'fixed') return verdict;
      if (verdict.kind === 'register') return { ...verdict, ground: evidence };
      const problems = verdict.problems.join('; ');
      if (verdict.isFinal)
        throw new CastaiError('IDENTITY_UNKNOWN', `cannot tell which cluster this is: ${problems}`, { hint: HINT });
      await this.#wait({ stage: 'identifying', backoff, error: problems, floorMs: 0 }, signal);
    }
  }

  async #collect(signal: AbortSignal): Promise<Collected | CastaiError> {
    try {
      const { client, config, memory } = this.#options;
      const evidence = await collectEvidence(client, config, signal);
      const text = config.clusterId === undefined ? ((await memory?.recall(signal)) ?? '') : '';
      return { evidence, remembered: parseIdentity(text, evidence) };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      return error instanceof CastaiError ? error : new CastaiError('INTERNAL', describeError(error), { cause: error });
    }
  }

  async #register(cluster: ClusterRegistration, signal: AbortSignal): Promise<RegisteredCluster> {
    const backoff = new Backoff(POLICY, this.#options);
    const refused = new Backoff(REFUSED_POLICY, this.#options);
    this.#enter('registering');
    for (;;) {
      const outcome = await this.#options.rest.call(registerCall(cluster), signal);
      if (outcome.ok) return outcome.value;
      const { verdict } = outcome;
      this.#options.observer.onRegistrationRefused(verdict);
      const isRefused = verdict.kind === 'UNAUTHORIZED' && !verdict.keyChanged;
      const floorMs = Math.max(verdict.retryAfterMs ?? 0, isRefused ? REFUSED_FLOOR_MS : 0);
      const wait = {
        stage: 'registering',
        error: withHint(verdict.detail, verdict.hint),
        floorMs,
        backoff: isRefused ? refused : backoff,
        isRefused,
      } as const;
      await this.#wait(wait, signal);
    }
  }

  async #wait(
    { stage, backoff, error: lastError, floorMs, isRefused = false }: Failed,
    signal: AbortSignal,
  ): Promise<void> {
    const delayMs = backoff.next(floorMs);
    this.#progress = { stage, attempts: backoff.attempts, lastError };
    this.#options.observer.onRegistrationFailed({ ...this.#progress, delayMs });
    await (isRefused ? this.#newKey.wait(signal, delayMs) : this.#options.clock.sleep(delayMs, signal));
  }

  #enter(stage: RegistrarStatus['stage']): void {
    this.#progress = { stage, attempts: 0, lastError: '' };
  }
}

interface Collected {
  readonly evidence: IdentityEvidence;
  readonly remembered: ClusterRegistration | undefined;
}

/**
 * A cluster keeps the identity that it was registered with, whatever its nodes of today tell, or do not tell: they may all have been
 * replaced. Only what contradicts itself is still to be put right by the operator.
 */
function orRemembered(verdict: IdentityVerdict, registration: ClusterRegistration | undefined): IdentityVerdict {
  if (registration === undefined || verdict.kind === 'fixed') return verdict;
  if (verdict.kind === 'unknown')
    return verdict.isFinal ? verdict : { kind: 'register', registration, reasons: REMEMBERED };
  const isSame = JSON.stringify(verdict.registration) === JSON.stringify(registration);
  return isSame ? verdict : { kind: 'register', registration, reasons: [...REMEMBERED, ...verdict.reasons] };
}

const REMEMBERED = ["it was registered as this before, says the agent's Lease"];

interface Failed {
  readonly stage: RegistrarStatus['stage'];
  readonly backoff: Backoff;
  readonly error: string;
  readonly floorMs: number;
  /** A new key is all that it waits for. */
  readonly isRefused?: boolean;
}

const NO_UID = { kind: 'unknown', problems: ['the namespace kube-system has no uid'], isFinal: false } as const;
const HINT =
  'set PROVIDER and the variables of that provider, or CLUSTER_ID if the platform already knows this cluster';

const withHint = (text: string, hint: string | undefined): string => (hint === undefined ? text : `${text}; ${hint}`);
const retryAfterOf = (error: CastaiError): number => (error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0);
