/** Every leaf of an object, by paths that say the same of a pod's specification wherever it is nested. */

/** The key of maps with free keys in complete objects. */
const FREE_KEY = 'freeKey';

/** The paths of all leaves of an object of a kind: `spec.a[].b`, `*` for a free key, and `{key}` for the key itself. */
export function leafPaths(kind: string, object: unknown): string[] {
  const found = new Set<string>();
  walk(object, '', (path) => found.add(reviewPath(kind, path)));
  return [...found].toSorted();
}

/** Tells every leaf of a value with its path. */
function walk(value: unknown, path: string, tell: (path: string) => void): void {
  if (Array.isArray(value)) {
    if (value.length === 0) tell(`${path}[]`);
    for (const item of value) walk(item, `${path}[]`, tell);
    return;
  }
  if (typeof value !== 'object' || value === null) return tell(path);
  if (Object.keys(value).length === 0) tell(path);
  for (const [key, child] of Object.entries(value)) walk(child, joined(path, key), tell);
}

/** The path of a member. */
export function joined(path: string, key: string): string {
  const step = key === FREE_KEY ? '*' : key;
  return path === '' ? step : `${path}.${step}`;
}

const TEMPLATE_SPEC = /^(?:.*[.])?template\.spec\.(?=\w)/;
const POD_SPEC = /^spec\.(?=\w)/;
const POD_TEMPLATES = new Set(
  'Deployment ReplicaSet DaemonSet StatefulSet Job CronJob ReplicationController Rollout ScaledJob ExtendedDaemonSet ExtendedDaemonSetReplicaSet Workload'.split(
    ' ',
  ),
);
const CONTAINER = /^(?:containers|initContainers|ephemeralContainers)\[\]\./;
const CONTAINER_STATUS = /^status\.(?:containerStatuses|initContainerStatuses|ephemeralContainerStatuses)\[\]\./;
const CONDITION = /^status\.conditions\[\]\./;
const METADATA = /^(?:(?:.*[.])?(?:template|jobTemplate)\.)?metadata\.(?=\w)/;

/**
 * The path as it is reviewed: `Container image` for an image of any container of any pod or template, `Metadata labels.*` for a label of
 * whatever, and else the kind with its own path.
 */
export function reviewPath(kind: string, path: string): string {
  if (path === 'apiVersion' || path === 'kind') return `Object ${path}`;
  const metadata = METADATA.exec(path);
  if (metadata !== null) return `Metadata ${path.slice(metadata[0].length)}`;
  const condition = CONDITION.exec(path);
  if (condition !== null) return `Condition ${path.slice(condition[0].length)}`;
  const status = kind === 'Pod' ? CONTAINER_STATUS.exec(path) : null;
  if (status !== null) return `ContainerStatus ${path.slice(status[0].length)}`;
  const podSpec = kind === 'Pod' ? POD_SPEC.exec(path) : POD_TEMPLATES.has(kind) ? TEMPLATE_SPEC.exec(path) : null;
  if (podSpec === null) return `${kind} ${path}`;
  const inside = path.slice(podSpec[0].length);
  const container = CONTAINER.exec(inside);
  return container === null ? `PodSpec ${inside}` : `Container ${inside.slice(container[0].length)}`;
}
