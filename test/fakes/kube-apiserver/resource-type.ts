/** One kind of object and where it is served. */
export interface ResourceType {
  readonly group: string;
  /** Preferred version; objects are kept in its form. */
  readonly version: string;
  /** Further versions that serve the same objects, with only the apiVersion changed. */
  readonly otherVersions?: readonly string[];
  /** Plural name in paths. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Whether status is written through its own subresource only. */
  readonly hasStatus: boolean;
  /** False for kinds without a watch cache on the real server: their watches get no periodic bookmarks. */
  readonly hasBookmarks: boolean;
  /** Custom resources print lists and items in another order of fields. */
  readonly isCustom: boolean;
  readonly verbs: readonly string[];
  /** Paths that a field selector may name besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
}

/** Verbs of an ordinary resource. */
export const ALL_VERBS: readonly string[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** Names a resource type within one server: `deployments.apps`, or `pods` for the core group. */
export function resourceTypeId({ group, resource }: Pick<ResourceType, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** The apiVersion of objects of a group in a version. */
export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

type Row = readonly [resource: string, kind: string, flags: string, fields?: readonly string[]];

/** Flags: N namespaced, S has a status subresource, B no bookmarks, R read-only without watch. */
function rows(group: string, version: string, table: readonly Row[]): ResourceType[] {
  return table.map(([resource, kind, flags, selectableFields = []]) => ({
    group,
    version,
    resource,
    kind,
    namespaced: flags.includes('N'),
    hasStatus: flags.includes('S'),
    hasBookmarks: !flags.includes('B'),
    isCustom: false,
    verbs: flags.includes('R') ? ['get', 'list'] : ALL_VERBS,
    selectableFields,
  }));
}

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

/** The built-in kinds that the programs of this project read or write, and a few more. */
export const BUILT_IN_RESOURCES: readonly ResourceType[] = [
  ...rows('', 'v1', [
    ['componentstatuses', 'ComponentStatus', 'R'],
    ['configmaps', 'ConfigMap', 'N'],
    ['endpoints', 'Endpoints', 'N'],
    [
      'events',
      'Event',
      'NB',
      [...INVOLVED.map((name) => `involvedObject.${name}`), 'reason', 'reportingComponent', 'source', 'type'],
    ],
    ['limitranges', 'LimitRange', 'N'],
    ['namespaces', 'Namespace', 'S', ['status.phase']],
    ['nodes', 'Node', 'S', ['spec.unschedulable']],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', 'NS'],
    ['persistentvolumes', 'PersistentVolume', 'S'],
    [
      'pods',
      'Pod',
      'NS',
      ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'status.phase'],
    ],
    ['replicationcontrollers', 'ReplicationController', 'NS'],
    ['resourcequotas', 'ResourceQuota', 'NS'],
    ['secrets', 'Secret', 'N', ['type']],
    ['serviceaccounts', 'ServiceAccount', 'N'],
    ['services', 'Service', 'NS'],
  ]),
  ...rows('apiextensions.k8s.io', 'v1', [['customresourcedefinitions', 'CustomResourceDefinition', 'S']]),
  ...rows('apps', 'v1', [
    ['controllerrevisions', 'ControllerRevision', 'N'],
    ['daemonsets', 'DaemonSet', 'NS'],
    ['deployments', 'Deployment', 'NS'],
    ['replicasets', 'ReplicaSet', 'NS'],
    ['statefulsets', 'StatefulSet', 'NS'],
  ]),
  ...rows('autoscaling', 'v2', [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'NS']]).map((type) => ({
    ...type,
    otherVersions: ['v1'],
  })),
  ...rows('batch', 'v1', [
    ['cronjobs', 'CronJob', 'NS'],
    ['jobs', 'Job', 'NS', ['status.successful']],
  ]),
  ...rows('coordination.k8s.io', 'v1', [['leases', 'Lease', 'N']]),
  ...rows('networking.k8s.io', 'v1', [
    ['ingressclasses', 'IngressClass', ''],
    ['ingresses', 'Ingress', 'NS'],
    ['networkpolicies', 'NetworkPolicy', 'N'],
  ]),
  ...rows('policy', 'v1', [['poddisruptionbudgets', 'PodDisruptionBudget', 'NS']]),
  ...rows('rbac.authorization.k8s.io', 'v1', [
    ['clusterrolebindings', 'ClusterRoleBinding', ''],
    ['clusterroles', 'ClusterRole', ''],
    ['rolebindings', 'RoleBinding', 'N'],
    ['roles', 'Role', 'N'],
  ]),
  ...rows('resource.k8s.io', 'v1', [
    ['deviceclasses', 'DeviceClass', ''],
    ['resourceclaims', 'ResourceClaim', 'NS'],
    ['resourceclaimtemplates', 'ResourceClaimTemplate', 'N'],
    ['resourceslices', 'ResourceSlice', ''],
  ]),
  ...rows('scheduling.k8s.io', 'v1', [['priorityclasses', 'PriorityClass', '']]),
  ...rows('storage.k8s.io', 'v1', [
    ['csinodes', 'CSINode', ''],
    ['storageclasses', 'StorageClass', ''],
    ['volumeattachments', 'VolumeAttachment', 'S'],
  ]),
];
