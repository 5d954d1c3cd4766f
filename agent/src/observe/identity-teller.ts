import { CastaiError } from '@castai/shared/errors.ts';
import { logTrustProblem } from '@castai/shared/program/log-trust-problem.ts';
import { said } from '@castai/shared/verdict/said.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { CLUSTER_ID_RIGHTS_HINT, type ClusterIdObserver, type ClusterIdPlace } from '../identity/cluster-id-map.ts';
import type { ClusterIdentity, RegistrationFailure, RegistrationObserver } from '../identity/registrar.ts';
import { causeOfAnswer } from './cause-of-answer.ts';
import { QUIET_MS, type TellerMeans } from './teller-means.ts';

/** A right that is missing is granted by a person. */
const CLUSTER_ID_QUIET_MS = 300_000;

/** Tells as which cluster this one is known, and whom its connections trust. */
export class IdentityTeller implements RegistrationObserver, ClusterIdObserver {
  readonly #means: TellerMeans;

  constructor(means: TellerMeans) {
    this.#means = means;
  }

  onRegistered({ clusterId, organizationId, provider, reasons }: ClusterIdentity): void {
    this.#means.notes.heard.registration = undefined;
    this.#means.metrics.onRegistered(clusterId);
    this.#means.logger.info(`cluster is known: ${reasons.join('; ')}`, { clusterId, organizationId, provider });
  }

  onRegistrationFailed({ stage, attempts, lastError, delayMs }: RegistrationFailure): void {
    if (stage === 'identifying') this.#means.notes.failed('identity');
    const line = `${stage} the cluster failed, will try again: ${lastError}`;
    this.#means.logger.debug(line, { attempt: attempts, delayMs });
  }

  onRegistrationRefused(verdict: Verdict): void {
    this.#means.notes.heard.registration = verdict;
    this.#means.notes.failed(causeOfAnswer(verdict));
    this.#means.metrics.onRefused('register', verdict.kind);
  }

  onClusterIdWritten({ namespace, name, key }: ClusterIdPlace): void {
    this.#means.logger.info(`the cluster's id stands in the ConfigMap ${namespace}/${name}, key ${key}`);
  }

  onClusterIdNotWritten(error: unknown, delayMs: number): void {
    const hint =
      error instanceof CastaiError && error.code === 'KUBE_FORBIDDEN' ? CLUSTER_ID_RIGHTS_HINT : said(error).hint;
    this.#means.notes.met("the cluster's id could not be written into its ConfigMap", hint);
    this.#means.logger
      .throttled('cluster id', CLUSTER_ID_QUIET_MS)
      .warn("the cluster's id could not be written into its ConfigMap", { error, delayMs });
  }

  onTrustProblem(destination: string, error: CastaiError | undefined): void {
    logTrustProblem({ logger: this.#means.logger, everyMs: QUIET_MS }, destination, error);
    if (error === undefined) {
      this.#means.notes.heard.trust.delete(destination);
      return;
    }
    this.#means.notes.heard.trust.set(destination, said(error));
    this.#means.notes.met(`${destination}: ${error.message}: the certificates read before are used`, error.hint ?? '');
  }
}
