/**
 * What the evictor tells the platform: `POST /v1/kubernetes/external-clusters/{id}/evictor-report`, JSON, the whole of it each time. The newest
 * one is what counts; an older one need not have come. An answer of 2xx says that it is kept.
 *
 * Names of nodes, of pods and of what stands in their way, amounts, and words of the evictor: of labels only the version of a node image, no annotation,
 * and nothing of what a pod runs.
 */

/** Most bytes of the body. What does not fit is left out and counted. */
export const MOST_EVICTOR_REPORT_BYTES = 2 * 1024 * 1024;

/** The body. */
export interface EvictorReport {
  /** When the cluster was looked at, ISO 8601. */
  readonly at: string;
  readonly nodes: number;
  readonly pods: number;
  /** Version of the control plane; empty while it is not known. */
  readonly controlPlane: string;
  /** Allocatable of the nodes that could go. */
  readonly saved: { readonly cores: number; readonly gibibytes: number };
  readonly removable: readonly ReportedRemoval[];
  readonly blocked: readonly ReportedStay[];
  readonly renew: readonly ReportedRenewal[];
  /** Of each reason that is named: what it means, and what to do. */
  readonly words: Readonly<Record<string, { readonly words: string; readonly cure: string }>>;
  /** How much was left out, because it did not fit. */
  readonly leftOut: { readonly moves: number; readonly blockers: number; readonly nodes: number };
}

/** A node that could go, and one way in which its pods find places. */
export interface ReportedRemoval {
  readonly node: string;
  /** `namespace/name`, and the node that would take it. */
  readonly moves: readonly { readonly pod: string; readonly to: string }[];
}

/** A node that stays, with what stands in the way. */
export interface ReportedStay {
  readonly node: string;
  readonly blockers: readonly ReportedBlocker[];
}

/** One thing that stands in the way; `pod` is `namespace/name`, empty where it is about the node. */
export interface ReportedBlocker {
  readonly reason: string;
  readonly pod: string;
  readonly detail: string;
}

/** A node and why it should be renewed. */
export interface ReportedRenewal {
  readonly node: string;
  readonly reason: string;
  readonly detail: string;
}
