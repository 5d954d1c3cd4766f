/** What may leave of single values, each compiled once for its place in the policy. */
import { isExactNumber } from '@castai/shared/kube/json/exact-number.ts';
import type { JsonValue } from '@castai/shared/kube/kube-object.ts';

/** Returns what may be kept of a value; undefined: nothing. */
export type Project = (value: unknown) => JsonValue | undefined;

/** Nothing. */
export const nothing: Project = () => undefined;

/** A boolean. */
export const flag: Project = (value) => (typeof value === 'boolean' ? value : undefined);

/** One that JavaScript would write in another way comes as its text, and leaves like that. */
export const number: Project = (value) => (typeof value === 'number' || isExactNumber(value) ? value : undefined);

/** A text as it is, if it is no longer, in UTF-16 units. */
export const text =
  (maxLength: number): Project =>
  (value) =>
    typeof value === 'string' && value.length <= maxLength ? value : undefined;

/** A text, cut to so many UTF-16 units. */
export const message =
  (maxLength: number): Project =>
  (value) =>
    typeof value === 'string' ? value.slice(0, maxLength).toWellFormed() : undefined;

const matching =
  (pattern: RegExp, maxLength: number): Project =>
  (value) =>
    typeof value === 'string' && value.length <= maxLength && pattern.test(value) ? value : undefined;

/** A number, or what else is kept. */
export const numberOr =
  (other: Project): Project =>
  (value) =>
    number(value) ?? other(value);

/**
 * One word without blanks, so no prose. Wider than `metav1.Condition.reason`, because `PodStatus.reason` and the conditions of pods are of
 * other types: the kubelet writes `OutOfnvidia.com/gpu`, load balancers `Elb.RegistrationInProgress`.
 */
const REASON = /^[A-Za-z](?:[A-Za-z0-9_,:./-]*[A-Za-z0-9_])?$/;
/** `OutOf` and the longest name of an extended resource. */
const MAX_REASON_LENGTH = 5 + 317;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const MAX_TIME_LENGTH = 35;
/** apimachinery, `resource.Quantity`: decimal number with a decimal or binary suffix or an exponent. */
const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/;
const MAX_QUANTITY_LENGTH = 48;

/** A quantity of Kubernetes, in either form. */
export const quantity = numberOr(matching(QUANTITY, MAX_QUANTITY_LENGTH));

/** A reason. */
export const reason = matching(REASON, MAX_REASON_LENGTH);

/** A moment, as RFC 3339 has it. */
export const time = matching(TIME, MAX_TIME_LENGTH);
