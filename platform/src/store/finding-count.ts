/** What the manifest lint of the agents has found, as the store counts it. */

/** How many objects of a namespace break a rule. Objects without a namespace are counted under an empty one. */
export interface FindingCount {
  readonly rule: string;
  readonly namespace: string;
  readonly objects: number;
}

/** What was found in a cluster. */
export interface FindingCounts {
  /** Objects that were judged, whatever came of it. None: the lint is off, or the agent sends by a wire that tells nothing of it. */
  readonly judged: number;
  /** Objects that break at least one rule. */
  readonly broken: number;
  /** By rule and namespace, in that order. */
  readonly counts: readonly FindingCount[];
}

/** An object that breaks a rule. */
export interface FoundObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Which objects are asked for. */
export interface FindingQuery {
  readonly rule: string;
  readonly namespace: string;
  readonly limit: number;
}
