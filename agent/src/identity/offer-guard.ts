import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { CastaiError } from '@castai/shared/errors.ts';

/** What an {@link OfferGuard} works with. */
export interface OfferGuardOptions {
  readonly client: Pick<KubeClient, 'get'>;
  /** The version of Kubernetes that the platform was told; undefined: none. */
  readonly told: () => string | undefined;
  readonly outbox: {
    /** The API server has that version: what the snapshot of the feed brings may be offered. */
    confirmOffers(feedId: number): void;
    /** It does not say which. */
    declineOffers(feedId: number): void;
    /** It has another one: objects may have other defaults than when they were sent. */
    distrustOffers(feedId: number): void;
  };
  /** A bug. */
  readonly onBroken: (error: unknown) => void;
}

/**
 * Asks the API server for its version whenever a snapshot begins of which objects may be offered. An upgrade gives objects other defaults and
 * no other resourceVersion, and it is a restart of the API server that makes most snapshots. Until the answer is there the snapshot waits.
 * Many snapshots that begin together cost two questions: an answer says nothing to a snapshot that began after it was asked for.
 * While API servers of two versions stand behind one address the answer may be another one's than the list: a watch that goes on has that, too.
 */
export class OfferGuard {
  readonly #options: OfferGuardOptions;
  readonly #due = new Set<number>();
  #isAsking = false;

  constructor(options: OfferGuardOptions) {
    this.#options = options;
  }

  /** A snapshot of the feed begins. */
  ask(feedId: number): void {
    this.#due.add(feedId);
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#askAll().catch(this.#options.onBroken);
  }

  async #askAll(): Promise<void> {
    const { client, told, outbox } = this.#options;
    try {
      while (this.#due.size > 0) {
        const feeds = [...this.#due];
        this.#due.clear();
        const found = await versionOf(client);
        for (const feedId of feeds) {
          // Another snapshot of it has begun meanwhile.
          if (this.#due.has(feedId)) continue;
          if (found === undefined) outbox.declineOffers(feedId);
          else if (found === told()) outbox.confirmOffers(feedId);
          else outbox.distrustOffers(feedId);
        }
      }
    } finally {
      this.#isAsking = false;
    }
  }
}

/** The client gives up by itself. */
const NEVER = new AbortController().signal;

/** Undefined: it does not say. */
async function versionOf(client: Pick<KubeClient, 'get'>): Promise<string | undefined> {
  try {
    const { gitVersion } = await client.get('/version', NEVER);
    return typeof gitVersion === 'string' ? gitVersion : undefined;
  } catch (error) {
    // The feeds tell when the API server is away.
    if (error instanceof CastaiError) return undefined;
    throw error;
  }
}
