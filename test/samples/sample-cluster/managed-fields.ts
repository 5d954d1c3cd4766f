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
    { manager: managers.spec, ...entry, time: managers.time, fieldsV1: fieldSet(owned) },
    ...(managers.status === undefined || status === undefined
      ? []
      : [
          {
            manager: managers.status,
            ...entry,
            time: managers.statusTime ?? managers.time,
            fieldsV1: fieldSet({ status }),
            subresource: 'status',
          },
        ]),
  ];
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

function fieldSet(value: unknown): Record<string, unknown> {
  if (Array.isArray(value)) return Object.fromEntries(value.flatMap(listItem));
  if (typeof value !== 'object' || value === null) return {};
  const fields = Object.entries(value);
  return Object.fromEntries(fields.map(([field, inner]) => [`f:${field}`, ATOMIC.has(field) ? {} : withDot(inner)]));
}

function withDot(value: unknown): Record<string, unknown> {
  const inner = fieldSet(value);
  return Object.keys(inner).length === 0 ? inner : { '.': {}, ...inner };
}

function listItem(item: unknown): [string, unknown][] {
  if (typeof item !== 'object' || item === null) return [];
  const fields = item as Record<string, unknown>;
  const key = MERGE_KEYS.find((candidate) => candidate in fields);
  if (key === undefined) return [];
  const merge = key === 'containerPort' ? { containerPort: fields[key], protocol: 'TCP' } : { [key]: fields[key] };
  return [[`k:${JSON.stringify(merge)}`, key === 'uid' ? {} : withDot(item)]];
}
