import type { WantedFields } from '@castai/shared/kube/protobuf/decode-message.ts';
import type { FieldShape, FieldsShape, ScrubOptions, Shape } from './shape.ts';

/**
 * The fields of an object that a shape looks at: what is not among them need not be read. It is made of the policy, so that nobody has to
 * name a field twice; more than is kept is no harm, less would be.
 */
export function wantedFields(shape: FieldsShape, options: ScrubOptions): WantedFields {
  return wantedOf(shape, options) ?? NOTHING;
}

/** What either of two wants. */
export function wantedByBoth(one: WantedFields, other: WantedFields): WantedFields {
  if (one === 'all' || other === 'all') return 'all';
  const both = new Map(one);
  for (const [name, wanted] of other) {
    const known = both.get(name);
    both.set(name, known === undefined ? wanted : wantedByBoth(known, wanted));
  }
  return both;
}

/** Undefined: nothing of it. */
function wantedOf(shape: Shape, options: ScrubOptions): WantedFields | undefined {
  switch (shape.is) {
    case 'fields':
      return Object.entries(shape.fields)
        .map(([name, field]) => wantedOfField(name, field, options))
        .reduce(wantedByBoth, NOTHING);
    case 'list':
    case 'map':
      return wantedOf(shape.of, options);
    case 'when':
      if (options.reenable.has(shape.on)) return wantedOf(shape.shape, options);
      return shape.otherwise && wantedOf(shape.otherwise, options);
    // A single value, or one of which everything is looked at.
    default:
      return 'all';
  }
}

/** Of the object that has the field: it may be made of another one, or depend on one. */
function wantedOfField(name: string, shape: FieldShape, options: ScrubOptions): WantedFields {
  if (shape.is === 'where') {
    const cases = [shape.of, ...(shape.otherwise === undefined ? [] : [shape.otherwise])];
    return cases
      .map((field) => wantedOfField(name, field, options))
      .reduce(wantedByBoth, new Map([[shape.beside, 'all']]));
  }
  const [source, of] = shape.is === 'from' ? [shape.field, shape.of] : [name, shape];
  const wanted = wantedOf(of, options);
  return wanted === undefined ? NOTHING : new Map([[source, wanted]]);
}

const NOTHING: WantedFields = new Map<string, WantedFields>();
