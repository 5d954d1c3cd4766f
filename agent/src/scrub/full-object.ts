/**
 * The other policy: nearly all of an object, for platforms that need what the existing agent has always sent. A deny-list, with the weakness
 * of every deny-list: what nobody thought of leaves. So it is off unless an operator asks for it, and what is known to hold secrets stays
 * all the same, wherever in an object it stands: values of environment variables, commands and arguments, what a tool has last applied,
 * headers, user data, and values of ConfigMaps. Each of them leaves only by its switch of its own.
 */
import { createHash } from 'node:crypto';
import { isExactNumber } from '@castai/shared/kube/json/exact-number.ts';
import { isRecord, type JsonObject, type JsonValue } from '@castai/shared/kube/kube-object.ts';
import { annotationFilter } from './annotation-filter.ts';
import { type LabelMask, maskAnnotation, maskKeyed, maskLabels, maskSelectorText } from './label-mask.ts';
import type { ScrubRules } from './scrub-json.ts';
import type { ScrubOptions } from './shape.ts';

/** To be raised when what leaves becomes another: the platform then has to be told everything anew. */
const MEANING = 2;
/** Deeper than any schema of Kubernetes; what lies deeper does not leave. */
const DEEPEST = 40;

/** Makes the function that gives what leaves of an object; undefined for what is no Kubernetes object. `isConfigMap`: its `data` are values. */
export function fullObject(options: ScrubOptions, isConfigMap: boolean): (object: unknown) => JsonObject | undefined {
  const walk = new Walk(options);
  return (object) => {
    if (!isRecord(object) || !isRecord(object['metadata'])) return undefined;
    const { managedFields: _managed, resourceVersion: _version, ...metadata } = object['metadata'];
    // Told beside it, as under the other policy, which has the reasons.
    const { apiVersion: _group, kind: _kind, metadata: _all, data, binaryData, ...rest } = object;
    const values = isConfigMap && !options.reenable.has('configMapValues') ? {} : definedOf({ data, binaryData });
    return walk.fields({ metadata, ...rest, ...values }, 0);
  };
}

/** Number of this policy under these options, beside these rules: another one wherever what leaves is another. An uint32, never 0. */
export function fullObjectVersion(
  { reenable, annotationPrefixes, labelMask }: ScrubOptions,
  { closed, version }: Pick<ScrubRules, 'closed' | 'version'> = { version: 0 },
): number {
  // Of namespaces that are skipped the policy decides, and its number says how.
  const masked = [labelMask?.fingerprint, closed && version].filter((part) => part !== undefined);
  const text = JSON.stringify([MEANING, [...reenable].toSorted(), annotationPrefixes, ...masked]);
  return createHash('sha256').update(text).digest().readUInt32BE() || 1;
}

function definedOf(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What is done with the value of a key instead of going on into it; undefined: it stays. */
type Special = (value: unknown) => unknown;

class Walk {
  readonly #specials: ReadonlyMap<string, Special>;
  readonly #mask: LabelMask | undefined;

  constructor({ reenable, annotationPrefixes, labelMask }: ScrubOptions) {
    this.#mask = labelMask;
    // The empty prefix lets every annotation out but those that repeat a whole object.
    const maxBytesOf = annotationFilter([...annotationPrefixes, '']);
    const specials: [boolean, string, Special][] = [
      [true, 'annotations', (value) => shortAnnotations(value, maxBytesOf, labelMask)],
      [!reenable.has('envValues'), 'env', withoutValues],
      [!reenable.has('probeRequests'), 'httpHeaders', withoutValues],
      [!reenable.has('commands'), 'command', nothing],
      [!reenable.has('args'), 'args', nothing],
      [!reenable.has('userData'), 'userData', nothing],
    ];
    this.#specials = new Map(specials.filter(([isOn]) => isOn).map(([, key, special]) => [key, special]));
  }

  fields(object: Record<string, unknown>, depth: number): JsonObject {
    const kept = this.#open(object, depth);
    return this.#mask === undefined ? kept : maskAnywhere(this.#mask, kept);
  }

  #open(object: Record<string, unknown>, depth: number): JsonObject {
    const kept: JsonObject = {};
    for (const [key, value] of Object.entries(object)) {
      const special = this.#specials.get(key);
      const child = this.#value(special === undefined ? value : special(value), depth + 1);
      // Not by assignment: that would take `__proto__` for something else than a key.
      if (child !== undefined) Object.defineProperty(kept, key, { value: child, ...ORDINARY });
    }
    return kept;
  }

  #value(value: unknown, depth: number): JsonValue | undefined {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return value;
    }
    if (depth > DEEPEST) return undefined;
    if (Array.isArray(value)) return value.flatMap((item: unknown) => this.#value(item, depth + 1) ?? []);
    if (!isRecord(value)) return undefined;
    return isExactNumber(value) ? value : this.fields(value, depth);
  }
}

const ORDINARY = { enumerable: true, writable: true, configurable: true } as const;

const nothing: Special = () => undefined;

/** Names stay, and where a value comes from. What is no list of such things has to be something else, and is not known to be harmless. */
const withoutValues: Special = (value) => {
  if (!Array.isArray(value)) return undefined;
  return value.filter(isRecord).map(({ value: _value, ...rest }) => rest);
};

function shortAnnotations(value: unknown, maxBytesOf: (key: string) => number, mask: LabelMask | undefined): unknown {
  if (!isRecord(value)) return undefined;
  const short = Object.entries(value).flatMap(([key, text]): [string, string][] => {
    if (typeof text !== 'string' || Buffer.byteLength(text) > maxBytesOf(key)) return [];
    // What stands under a masked key is masked with everything else that does.
    const left = mask === undefined || mask.isMasked(key) ? text : maskAnnotation(mask, key, text);
    return left === undefined ? [] : [[key, left]];
  });
  return Object.fromEntries(short);
}

/**
 * Nobody knows which maps of which kinds hold labels: whatever stands under a masked key is masked, so is what stands beside one, and a
 * selector as text, such as a rollout's status has it.
 */
function maskAnywhere(mask: LabelMask, object: JsonObject): JsonObject {
  const masked = maskKeyed(mask, maskLabels(mask, object));
  const left = Object.entries(masked).flatMap(([key, value]): [string, JsonValue][] => {
    if (typeof value !== 'string' || !SELECTOR_KEY.test(key)) return [[key, value]];
    const text = maskSelectorText(mask, value);
    return text === undefined ? [] : [[key, text]];
  });
  return Object.fromEntries(left);
}

/** `selector`, `labelSelector` of a scale status, `podSelector` of a trigger. */
const SELECTOR_KEY = /selector$/iu;
