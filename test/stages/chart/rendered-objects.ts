import { stringify } from 'yaml';
import type { ApiObject } from '../../cluster/api-client.ts';

/** A rule of a Role or ClusterRole. */
export interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Which key of a Secret or ConfigMap becomes which file. */
interface KeyToPath {
  readonly key: string;
  readonly path: string;
}

/** A pod as far as tests look at it. */
export interface PodSpec {
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly args?: readonly string[];
    readonly env: readonly {
      readonly name: string;
      readonly value?: string;
      readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
    }[];
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    readonly [field: string]: unknown;
  }[];
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string; readonly items?: readonly KeyToPath[] };
    readonly projected?: {
      readonly sources: readonly {
        readonly serviceAccountToken?: { readonly path: string; readonly audience?: string };
      }[];
    };
    readonly configMap?: { readonly name: string; readonly items?: readonly KeyToPath[] };
    readonly [field: string]: unknown;
  }[];
  readonly [field: string]: unknown;
}

/** A Deployment or DaemonSet. */
export interface Workload extends ApiObject {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations?: unknown };
      readonly spec: PodSpec;
    };
  };
}

/** `kind/namespace/name`: what tells an object from every other. */
export function keyOf({ kind = '', metadata }: ApiObject): string {
  return `${kind}/${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

/** The Deployments and DaemonSets of a rendered chart. */
export function workloadsIn(objects: readonly ApiObject[]): Workload[] {
  return objects.filter(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet') as Workload[];
}

/** The one object of this kind and name. Throws when there is none. */
export function findObject(objects: readonly ApiObject[], kind: string, name: string): ApiObject {
  const found = objects.find((object) => object.kind === kind && object.metadata?.name === name);
  if (found === undefined) throw new Error(`the chart gives no ${kind} ${name}: ${objects.map(keyOf).join(', ')}`);
  return found;
}

/** The rules of every Role and ClusterRole whose name starts like this. */
export function rulesOf(objects: readonly ApiObject[], prefix: string): RbacRule[] {
  return objects
    .filter(({ kind, metadata }) => /^(?:Cluster)?Role$/u.test(kind ?? '') && (metadata?.name ?? '').startsWith(prefix))
    .flatMap((role) => role['rules'] as RbacRule[]);
}

/** Paths of lists in which two entries have one key: server-side apply refuses them, an eye that reads YAML does not see them. */
export function duplicatesIn(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) {
    const keys = value.map((entry: unknown) => keyOfEntry(entry));
    const own = keys.filter((key, index) => key !== undefined && keys.indexOf(key) !== index);
    return [
      ...own.map((key) => `${path}[${key}]`),
      ...value.flatMap((entry, index) => duplicatesIn(entry, `${path}[${index}]`)),
    ];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => duplicatesIn(inner, `${path}.${key}`));
}

/** Objects as text that changes only when they do: sorted, and without what monitoring/ has its own tests for. */
export function goldenOf(objects: readonly ApiObject[]): string {
  const sorted = objects.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return sorted.map((object) => stringify(shorten(object), { sortMapEntries: true, lineWidth: 0 })).join('---\n');
}

function shorten(object: ApiObject): ApiObject {
  const { kind, metadata, spec } = object;
  if (kind === 'ConfigMap' && (metadata?.name ?? '').includes('-dashboard-')) {
    return { ...object, data: Object.keys(object['data'] ?? {}) };
  }
  // A key that is made up anew where no cluster has the one before.
  if (kind === 'Secret' && (metadata?.name ?? '').endsWith('-platform-key')) {
    return { ...object, stringData: Object.keys(object['stringData'] ?? {}) };
  }
  if (kind !== 'PrometheusRule') return object;
  const groups = (spec?.['groups'] ?? []) as { name: string; rules: unknown[] }[];
  return { ...object, spec: { groups: groups.map(({ name }) => name) } };
}

function keyOfEntry(entry: unknown): string | undefined {
  if (typeof entry === 'string' || typeof entry === 'number') return String(entry);
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { name, mountPath, containerPort, key } = entry as Record<string, unknown>;
  const known = mountPath ?? name ?? containerPort ?? key;
  return typeof known === 'string' || typeof known === 'number' ? String(known) : undefined;
}
