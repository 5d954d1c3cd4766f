/** What may leave of maps whose keys a customer chooses, each compiled once for its place in the policy. */
import type { JsonObject } from '@castai/shared/kube/kube-object.ts';
import { isObject } from '@castai/shared/kube/read-value.ts';
import { MAX_ANNOTATION_BYTES } from './annotation-policy.ts';
import type { Project } from './keep-values.ts';
import { type LabelMask, maskAnnotation, maskLabels } from './label-mask.ts';
import type { Shape } from './shape.ts';

/** The longest label, annotation or resource name: a domain of 253 characters, a slash, a name of 63. */
export const MAX_KEY_LENGTH = 317;

/** A key that may be copied. `__proto__` would set the prototype instead of a member, and is no key that Kubernetes allows. */
const isPlainKey = (key: string): boolean => key.length <= MAX_KEY_LENGTH && key !== '__proto__';

/** Which keys of a map may leave: `dra.net/macAddress` has the words `mac` and `address`. */
export function keyFilter({ without, only }: Extract<Shape, { is: 'map' }>): (key: string) => boolean {
  if (only !== undefined) {
    const names = new Set(only.map((name) => name.toLowerCase()));
    return (key) => names.has(key.toLowerCase());
  }
  if (without === undefined) return isPlainKey;
  const words = new Set(without);
  return (key) =>
    isPlainKey(key) &&
    !key
      .slice(key.indexOf('/') + 1)
      .split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/)
      .some((word) => words.has(word.toLowerCase()));
}

/** Each value of a map of which something is kept, under its key. */
export const map =
  (project: Project, keeps: (key: string) => boolean): ((value: unknown) => JsonObject | undefined) =>
  (value) => {
    if (!isObject(value)) return undefined;
    const kept: JsonObject = {};
    // Parsed JSON inherits nothing that is enumerable, and this is a tenth of the time per pod faster than Object.keys.
    for (const key in value) {
      const part = project(value[key]);
      if (part !== undefined && keeps(key)) kept[key] = part;
    }
    return kept;
  };

/** Labels of which values are kept; some values as a hash, where that is wanted. */
export function labels(project: Project, mask: LabelMask | undefined): Project {
  const open = map(project, isPlainKey);
  if (mask === undefined) return open;
  return (value) => {
    const kept = open(value);
    return kept === undefined ? undefined : maskLabels(mask, kept);
  };
}

/** Annotations that are no longer than `limit` says of their key, in bytes; 0: it does not leave. */
export const annotations =
  (limit: (key: string) => number, mask: LabelMask | undefined): Project =>
  (value) => {
    if (!isObject(value)) return undefined;
    let kept: JsonObject | undefined;
    for (const key of Object.keys(value)) {
      const entry = value[key];
      if (typeof entry !== 'string' || !isPlainKey(key)) continue;
      const maxBytes = limit(key);
      if (maxBytes === 0 || isLonger(entry, maxBytes)) continue;
      const left = mask === undefined ? entry : maskAnnotation(mask, key, entry);
      if (left === undefined) continue;
      kept ??= {};
      kept[key] = left;
    }
    return kept;
  };

/** Whoever looks for a setting is to know that it is there and was too long. */
export const oversized =
  (limit: (key: string) => number): Project =>
  (value) => {
    if (!isObject(value)) return undefined;
    let count = 0;
    for (const key of Object.keys(value)) {
      const entry = value[key];
      // Most are short: their keys need not be looked at.
      if (typeof entry !== 'string' || !isLonger(entry, MAX_ANNOTATION_BYTES) || !isPlainKey(key)) continue;
      const maxBytes = limit(key);
      if (maxBytes > 0 && isLonger(entry, maxBytes)) count += 1;
    }
    return count === 0 ? undefined : count;
  };

/** Most annotations are short, and no UTF-16 unit takes more than three bytes: count bytes only when it may matter. */
const isLonger = (entry: string, maxBytes: number): boolean =>
  entry.length * 3 > maxBytes && Buffer.byteLength(entry) > maxBytes;

/** Of each text how many bytes it has. */
export const sizes: Project = (value) => {
  if (!isObject(value)) return undefined;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) {
    const entry = value[key];
    if (typeof entry === 'string' && isPlainKey(key)) kept[key] = Buffer.byteLength(entry);
  }
  return kept;
};
