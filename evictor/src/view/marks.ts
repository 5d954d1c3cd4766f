import type { Part } from '@castai/shared/kube/read-value.ts';
import { labelsIn } from './parts.ts';

/** What operators have said about an object with labels or annotations. */
export interface Marks {
  /** It stays, whatever else is allowed. The text is the marks that say so. */
  readonly removalDisabled: string | undefined;
  /** It may be evicted, whatever its controller. */
  readonly isDisposable: boolean;
}

/**
 * Reads marks from labels and annotations alike: the documentation of the existing evictor says annotation, its examples use labels.
 * The marks of other tools that mean the same are obeyed as well.
 */
export function readMarks(metadata: Part): Marks {
  const both = [labelsIn(metadata['labels']), labelsIn(metadata['annotations'])];
  const has = ([key, value]: readonly [string, string]): boolean => both.some((one) => isSet(one[key], value));
  const keys = STAYS.filter(has)
    .map(([key]) => key)
    .join(', ');
  return {
    removalDisabled: keys === '' ? undefined : keys,
    isDisposable: DISPOSABLE.some(has),
  };
}

function isSet(found: string | undefined, wanted: string): boolean {
  return found?.toLowerCase() === wanted;
}

const STAYS: readonly (readonly [key: string, value: string])[] = [
  ['autoscaling.cast.ai/removal-disabled', 'true'],
  ['beta.evictor.cast.ai/eviction-disabled', 'true'],
  ['cluster-autoscaler.kubernetes.io/safe-to-evict', 'false'],
  ['cluster-autoscaler.kubernetes.io/scale-down-disabled', 'true'],
  ['karpenter.sh/do-not-disrupt', 'true'],
  ['karpenter.sh/do-not-evict', 'true'],
  ['karpenter.sh/do-not-consolidate', 'true'],
];

const DISPOSABLE: readonly (readonly [key: string, value: string])[] = [
  ['autoscaling.cast.ai/disposable', 'true'],
  ['beta.evictor.cast.ai/disposable', 'true'],
];
