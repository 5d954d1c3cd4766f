import type { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import { spread } from '@castai/shared/async/spread.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { type ClusterFacts, readClusterFacts } from './cluster-facts.ts';
import { learnClusterFacts } from './learn-cluster-facts.ts';

/** Who is told about the cluster. */
export interface ClusterObserver {
  /** The facts could not be read. */
  onSurveyFailed(error: unknown, question: 'cluster'): void;
  /** The cluster has another version of Kubernetes. */
  onUpgraded(kubernetesVersion: string): void;
}

/** What is needed to learn and follow the facts of a cluster. */
export interface ClusterKnowledgeOptions {
  readonly client: Pick<KubeClient, 'get'>;
  readonly createBackoff: () => Backoff;
  readonly observer: ClusterObserver;
  /** The facts have another version of Kubernetes than before. */
  readonly onUpgraded: () => void;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A cluster is upgraded a few times a year; two small requests an hour are nothing to the API server. */
const LOOK_MS = 3_600_000;
/** The agents of a fleet do not look at the same moment. */
const LOOK_SPREAD = 0.1;

/**
 * Knows the facts of the cluster: learned once before anything else, then looked at every hour. Another version is believed at the second
 * look in a row that finds it: while a control plane is upgraded, its API servers answer with two versions in turn.
 */
export class ClusterKnowledge {
  readonly #options: ClusterKnowledgeOptions;
  #facts: ClusterFacts | undefined;
  #doubtedVersion: string | undefined;

  constructor(options: ClusterKnowledgeOptions) {
    this.#options = options;
  }

  /** Undefined before they are learned. */
  get facts(): ClusterFacts | undefined {
    return this.#facts;
  }

  /** Resolves when they are known, however long that takes. Rejects with the signal's reason. */
  async learn(signal: AbortSignal): Promise<void> {
    const { client, createBackoff, observer, clock } = this.#options;
    const onFailed = (error: unknown): void => observer.onSurveyFailed(error, 'cluster');
    this.#facts = await learnClusterFacts({ client, clock, backoff: createBackoff(), onFailed }, signal);
  }

  /** Looks again, every hour, until the signal aborts. A look that fails is made up for by the next. */
  async follow(signal: AbortSignal): Promise<void> {
    const { client, observer, onUpgraded, clock, random } = this.#options;
    while (!signal.aborted) {
      try {
        await clock.sleep(spread(LOOK_MS, LOOK_SPREAD, random), signal);
        const { kubernetesVersion } = await readClusterFacts(client, signal);
        if (!this.#isUpgradedTo(kubernetesVersion)) continue;
        observer.onUpgraded(kubernetesVersion);
        onUpgraded();
      } catch (error) {
        // The feeds tell when the API server is away.
        if (!signal.aborted && !(error instanceof CastaiError)) throw error;
      }
    }
  }

  #isUpgradedTo(version: string): boolean {
    if (this.#facts === undefined || version === this.#facts.kubernetesVersion) {
      this.#doubtedVersion = undefined;
      return false;
    }
    const isSecondLook = version === this.#doubtedVersion;
    this.#doubtedVersion = isSecondLook ? undefined : version;
    if (isSecondLook) this.#facts = { ...this.#facts, kubernetesVersion: version };
    return isSecondLook;
  }
}
