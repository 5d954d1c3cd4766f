import type { FieldShape } from '../shape.ts';

/** An object with everything that a part of the policy names: for kinds whose schema is not at hand. */
export function objectOfRule(shape: FieldShape, name = ''): unknown {
  switch (shape.is) {
    case 'fields':
      return Object.fromEntries(Object.entries(shape.fields).map(([key, of]) => [key, objectOfRule(of, key)]));
    case 'list':
      return [objectOfRule(shape.of, name)];
    case 'map':
      return { [shape.only?.[0] ?? 'freeKey']: objectOfRule(shape.of, name) };
    case 'when':
      return objectOfRule(shape.shape, name);
    case 'where':
    case 'from':
      return objectOfRule(shape.of, name);
    case 'annotations':
    case 'labels':
    case 'sizes':
    case 'oversized':
      return { freeKey: `${name}Value` };
    case 'number':
      return 3;
    case 'flag':
      return true;
    case 'quantity':
      return '7';
    case 'time':
      return '2004-01-01T01:01:01Z';
    case 'text':
    case 'message':
    case 'reason':
    case 'numberOrText':
    case 'summary':
      return `${name}Value`;
  }
}
