/**
 * Performs the scrub policy on parsed JSON: builds, from an object as the API server sent it, the one that may leave.
 *
 * Each rule is compiled once into nested functions, so that the work per object is a walk over the fields that the
 * policy names; what it does not name is never looked at. Keys come out in the order of the policy, so that two equal
 * objects give equal bytes. Nothing here throws, whatever the object looks like, and the depth of the walk is that of the
 * policy, not of the object.
 */
import { isRecord, type JsonObject, type JsonValue } from '@castai/shared/kube/kube-object.ts';
import { isObject } from '@castai/shared/kube/read-value.ts';
import { closeShape } from './close-shape.ts';
import { annotations, keyFilter, labels, map, oversized, sizes } from './keep-maps.ts';
import { flag, message, nothing, number, numberOr, type Project, quantity, reason, text, time } from './keep-values.ts';
import { maskKeyed } from './label-mask.ts';
import { annotationFilter } from './annotation-filter.ts';
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
      return reason;
    case 'time':
      return time;
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
