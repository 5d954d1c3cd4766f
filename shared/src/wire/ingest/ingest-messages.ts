/**
 * The words of the ingest protocol as plain values (PROTOCOL.md).
 *
 * Agent and platform both speak in these types; only `ingest-wire.ts` and `entry-wire.ts` know how they look in bytes.
 * `feedId` numbers a feed within one session; `resourceVersion` is opaque to the platform.
 */

/** One list+watch: a resource, optionally one namespace, optionally a field selector. Empty string means "not set". */
export interface FeedDescription {
  readonly id: number;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespace: string;
  readonly fieldSelector: string;
  /** Rises when the scrub policy of this feed changes shape; a different one makes the platform ask for a snapshot. */
  readonly scrubVersion: number;
}

/** How `Upsert.body` is encoded. Protobuf has its place on the wire; the agent sends JSON today. */
export type BodyEncoding = 'JSON' | 'KUBERNETES_PROTOBUF';

/** What the agent tells when a session starts. */
export interface OpenRequest {
  readonly instanceId: string;
  readonly clusterUid: string;
  readonly agentVersion: string;
  readonly kubernetesVersion: string;
  /** Absent: leader election is off. */
  readonly lease?: { readonly uid: string; readonly transitions: number };
  readonly feeds: readonly FeedDescription[];
  readonly encodings: readonly BodyEncoding[];
}

/** A resourceVersion from which a feed may be watched again without missing a change. */
export interface ResumePoint {
  readonly feedId: number;
  readonly resourceVersion: string;
}

/** What the platform can take; sent at open and with any ack. 0 means "as before". */
export interface Limits {
  readonly maxBatchBytes: number;
  readonly heartbeatMs: number;
  readonly minBatchIntervalMs: number;
}

/** A wish of the platform, idempotent by `id`. The only kind today: send these feeds (all, when empty) as a snapshot again. */
export interface Directive {
  readonly id: string;
  readonly resync?: { readonly feedIds: readonly number[]; readonly reason: string };
}

/** How far the session got that an open has ended: what was received of it and had not been processed is processed by then. */
export interface EndedSession {
  readonly epoch: number;
  readonly receivedSeq: number;
  readonly processedSeq: number;
}

/** The platform's answer to an open. A feed that `resume` does not list starts with a snapshot. */
export interface OpenResponse {
  readonly epoch: number;
  readonly resume: readonly ResumePoint[];
  readonly limits: Limits;
  readonly directives: readonly Directive[];
  /** Absent: the platform holds no session of this cluster. */
  readonly ended?: EndedSession;
  /** Absent: the platform takes no offers. */
  readonly offers?: OfferTerms;
}

/** What may be offered: of `held` the platform holds objects of the shape that the open tells, and has heard of each up to a position. */
export interface OfferTerms {
  readonly held: readonly ResumePoint[];
}

/**
 * Full state of one object after scrubbing. Without a body, in a snapshot: the object exists, and nothing more can be said of it. Its uid may be
 * `namespace/name`, and it is then the object of that name.
 */
export interface Upsert {
  readonly type: 'upsert';
  readonly feedId: number;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly observedAtMs: number;
  readonly encoding: BodyEncoding;
  readonly body: Uint8Array;
  /** Ids of the rules of the manifest lint that it breaks. Absent: it was not judged. The other wire does not tell them. */
  readonly findings?: readonly string[];
  /** A watch has said that it came into being, and nobody was told of it yet. Only the other wire says so. */
  readonly isNew?: true;
}

/** One object is gone. */
export interface Delete {
  readonly type: 'delete';
  readonly feedId: number;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly observedAtMs: number;
  /** What may leave of the object as it was last, as JSON; only where the wire tells it. */
  readonly lastKnown?: Uint8Array;
}

/** In a snapshot, in place of an upsert: the object is there, and the platform may hold just this version of it. */
export interface Offer {
  readonly type: 'offer';
  readonly feedId: number;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** What a feed is at: `ABSENT` removes its objects at the platform, `FORBIDDEN` and `DEGRADED` never do. */
export type FeedStateName = 'SYNCED' | 'FORBIDDEN' | 'ABSENT' | 'DEGRADED';

/** One element of a batch. The platform applies entries in stream order. */
export type Entry =
  | Upsert
  | Delete
  | Offer
  /** `afresh`: a version may stand for another state than the one that the platform holds, so no offer marks what it holds by now. */
  | { readonly type: 'snapshotBegin'; readonly feedId: number; readonly afresh?: true }
  /** Without a resourceVersion, as of a feed that is polled: complete, but every session has to begin it anew. */
  | { readonly type: 'snapshotEnd'; readonly feedId: number; readonly resourceVersion: string; readonly count: number }
  | { readonly type: 'snapshotAbort'; readonly feedId: number; readonly reason: string }
  | { readonly type: 'progress'; readonly feedId: number; readonly resourceVersion: string }
  | { readonly type: 'feedState'; readonly feedId: number; readonly state: FeedStateName; readonly reason: string };

/** An ordered list of entries, numbered by `seq` (1, 2, 3, … within the epoch). Empty: a heartbeat. */
export interface Batch {
  readonly epoch: number;
  readonly seq: number;
  readonly sentAtMs: number;
  readonly entries: readonly Entry[];
  /** Absent: the agent does not say. */
  readonly health?: AgentHealth;
  /** The agent ends in good order: silence afterwards is no fault. Absent: it goes on. */
  readonly stop?: { readonly reason: string };
}

/** How the agent is as it sends a batch: its verdict, so that the platform knows that it cannot read although it sends. */
export interface AgentHealth {
  readonly state: 'ok' | 'degraded' | 'blocked';
  /** What the doctor calls the check; empty when it is ok. */
  readonly cause: string;
  /** Our own words for the cause, never those of a server. */
  readonly reason: string;
  /** Since when, in milliseconds since the epoch of Unix. */
  readonly sinceMs: number;
}

/** A single entry that the platform cannot take; the stream goes on. `entryIndex` counts within the acknowledged batch. */
export interface Rejection {
  readonly entryIndex: number;
  readonly code: string;
  /** The batch, where it is not the one that is acknowledged: an earlier one that was processed late. */
  readonly seq?: number;
}

/** The platform has batches up to `receivedSeq` durably, and has committed the effect of those up to `processedSeq`. */
export interface Ack {
  readonly epoch: number;
  readonly receivedSeq: number;
  readonly processedSeq: number;
  /** Entries of batch `receivedSeq`: an answer without it came from some box in between. */
  readonly entryCount: number;
  readonly limits?: Limits;
  readonly directives: readonly Directive[];
  readonly rejections: readonly Rejection[];
  /** Places of offers in batch `receivedSeq` that marked nothing: their objects are to be sent before the end. Absent: none. */
  readonly wanted?: readonly number[];
}
