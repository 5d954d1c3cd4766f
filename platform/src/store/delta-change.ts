/** What the store is asked by the other wire, that of the existing agents: deltas under a continuity token. */

/** What an object is, as far as a delta tells: the feed that it would come by on our own wire. */
export interface DeltaFeed {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
}

/** One object of a delta. Its feed, namespace and name say which one it is. */
export interface DeltaItem {
  readonly feed: DeltaFeed;
  readonly isDelete: boolean;
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` when the object has none. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** Milliseconds since the epoch of Unix. */
  readonly observedAtMs: number;
  /** The object in JSON. */
  readonly body: Uint8Array;
}

/** A delta that was read to its end. Its items were set aside under the name `staging`. */
export interface DeltaChange {
  readonly cluster: string;
  readonly staging: string;
  /** Everything that is known of the cluster goes, and the items are all there is. */
  readonly isFull: boolean;
  /** The cluster's token when this was decided, empty when it had none. */
  readonly tokenBefore: string;
  /** What the next delta has to bring. */
  readonly token: string;
  readonly agentVersion: string;
  readonly kubernetesVersion: string;
  /** How many items it had. */
  readonly items: number;
  /** Its size as it came, compressed. */
  readonly wireBytes: number;
  readonly atMs: number;
  /** Whether its items are recorded in the history. */
  readonly isRecorded: boolean;
}
