import type { SampleObject } from './sample-object.ts';

/** The two writers that most objects have: who made it, and who reports its status. */
export interface Managers {
  readonly spec: string;
  readonly status?: string;
  readonly time: string;
  readonly statusTime?: string;
}

/**
 * What the server would have recorded about who owns which field: the second largest part of a stored pod.
 * The rule is that of server-side apply: `f:` for a field, `k:` for a list item with a merge key.
 */
export function managedFields(object: SampleObject, managers: Managers): unknown[] {
  const { apiVersion, kind: _kind, metadata, status, ...rest } = object;
  const { labels, annotations, ownerReferences } = metadata;
  const owned = {
    metadata: {
      ...(annotations === undefined ? {} : { annotations }),
      ...(metadata['generateName'] === undefined ? {} : { generateName: '' }),
      ...(labels === undefined ? {} : { labels }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    ...rest,
  };
  const entry = { operation: 'Update', apiVersion, fieldsType: 'FieldsV1' };
  return [
    { manager: managers.spec, ...entry, time: managers.time, fieldsV1: ownedFields(object, owned) },
    ...(managers.status === undefined || status === undefined
      ? []
      : [
          {
            manager: managers.status,
            ...entry,
            time: managers.statusTime ?? managers.time,
            fieldsV1: statusFields(object),
            subresource: 'status',
          },
        ]),
  ];
}

/** Of pods by what made them, and by phase: all of one workload have the same fields, and most objects of a cluster are pods. */
const OF_PODS = new WeakMap<object, Map<string, Record<string, unknown>>>();
const OF_STATUSES = new Map<string, Record<string, unknown>>();

function ownedFields({ kind, metadata, spec }: SampleObject, owned: unknown): Record<string, unknown> {
  const owner = metadata.ownerReferences?.[0];
  if (kind !== 'Pod' || owner === undefined) return fieldSet(owned);
  const known = OF_PODS.get(owner) ?? new Map<string, Record<string, unknown>>();
  OF_PODS.set(owner, known);
  return remembered(known, Object.keys(spec as object).join(), () => fieldSet(owned));
}

function statusFields({ kind, status }: SampleObject): Record<string, unknown> {
  if (kind !== 'Pod') return fieldSet({ status });
  const { phase, podIPs, hostIPs } = status as { readonly phase: string; readonly [list: string]: unknown };
  const fields = remembered(OF_STATUSES, phase, () => fieldSet({ status }));
  if (podIPs === undefined) return fields;
  // The two lists whose items are named by what differs from pod to pod.
  const addresses = { 'f:podIPs': withDot(podIPs), 'f:hostIPs': withDot(hostIPs) };
  return { 'f:status': { ...(fields['f:status'] as object), ...addresses } };
}

function remembered(
  known: Map<string, Record<string, unknown>>,
  key: string,
  make: () => Record<string, unknown>,
): Record<string, unknown> {
  const found = known.get(key);
  if (found !== undefined) return found;
  // Read back from JSON: V8 gives what is parsed the form that costs least to print, and these are printed a hundred thousand times.
  const made = JSON.parse(JSON.stringify(make())) as Record<string, unknown>;
  known.set(key, made);
  return made;
}

const MERGE_KEYS = ['mountPath', 'containerPort', 'type', 'ip', 'uid', 'name'] as const;

/** Fields that are owned as a whole, as the API's schema says of most of them. */
const ATOMIC: ReadonlySet<string> = new Set([
  'containerStatuses',
  'images',
  'resources',
  'livenessProbe',
  'securityContext',
  'selector',
  'tolerations',
  'httpGet',
  'valueFrom',
  'volumes',
]);

const NOTHING: Record<string, unknown> = {};

/** With loops and no lists in between: of a large cluster's objects it is most of what making them costs. */
function fieldSet(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return NOTHING;
  const fields: Record<string, unknown> = {};
  addFields(fields, value);
  return fields;
}

function addFields(fields: Record<string, unknown>, value: object): void {
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) addItem(fields, item);
    return;
  }
  for (const [field, inner] of Object.entries(value)) {
    fields[nameOf(field)] = ATOMIC.has(field) ? NOTHING : SHARED.has(field) ? sharedFields(inner) : withDot(inner);
  }
}

/** Made once for each field: of strings that are joined anew for every object V8 has to find out each time that it knows them. */
const NAMES = new Map<string, string>();

function nameOf(field: string): string {
  const name = NAMES.get(field);
  if (name !== undefined) return name;
  const made = `f:${field}`;
  NAMES.set(field, made);
  return made;
}

function withDot(value: unknown): Record<string, unknown> {
  if (!hasFields(value)) return NOTHING;
  const fields: Record<string, unknown> = { '.': NOTHING };
  addFields(fields, value);
  return fields;
}

/** What all pods of a workload, and its revisions, have from one template. */
const SHARED: ReadonlySet<string> = new Set(['spec', 'env', 'ports', 'annotations']);
const OF_SHARED = new WeakMap<object, Record<string, unknown>>();

function sharedFields(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return NOTHING;
  const found = OF_SHARED.get(value) ?? withDot(value);
  OF_SHARED.set(value, found);
  return found;
}

/** Whether anything within is owned by itself. */
function hasFields(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) ? value.some((item) => mergeKey(item) !== undefined) : Object.keys(value).length > 0;
}

function addItem(fields: Record<string, unknown>, item: unknown): void {
  const key = mergeKey(item);
  if (key === undefined) return;
  const found = (item as Record<string, unknown>)[key];
  const protocol = key === 'containerPort' ? ',"protocol":"TCP"' : '';
  fields[`k:{"${key}":${JSON.stringify(found)}${protocol}}`] = key === 'uid' ? NOTHING : withDot(item);
}

function mergeKey(item: unknown): (typeof MERGE_KEYS)[number] | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  return MERGE_KEYS.find((candidate) => candidate in item);
}
