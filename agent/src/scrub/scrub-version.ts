import { ANNOTATIONS, MAX_ANNOTATION_BYTES } from './annotation-policy.ts';
import type { FieldShape, ScrubOptions, Shape } from './shape.ts';

/**
 * To be raised when `scrub-json.ts` changes what a leaf keeps, which the rules as data cannot show.
 * `scrub-json.test.ts` pins the two together.
 */
export const LEAF_MEANING = 3;

/**
 * Number of a policy under these options, for `Feed.scrub_version`: a hash of the policy itself, so that nobody can forget
 * to raise it. `closedShape` is what leaves of objects of namespaces that are skipped, if there are any. An option that does not touch a feed does not change that feed's number, and costs it no new snapshot.
 * An uint32, never 0.
 */
export function scrubVersion(shape: Shape, options: ScrubOptions, closedShape: Shape = shape): number {
  const { skipNamespaces = [] } = options;
  const closed = skipNamespaces.length === 0 ? [] : [skipNamespaces.toSorted(), resolve(closedShape, options)];
  return fnv1a(JSON.stringify([LEAF_MEANING, resolve(shape, options), ...closed])) || 1;
}

/** The shape as it acts, without titles and switches. */
function resolve(shape: FieldShape, options: ScrubOptions): unknown {
  switch (shape.is) {
    case 'fields': {
      const fields = Object.entries(shape.fields).map(([key, of]) => [key, resolve(of, options)]);
      const named = [shape.is, shape.dropIfOnly ?? '', fields.filter(([, of]) => of !== null)];
      return shape.isKeyed === true ? [...named, maskOf(options)] : named;
    }
    case 'list':
      return [shape.is, resolve(shape.of, options)];
    case 'map':
      return [shape.is, resolve(shape.of, options), shape.without ?? [], shape.only ?? []];
    case 'from': {
      const of = resolve(shape.of, options);
      return of === null ? null : [shape.is, shape.field, of];
    }
    case 'where': {
      const of = resolve(shape.of, options);
      const otherwise = shape.otherwise === undefined ? null : resolve(shape.otherwise, options);
      return of === null && otherwise === null ? null : [shape.is, shape.beside, shape.among, of, otherwise];
    }
    case 'when': {
      const acting = options.reenable.has(shape.on) ? shape.shape : shape.otherwise;
      return acting === undefined ? null : resolve(acting, options);
    }
    case 'labels':
      return [shape.is, shape.maxLength, maskOf(options)];
    case 'annotations':
    case 'oversized':
      return [shape.is, ...annotationsOf(options)];
    default:
      return shape;
  }
}

const maskOf = ({ labelMask }: ScrubOptions): string => labelMask?.fingerprint ?? '';

function annotationsOf(options: ScrubOptions): unknown[] {
  const allowed = ANNOTATIONS.map(({ allow, maxBytes = MAX_ANNOTATION_BYTES }) => [allow, maxBytes]);
  return [MAX_ANNOTATION_BYTES, allowed, options.annotationPrefixes, maskOf(options)];
}

/** FNV-1a, 32 bits, over UTF-16 units: small, and good enough to tell policies apart. */
function fnv1a(words: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < words.length; index += 1) {
    hash = Math.imul(hash ^ words.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
