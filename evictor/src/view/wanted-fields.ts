import { fieldsOf, type WantedFields } from '@castai/shared/kube/protobuf/decode-message.ts';
import { CONTAINER_WITHOUT_SAY, MOUNT_WITHOUT_SAY } from './container-says.ts';
import { WITHOUT_SAY } from './pod-demand.ts';
import type { ViewFeedName } from './view-tables.ts';
import { MIGRATED_SOURCES } from './volume-record.ts';

/** Fields of an object: all below a name, none but that the name is there, or those in turn. */
interface Choice {
  readonly [field: string]: 'all' | 'there' | Choice;
}

/**
 * What the readers of this folder look at, of each collection: all that is made of an object in protobuf. What may forbid a move is told from
 * the other side: every field that the tables know is wanted but for those without a say, so that a field which the tables
 * learn is a constraint that nobody knows until somebody says otherwise.
 */
export function wantedOf(feed: ViewFeedName): WantedFields {
  return wantedIn(CHOICES[feed]);
}

function wantedIn(choice: Choice): WantedFields {
  return new Map(
    Object.entries(choice).map(([field, of]): [string, WantedFields] => {
      if (of === 'all') return [field, 'all'];
      return [field, of === 'there' ? new Map() : wantedIn(of)];
    }),
  );
}

/** Every field of a message, `of` for those that are not there in it. */
function every(message: string, of: 'all' | 'there', but: ReadonlySet<string> = new Set()): Choice {
  const names = fieldsOf(message).map(({ json }) => json);
  return Object.fromEntries(names.filter((name) => name !== '' && !but.has(name)).map((name) => [name, of]));
}

const CONDITIONS: Choice = { type: 'all', status: 'all' };
const CONTAINER: Choice = {
  ...every('core.v1.Container', 'there', CONTAINER_WITHOUT_SAY),
  name: 'all',
  restartPolicy: 'all',
  restartPolicyRules: { action: 'all' },
  ports: 'all',
  resources: { requests: 'all' },
  volumeMounts: every('core.v1.VolumeMount', 'there', MOUNT_WITHOUT_SAY),
};
const CONTAINER_STATUS: Choice = { name: 'all', allocatedResources: 'all', resources: { requests: 'all' } };
const WORKLOAD: Choice = { spec: { replicas: 'all', parallelism: 'all' } };

const CHOICES: Readonly<Record<ViewFeedName, Choice>> = {
  nodes: {
    metadata: { labels: 'all', annotations: 'all', creationTimestamp: 'all', deletionTimestamp: 'all' },
    spec: { taints: 'all', unschedulable: 'all' },
    status: { allocatable: 'all', conditions: CONDITIONS, nodeInfo: 'all' },
  },
  pods: {
    metadata: { labels: 'all', annotations: 'all', ownerReferences: 'all', deletionTimestamp: 'all' },
    spec: {
      ...every('core.v1.PodSpec', 'all', WITHOUT_SAY),
      containers: CONTAINER,
      initContainers: CONTAINER,
      resources: { requests: 'all' },
      volumes: { ...every('core.v1.VolumeSource', 'there'), name: 'all', persistentVolumeClaim: { claimName: 'all' } },
    },
    status: {
      phase: 'all',
      conditions: CONDITIONS,
      containerStatuses: CONTAINER_STATUS,
      initContainerStatuses: CONTAINER_STATUS,
      resources: { requests: 'all' },
    },
  },
  budgets: {
    metadata: { generation: 'all' },
    spec: 'all',
    status: {
      currentHealthy: 'all',
      desiredHealthy: 'all',
      disruptionsAllowed: 'all',
      expectedPods: 'all',
      observedGeneration: 'all',
      conditions: { ...CONDITIONS, reason: 'all', message: 'all' },
    },
  },
  replicaSets: WORKLOAD,
  replicationControllers: WORKLOAD,
  statefulSets: WORKLOAD,
  jobs: WORKLOAD,
  claims: {
    metadata: { deletionTimestamp: 'all' },
    spec: { volumeName: 'all', accessModes: 'all' },
    status: { phase: 'all' },
  },
  volumes: {
    metadata: { labels: 'all' },
    spec: {
      nodeAffinity: 'all',
      csi: { driver: 'all', volumeHandle: 'all' },
      ...Object.fromEntries(MIGRATED_SOURCES.map((source) => [source, 'there' as const])),
    },
  },
  attachLimits: { spec: 'all' },
  namespaces: { metadata: { labels: 'all' } },
};
