/** What the platform holds of one cluster: identity, the session's epoch and seq, and the durable counters. */
import type { AgentHealth, Rejection } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** The part of a registration that decides its id. */
export interface ClusterIdentity {
  readonly provider: string;
  /** Equal for equal clusters; never shown to agents. */
  readonly identity: string;
  readonly name: string;
}

/** How many rejections wait to be told; of more than that it is enough to know that there are many. */
export const KEPT_LATE_REJECTIONS = 1_000;

/** One registered cluster. Times are milliseconds since the epoch of Unix. */
export interface ClusterRow {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly registeredAtMs: number;
  readonly clusterUid: string;
  readonly epoch: number;
  readonly sessionEpoch: number;
  /** What the next delta has to bring; empty: the cluster does not come by deltas. */
  readonly continuityToken: string;
  readonly openedAtMs: number | undefined;
  readonly instanceId: string;
  readonly agentVersion: string;
  readonly kubernetesVersion: string;
  readonly lease: { readonly uid: string; readonly transitions: number } | undefined;
  readonly receivedSeq: number;
  readonly processedSeq: number;
  readonly lastEntryCount: number;
  readonly lastRejections: readonly Rejection[];
  /** Places of offers in the batch `receivedSeq` that marked nothing. */
  readonly lastWanted: readonly number[];
  /** Of batches that were processed later than they were acknowledged: not told yet, the newest `KEPT_LATE_REJECTIONS`. */
  readonly lateRejections: readonly Rejection[];
  /** Digest of the batch `receivedSeq`; empty: none. */
  readonly lastDigest: string;
  readonly lastBatchAtMs: number | undefined;
  readonly receivedTotal: number;
  readonly processedTotal: number;
  readonly entriesTotal: number;
  readonly wireBytesTotal: number;
  /** How the agent last said that it is; undefined: it did not say. */
  readonly health: AgentHealth | undefined;
  /** Why the agent ended in good order; empty: it goes on, or ended without a word. */
  readonly stopReason: string;
}
