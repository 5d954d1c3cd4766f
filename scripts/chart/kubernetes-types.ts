import { ANNOTATIONS, KUBERNETES_BOUNDS, LABELS, QUANTITY, type Json } from './kubernetes-bounds.ts';

/** What an API server says of its types at /openapi/v3, by their long names. */
export type Components = Readonly<Record<string, Json>>;

/** Types that values of the chart are of; what they refer to comes with them. */
export const ROOT_TYPES = [
  'Affinity',
  'Container',
  'DaemonSetUpdateStrategy',
  'DeploymentStrategy',
  'EnvFromSource',
  'EnvVarSource',
  'HostAlias',
  'LabelSelector',
  'NetworkPolicyEgressRule',
  'NetworkPolicyPeer',
  'PodDNSConfig',
  'PodSecurityContext',
  'Probe',
  'ResourceRequirements',
  'SecurityContext',
  'Toleration',
  'TopologySpreadConstraint',
  'Volume',
  'VolumeMount',
] as const;

const REFERENCE = '#/components/schemas/';
const MOST_CHARACTERS = 200;
/** Types that are written by hand: what the API server says of them is true and lets everything through. */
const BY_HAND: Readonly<Record<string, Json>> = {
  Quantity: QUANTITY,
  IntOrString: { type: ['integer', 'string'] },
  // Of the template of a claim the API server takes nothing else.
  ObjectMeta: {
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      annotations: { type: ['object', 'null'], additionalProperties: { type: 'string' } },
      labels: { type: ['object', 'null'], additionalProperties: { type: 'string' } },
    },
  },
};

/**
 * The definitions for the chart's schema: each type as the API server has it, closed (it refuses a field that it does not know), with
 * the first sentence of what it says, and with what it checks besides. Throws where it knows a root, or a type with bounds, no more.
 */
export function kubernetesTypes(components: Components): Record<string, Json> {
  const byName = new Map(Object.entries(components).map(([name, schema]) => [shortOf(name), schema]));
  const definitions: Record<string, Json> = {};
  const waiting: string[] = [...ROOT_TYPES];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name in definitions) continue;
    const schema = byName.get(name);
    if (schema === undefined) throw new Error(`the API server has no type ${name}`);
    definitions[name] = BY_HAND[name] ?? closedType(name, schema, (referred) => waiting.push(referred));
  }
  const unknown = Object.keys(KUBERNETES_BOUNDS).filter((name) => !(name in definitions));
  if (unknown.length > 0) throw new Error(`bounds of types that no value is of: ${unknown.join(', ')}`);
  definitions['Labels'] = { type: 'object', ...LABELS };
  definitions['Annotations'] = { type: 'object', ...ANNOTATIONS };
  return Object.fromEntries(Object.entries(definitions).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function shortOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function closedType(name: string, schema: Json, onReference: (name: string) => void): Json {
  const { fields: bounds = {}, whole = {}, required: more = [] } = KUBERNETES_BOUNDS[name] ?? {};
  const properties = Object.entries((schema['properties'] ?? {}) as Components);
  const names = properties.map(([field]) => field);
  const unknown = Object.keys(bounds).filter((field) => !names.includes(field));
  if (unknown.length > 0) throw new Error(`${name} has no field ${unknown.join(', ')}`);
  const required = [...((schema['required'] ?? []) as readonly string[]), ...more].sort();
  const fields = properties.map(([field, inner]) => {
    const given = bounded(fieldType(inner, onReference), bounds[field] ?? {});
    return [field, required.includes(field) ? given : orNull(given)];
  });
  return {
    ...describe(schema),
    // To Kubernetes null is the same as absent, and a key with nothing behind it is null in a file of values.
    type: ['object', 'null'],
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(fields),
    ...whole,
  };
}

function fieldType(schema: Json, onReference: (name: string) => void): Json {
  const reference = schema['$ref'] ?? (schema['allOf'] as readonly Json[] | undefined)?.[0]?.['$ref'];
  if (typeof reference === 'string') {
    const name = shortOf(reference.slice(REFERENCE.length));
    if (name === 'Quantity' || name === 'IntOrString') return { ...describe(schema), ...BY_HAND[name] };
    onReference(name);
    return { ...describe(schema), $ref: `#/definitions/${name}` };
  }
  const { type, enum: values, items, additionalProperties } = schema;
  return {
    ...describe(schema),
    ...(type === undefined ? {} : { type }),
    ...(values === undefined ? {} : { enum: values }),
    ...(items === undefined ? {} : { items: fieldType(items as Json, onReference) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: fieldType(additionalProperties as Json, onReference) }
      : {}),
  };
}

/** A field with its bounds; those of its entries are added to what is known of them. */
function bounded(field: Json, bounds: Json): Json {
  const { items } = bounds;
  const both = { ...field, ...bounds };
  return items === undefined ? both : { ...both, items: { ...(field['items'] as Json), ...(items as Json) } };
}

function orNull(field: Json): Json {
  const { type, enum: values, ...rest } = field;
  return {
    ...rest,
    ...(type === undefined ? {} : { type: [...(Array.isArray(type) ? (type as string[]) : [type]), 'null'] }),
    // Of a word the empty one is as good as none.
    ...(values === undefined ? {} : { enum: [...new Set([...(values as readonly string[]), '']), null] }),
  };
}

/** Its first sentence: an editor shows it beside the field. */
function describe({ description }: Json): Json {
  if (typeof description !== 'string') return {};
  const [paragraph = ''] = description.split('\n');
  const sentence = /^.*?[.](?=\s|$)/u.exec(paragraph)?.[0] ?? paragraph;
  const text = sentence.length > MOST_CHARACTERS ? `${sentence.slice(0, MOST_CHARACTERS)}…` : sentence;
  return text === '' ? {} : { description: text };
}
