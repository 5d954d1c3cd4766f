/** Further readers of values whose shape is not trusted, and what they give. */
import { recordIn, textIn } from '@castai/shared/kube/read-value.ts';

/** Labels, annotations, a node selector. */
export type Labels = Readonly<Record<string, string>>;

/** The texts of a list. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** A time of the API server in milliseconds; 0 where there is none. */
export function timeIn(value: unknown): number {
  const time = Date.parse(textIn(value));
  return Number.isNaN(time) ? 0 : time;
}

/** Those members that are text. */
export function labelsIn(value: unknown): Labels {
  return Object.fromEntries(
    Object.entries(recordIn(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
