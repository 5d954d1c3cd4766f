/**
 * Performs the scrub policy on parsed JSON: builds, from an object as the API server sent it, the one that may leave.
 *
 * Each rule is compiled once into nested functions, so that the work per object is a walk over the fields that the
 * policy names; what it does not name is never looked at. Keys come out in the order of the policy, so that two equal
 * objects give equal bytes. Nothing here throws, whatever the object looks like, and the depth of the walk is that of the
 * policy, not of the object.
 */
import { isExactNumber } from '@castai/shared/kube/json/exact-number.ts';
import { isRecord, type JsonObject, type JsonValue } from '@castai/shared/kube/kube-object.ts';
import { isObject } from '@castai/shared/kube/read-value.ts';
import { closeShape } from './close-shape.ts';
import { type LabelMask, maskAnnotation, maskKeyed, maskLabels } from './label-mask.ts';
import { annotationFilter } from './annotation-filter.ts';
import { MAX_ANNOTATION_BYTES } from './annotation-policy.ts';
import { madeOnce } from './made-once.ts';
import { RULES, type ScrubRuleName } from './rules.ts';
import { scrubVersion } from './scrub-version.ts';
import type { FieldShape, FieldsShape, ScrubOptions, Shape } from './shape.ts';
import { SUMMARIES } from './summaries.ts';

/** The policy of one feed, ready to be performed. */
export interface ScrubRules {
  readonly name: ScrubRuleName;
  /** Changes whenever this policy or the options that touch it change; the platform then asks for a new snapshot. An uint32, never 0. */
  readonly version: number;
  /** The allowed part of a value; undefined if the value is no object. */
  readonly project: (value: unknown) => JsonObject | undefined;
  /** Objects of which less leaves, and what. */
  readonly closed?: {
    readonly namespaces: ReadonlySet<string>;
    readonly project: (value: unknown) => JsonObject | undefined;
  };
}

/**
 * The policy of a feed. Worth keeping: what it takes is compiled when the first object needs it, which in a cluster without such objects, or
 * where they come in protobuf, none does.
 */
export function rulesFor(spec: { readonly scrub: ScrubRuleName }, options: ScrubOptions): ScrubRules {
  const shape = RULES[spec.scrub];
  const { skipNamespaces = [] } = options;
  const context = madeOnce(() => ({ options, annotationLimit: annotationFilter(options.annotationPrefixes) }));
  const closedShape = madeOnce(() => closeShape(spec.scrub, shape));
  const open = madeOnce(() => compileFields(shape, context()));
  const closed = madeOnce(() => compileFields(closedShape(), context()));
  const version = madeOnce(() => scrubVersion(shape, options, skipNamespaces.length === 0 ? shape : closedShape()));
  return {
    name: spec.scrub,
    get version() {
      return version();
    },
    project: (value) => open()(value),
    ...(skipNamespaces.length === 0
      ? {}
      : { closed: { namespaces: new Set(skipNamespaces), project: (value: unknown) => closed()(value) } }),
  };
}

/**
 * What of an object may leave the cluster, as a new object. Undefined, never an error, for a value that is no Kubernetes
 * object. Whether an object is sent never depends on its content: else an update could hide an object that is still there.
 */
export function scrubObject(rules: ScrubRules, object: unknown): JsonObject | undefined {
  if (!isRecord(object) || !isRecord(object['metadata'])) return undefined;
  const { closed, project } = rules;
  return closed !== undefined && isClosed(rules, object) ? closed.project(object) : project(object);
}

/** Whether an object is of a namespace of which less leaves. A namespace is in itself: its labels are content of it. */
export function isClosed({ closed, name }: Pick<ScrubRules, 'closed' | 'name'>, object: unknown): boolean {
  if (closed === undefined || !isRecord(object) || !isRecord(object['metadata'])) return false;
  const within = object['metadata'][name === 'namespace' ? 'name' : 'namespace'];
  return typeof within === 'string' && closed.namespaces.has(within);
}

/** Returns what may be kept of a value; undefined: nothing. */
type Project = (value: unknown) => JsonValue | undefined;

interface CompileContext {
  readonly options: ScrubOptions;
  /** Longest value of an annotation, in bytes; 0 for none. */
  readonly annotationLimit: (key: string) => number;
}

/** The function that keeps of a value what a shape allows; for the tests of single shapes. */
export const compileShape = (shape: Shape, options: ScrubOptions): Project =>
  compile(shape, { options, annotationLimit: annotationFilter(options.annotationPrefixes) });

function compile(shape: Shape, context: CompileContext): Project {
  switch (shape.is) {
    case 'text':
      return text(shape.maxLength);
    case 'message':
      return message(shape.maxLength);
    case 'reason':
      return matching(REASON, MAX_REASON_LENGTH);
    case 'time':
      return matching(TIME, MAX_TIME_LENGTH);
    case 'quantity':
      return quantity;
    case 'number':
      return number;
    case 'flag':
      return flag;
    case 'numberOrText':
      return numberOr(text(shape.maxLength));
    case 'fields':
      return compileFields(shape, context);
    case 'list':
      return list(compile(shape.of, context));
    case 'map':
      return map(compile(shape.of, context), keyFilter(shape));
    case 'labels':
      return labels(text(shape.maxLength), context.options.labelMask);
    case 'annotations':
      return annotations(context.annotationLimit, context.options.labelMask);
    case 'oversized':
      return oversized(context.annotationLimit);
    case 'sizes':
      return sizes;
    case 'when':
      return compileSwitch(shape, context);
    case 'summary':
      return SUMMARIES[shape.of].tell;
  }
}

function compileSwitch(shape: Extract<Shape, { is: 'when' }>, context: CompileContext): Project {
  if (context.options.reenable.has(shape.on)) return compile(shape.shape, context);
  return shape.otherwise === undefined ? nothing : compile(shape.otherwise, context);
}

interface Field {
  /** The field of the object that it is made of. */
  readonly source: string;
  readonly project: Project;
  /** Where what may leave depends on another field: the right one for the object. `nothing` if none of it may leave. */
  readonly choose?: (parent: Record<string, unknown>) => Project;
}

function compileField(key: string, shape: FieldShape, context: CompileContext): Field {
  if (shape.is === 'from') return { source: shape.field, project: compile(shape.of, context) };
  if (shape.is !== 'where') return { source: key, project: compile(shape, context) };
  const { beside, of, otherwise } = shape;
  const among = new Set<unknown>(shape.among);
  const [one, other] = [compileField(key, of, context), otherwise && compileField(key, otherwise, context)];
  const choose = (parent: Record<string, unknown>): Project => {
    const field = among.has(parent[beside]) ? one : other;
    return field?.choose?.(parent) ?? field?.project ?? nothing;
  };
  return { ...one, choose };
}

function compileFields(shape: FieldsShape, context: CompileContext): (value: unknown) => JsonObject | undefined {
  const project = compileOpenFields(shape, context);
  const { labelMask } = context.options;
  if (shape.isKeyed !== true || labelMask === undefined) return project;
  return (value) => {
    const kept = project(value);
    return kept === undefined ? undefined : maskKeyed(labelMask, kept);
  };
}

function compileOpenFields(shape: FieldsShape, context: CompileContext): (value: unknown) => JsonObject | undefined {
  const steps = Object.entries(shape.fields)
    .map(([key, of]) => ({ key, ...compileField(key, of, context) }))
    .filter((step) => step.choose !== undefined || step.project !== nothing);
  const { dropIfOnly } = shape;
  return (value) => {
    if (!isObject(value)) return undefined;
    const kept: JsonObject = {};
    let count = 0;
    for (const { key, source, project, choose } of steps) {
      const child = value[source];
      if (child === undefined) continue;
      const part = choose === undefined ? project(child) : choose(value)(child);
      if (part === undefined) continue;
      kept[key] = part;
      count += 1;
    }
    return dropIfOnly !== undefined && (count === 0 || (count === 1 && dropIfOnly in kept)) ? undefined : kept;
  };
}

/** A number that was kept as its text is an object to JavaScript only. */

const nothing: Project = () => undefined;

const flag: Project = (value) => (typeof value === 'boolean' ? value : undefined);

/** One that JavaScript would write in another way comes as its text, and leaves like that. */
const number: Project = (value) => (typeof value === 'number' || isExactNumber(value) ? value : undefined);

const text =
  (maxLength: number): Project =>
  (value) =>
    typeof value === 'string' && value.length <= maxLength ? value : undefined;

const message =
  (maxLength: number): Project =>
  (value) =>
    typeof value === 'string' ? value.slice(0, maxLength).toWellFormed() : undefined;

const matching =
  (pattern: RegExp, maxLength: number): Project =>
  (value) =>
    typeof value === 'string' && value.length <= maxLength && pattern.test(value) ? value : undefined;

const numberOr =
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

const quantity = numberOr(matching(QUANTITY, MAX_QUANTITY_LENGTH));

const list =
  (project: Project): Project =>
  (value) => {
    if (!Array.isArray(value)) return undefined;
    const kept: JsonValue[] = [];
    for (const item of value) {
      const part = project(item);
      if (part !== undefined) kept.push(part);
    }
    return kept;
  };

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

const map =
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

function labels(project: Project, mask: LabelMask | undefined): Project {
  const open = map(project, isPlainKey);
  if (mask === undefined) return open;
  return (value) => {
    const kept = open(value);
    return kept === undefined ? undefined : maskLabels(mask, kept);
  };
}

const annotations =
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
const oversized =
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

const sizes: Project = (value) => {
  if (!isObject(value)) return undefined;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) {
    const entry = value[key];
    if (typeof entry === 'string' && isPlainKey(key)) kept[key] = Buffer.byteLength(entry);
  }
  return kept;
};
