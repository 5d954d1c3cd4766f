import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { readSelector, type Selector } from './label-selector.ts';
import { numberIn, recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';

/** What is kept of a PodDisruptionBudget. */
export interface BudgetRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Undefined selects nothing; without conditions all pods of its namespace. (policy/v1) */
  readonly selector: Selector | undefined;
  readonly unknown: readonly string[];
  /** As written: a number or a share. Undefined where it is not said. */
  readonly minAvailable: string | undefined;
  readonly maxUnavailable: string | undefined;
  /** Pods that are not ready may go at any time, instead of only while enough others are. */
  readonly letsUnhealthyGo: boolean;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  /** The controller has looked at what the budget says now. */
  readonly isCurrent: boolean;
  /** Why the controller cannot work it out, in its own words: it allows nothing then, and leaves the rest of the status as it was. Undefined: it can. */
  readonly syncFailure: string | undefined;
}

/** Reads a PodDisruptionBudget. */
export function readBudget(object: KubeObject): BudgetRecord {
  const { uid = '', namespace = '', name } = object.metadata;
  const spec = recordIn(object['spec']);
  const status = recordIn(object['status']);
  const { selector, unknown } = readSelector(spec['selector']);
  return {
    uid,
    namespace,
    name,
    selector,
    unknown,
    minAvailable: amountIn(spec['minAvailable']),
    maxUnavailable: amountIn(spec['maxUnavailable']),
    letsUnhealthyGo: textIn(spec['unhealthyPodEvictionPolicy']) === 'AlwaysAllow',
    disruptionsAllowed: numberIn(status['disruptionsAllowed']) ?? 0,
    currentHealthy: numberIn(status['currentHealthy']) ?? 0,
    desiredHealthy: numberIn(status['desiredHealthy']) ?? 0,
    expectedPods: numberIn(status['expectedPods']) ?? 0,
    // One that is ahead counts, as it does for the API server.
    isCurrent: (numberIn(status['observedGeneration']) ?? -1) >= (numberIn(object.metadata['generation']) ?? 0),
    syncFailure: syncFailureIn(status['conditions']),
  };
}

/** (kubernetes/kubernetes, disruption.go, failSafe) */
function syncFailureIn(conditions: unknown): string | undefined {
  const failed = recordsIn(conditions).find(
    ({ type, status, reason }) => type === 'DisruptionAllowed' && status === 'False' && reason === 'SyncFailed',
  );
  return failed && textIn(failed['message']).slice(0, MOST_CHARACTERS);
}

const MOST_CHARACTERS = 200;

function amountIn(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
}
