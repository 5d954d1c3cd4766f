/**
 * Labels whose values do not leave as they are: a keyed hash stands in the place of each, wherever its key stands. What a simulation asks
 * of a value is whether it equals another one, and that it still does: the same key with the same value gives the same hash. Who has no key
 * cannot try values until one fits.
 */
import { createHmac } from 'node:crypto';
import { isRecord, type JsonObject, type JsonValue } from '@castai/shared/kube/kube-object.ts';

/** What is done with the values of labels. */
export interface LabelMask {
  /** Whether the values of this key are masked. */
  readonly isMasked: (key: string) => boolean;
  /** What stands in place of a value: a valid value of a label. Of an empty one nothing is to be hidden. */
  readonly mask: (key: string, value: string) => string;
  /** Differs wherever the masked values do, and tells nothing of the key. */
  readonly fingerprint: string;
}

/** What makes a mask: keys, or their beginnings with a star behind, such as `hub.jupyter.org/*`; and the secret. */
export interface LabelMaskOptions {
  readonly keys: readonly string[];
  readonly secret: string;
}

/** 96 bits: two of a million million values do not meet. */
const HASH_DIGITS = 24;
/** Pods of one workload have the same labels: most values are met again and again. */
const MOST_REMEMBERED = 4096;

/** Makes the mask. */
export function labelMask({ keys, secret }: LabelMaskOptions): LabelMask {
  const whole = new Set(keys.filter((key) => !key.endsWith('*')));
  const beginnings = keys.filter((key) => key.endsWith('*')).map((key) => key.slice(0, -1));
  const hashOf = (text: string): string =>
    createHmac('sha256', secret).update(text).digest('hex').slice(0, HASH_DIGITS);
  const remembered = new Map<string, string>();
  return {
    isMasked: (key) => whole.has(key) || beginnings.some((beginning) => key.startsWith(beginning)),
    mask: (key, value) => {
      if (value === '') return '';
      // No key of a label has a blank.
      const text = `${key} ${value}`;
      const known = remembered.get(text);
      if (known !== undefined) return known;
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      const masked = `masked-${hashOf(text)}`;
      remembered.set(text, masked);
      return masked;
    },
    fingerprint: hashOf(JSON.stringify(keys.toSorted())),
  };
}

/** A map by keys of labels, with the values of masked ones masked. What is no text does not leave under such a key. */
export function maskLabels(mask: LabelMask, labels: JsonObject): JsonObject {
  const entries = Object.entries(labels);
  if (!entries.some(([key]) => mask.isMasked(key))) return labels;
  return Object.fromEntries(
    entries.flatMap(([key, value]): [string, JsonValue][] => {
      if (!mask.isMasked(key)) return [[key, value]];
      return typeof value === 'string' ? [[key, mask.mask(key, value)]] : [];
    }),
  );
}

/** An object that names a key of a label beside one value or several: a requirement, a taint, a toleration. */
export function maskKeyed(mask: LabelMask, object: JsonObject): JsonObject {
  const { key, value, values } = object;
  if (typeof key !== 'string' || !mask.isMasked(key)) return object;
  const masked = (one: JsonValue): JsonValue[] => (typeof one === 'string' ? [mask.mask(key, one)] : []);
  return {
    ...object,
    ...(typeof value === 'string' ? { value: mask.mask(key, value) } : {}),
    ...(Array.isArray(values) ? { values: values.flatMap(masked) } : {}),
  };
}

const EQUALITY = /^\s*(?<key>[^\s=!,()]+)\s*(?<operator>==?|!=)\s*(?<value>[^\s=!,()]*)\s*$/u;
const AMONG = /^\s*(?<key>[^\s=!,()]+)\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)\s*$/u;
const KEY_ALONE = /^\s*!?\s*[A-Za-z0-9][\w./-]*\s*$/u;

/** Longer than any selector that somebody writes: to cut a text at commas outside of brackets takes time that grows with its square. */
const MOST_SELECTOR = 4_096;

/** A selector as text (`a=b,c in (d,e),f`). Undefined for what is none: nobody knows what is in it. */
export function maskSelectorText(mask: LabelMask, selector: string): string | undefined {
  if (selector.trim() === '') return selector;
  if (selector.length > MOST_SELECTOR) return undefined;
  const parts = selector.split(/,(?![^(]*\))/u).map((part) => {
    const {
      key = '',
      operator = '',
      value = '',
      values = '',
    } = (EQUALITY.exec(part) ?? AMONG.exec(part))?.groups ?? {};
    if (key === '') return KEY_ALONE.test(part) ? part : undefined;
    if (!mask.isMasked(key)) return part;
    if (operator !== 'in' && operator !== 'notin') return `${key}${operator}${mask.mask(key, value)}`;
    const masked = values.split(',').map((one) => mask.mask(key, one.trim()));
    return `${key} ${operator} (${masked.join(',')})`;
  });
  return parts.includes(undefined) ? undefined : parts.join(',');
}

/** Annotations that hold a selector of labels as text. */
const SELECTORS: ReadonlySet<string> = new Set([
  'openshift.io/node-selector',
  'scheduler.alpha.kubernetes.io/node-selector',
]);
/** Annotations that hold tolerations as JSON. */
const TOLERATIONS: ReadonlySet<string> = new Set([
  'scheduler.alpha.kubernetes.io/defaultTolerations',
  'scheduler.alpha.kubernetes.io/tolerationsWhitelist',
  'scheduler.alpha.kubernetes.io/tolerations',
]);

/** What leaves of an annotation; undefined: nothing, where its text is not what its key promises. */
export function maskAnnotation(mask: LabelMask, key: string, value: string): string | undefined {
  if (mask.isMasked(key)) return mask.mask(key, value);
  if (SELECTORS.has(key)) return maskSelectorText(mask, value);
  return TOLERATIONS.has(key) ? maskTolerations(mask, value) : value;
}

function maskTolerations(mask: LabelMask, value: string): string | undefined {
  let tolerations: unknown;
  try {
    tolerations = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (!Array.isArray(tolerations)) return undefined;
  return JSON.stringify(tolerations.flatMap((one: unknown) => (isJsonObject(one) ? [maskKeyed(mask, one)] : [])));
}

/** What was parsed is JSON. */
function isJsonObject(value: unknown): value is JsonObject {
  return isRecord(value);
}
