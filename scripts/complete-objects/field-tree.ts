/**
 * The fields of a kind: an object is a record, a list an array of one, a map with free keys a record with the one key `*`, and a
 * leaf the name of its type.
 */
export type FieldTree = LeafType | readonly [FieldTree] | { readonly [field: string]: FieldTree };

/** What a leaf holds; `any`: something that no schema tells. */
export type LeafType = 'string' | 'number' | 'boolean' | 'quantity' | 'time' | 'any';

/** The parts of a structural schema that name fields. */
export interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

/** The fields of one of Kubernetes' complete examples, in which a free key is `<field>Key` and a text `<field>Value`. */
export function treeOfExample(value: unknown, name = ''): FieldTree {
  if (Array.isArray(value)) return [treeOfExample(value[0], name)];
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return leafOfText(value);
  if (typeof value !== 'object' || value === null) return 'any';
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key === `${name}Key` ? '*' : key, treeOfExample(child, key)]),
  );
}

function leafOfText(text: string): LeafType {
  if (/^\d{4}-\d\d-\d\dT/u.test(text)) return 'time';
  return /^\d+$/u.test(text) ? 'quantity' : 'string';
}

/** The fields of a schema. */
export function treeOfSchema(schema: JsonSchema, name: string): FieldTree {
  const { type, format, properties, items, additionalProperties } = schema;
  if (isQuantity(schema, name)) return 'quantity';
  if (schema['x-kubernetes-int-or-string'] === true) return 'string';
  if (format === 'date-time') return 'time';
  if (properties !== undefined) {
    return Object.fromEntries(Object.entries(properties).map(([key, of]) => [key, treeOfSchema(of, key)]));
  }
  if (type === 'array') return [treeOfSchema(items ?? {}, name)];
  if (typeof additionalProperties === 'object') return { '*': treeOfSchema(additionalProperties, name) };
  // Some definitions say of resources only that they are anything.
  if ((name === 'limits' || name === 'requests') && type !== 'string') return { '*': 'quantity' };
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'boolean' || type === 'string' ? type : 'any';
}

/** A quantity has its own pattern; older schemas only say "number or text". */
function isQuantity(schema: JsonSchema, name: string): boolean {
  if (schema.pattern?.includes('numkMGTPE') === true) return true;
  return schema['x-kubernetes-int-or-string'] === true && AMOUNTS.test(name);
}

const AMOUNTS =
  /^(?:value|averageValue|tolerance|limits|requests|capacity|allocatable|resources|min|max|target|lowerBound|upperBound|uncappedTarget|minAllowed|maxAllowed|divisor|sizeLimit|overhead|volumeSize|factor|quantity|size)$/u;
