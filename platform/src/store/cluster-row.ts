/** What the platform holds of one cluster: identity, the session's epoch and seq, and the durable counters. */
import type { Rejection } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** The part of a registration that decides its id. */
export interface ClusterIdentity {
  readonly provider: string;
  /** Equal for equal clusters; never shown to agents. */
  readonly identity: string;
  readonly name: string;
}

/** One registered cluster. Times are milliseconds since the epoch of Unix. */
export interface ClusterRow {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly registeredAtMs: number;
  readonly clusterUid: string;
  readonly epoch: number;
  readonly sessionEpoch: number;
  readonly openedAtMs: number | undefined;
  readonly instanceId: string;
  readonly agentVersion: string;
  readonly kubernetesVersion: string;
  readonly lease: { readonly uid: string; readonly transitions: number } | undefined;
  readonly receivedSeq: number;
  readonly processedSeq: number;
  readonly lastEntryCount: number;
  readonly lastRejections: readonly Rejection[];
  readonly lastBatchAtMs: number | undefined;
  readonly receivedTotal: number;
  readonly processedTotal: number;
  readonly entriesTotal: number;
  readonly wireBytesTotal: number;
}
