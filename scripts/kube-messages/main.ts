/**
 * Writes down how the kinds that are read in protobuf look on the wire: `npm run kube-messages`. From the tags in the Go source of
 * Kubernetes' API, of the version that the tests run, which have for each field its number, its name in JSON, its type, and whether Go
 * leaves it out of JSON when it is empty. It needs Go, and takes each module once.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goModule } from '../tools/go-module.ts';
import { kubernetesVersion } from '../tools/kubernetes-version.ts';
import { goTypes, type GoTypes } from './go-structs.ts';
import { mergeRows } from './merge-rows.ts';
import { messageRows, type Packages } from './message-rows.ts';
import { readCall } from '../read-call.ts';

readCall(
  `npm run kube-messages

Writes anew how the kinds of Kubernetes look in protobuf.`,
  { options: {} },
);

const TARGET = join(import.meta.dirname, '../../shared/src/kube/protobuf/kube-messages.ts');

/** Kinds, by the package of Go that has them. */
const ROOTS: Readonly<Record<string, string>> = {
  'core.v1':
    'Node Pod Namespace ReplicationController PersistentVolumeClaim PersistentVolume Service LimitRange ResourceQuota Event ConfigMap',
  'apps.v1': 'Deployment ReplicaSet DaemonSet StatefulSet',
  'batch.v1': 'Job CronJob',
  'storage.v1': 'StorageClass CSINode VolumeAttachment CSIDriver CSIStorageCapacity VolumeAttributesClass',
  'storage.v1beta1': 'VolumeAttributesClass',
  'node.v1': 'RuntimeClass',
  'scheduling.v1': 'PriorityClass',
  'policy.v1': 'PodDisruptionBudget',
  'autoscaling.v1': 'HorizontalPodAutoscaler',
  'autoscaling.v2': 'HorizontalPodAutoscaler',
  'resource.v1': 'DeviceClass ResourceSlice ResourceClaim ResourceClaimTemplate',
  'resource.v1beta1': 'DeviceClass ResourceSlice ResourceClaim ResourceClaimTemplate',
  'resource.v1beta2': 'DeviceClass ResourceSlice ResourceClaim ResourceClaimTemplate',
  'networking.v1': 'Ingress NetworkPolicy',
  'rbac.v1': 'Role RoleBinding ClusterRole ClusterRoleBinding',
  'meta.v1': 'Status ListMeta',
};

/** Older versions in which fields stood that are gone; the chart takes Kubernetes from 1.28 on. */
const OLDER = ['v0.36.3', 'v0.35.10', 'v0.34.13', 'v0.33.13', 'v0.32.13', 'v0.31.14', 'v0.30.14', 'v0.28.15'];

const roots = Object.entries(ROOTS).flatMap(([name, kinds]) => kinds.split(' ').map((kind) => `${name}.${kind}`));
const newest = kubernetesVersion();
const versions = [];
for (const version of [newest, ...OLDER]) versions.push(messageRows(await packagesOf(version), roots));
const { rows, contradictions } = mergeRows(versions);
for (const contradiction of contradictions) console.error(`another thing under the same number: ${contradiction}`);
const text = [...rows]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, fields]) => `  '${name}': '${fields.join(', ')}',`);
writeFileSync(
  TARGET,
  `/**
 * How Kubernetes' built-in kinds look on the wire. Written by \`npm run kube-messages\` from the Go source of k8s.io/api ${newest} and of
 * older versions back to ${OLDER.at(-1) ?? newest}; the form of a row is that of \`message-table.ts\`.
 */
export const KUBE_MESSAGES: Readonly<Record<string, string>> = {
${text.join('\n')}
};
`,
);
console.log(`${String(rows.size)} messages of Kubernetes ${newest}`);

/** What the packages of a version declare; a package that it does not have declares nothing. */
async function packagesOf(version: string): Promise<Packages> {
  const api = await goModule(`k8s.io/api@${version}`);
  const machinery = await goModule(`k8s.io/apimachinery@${version}`);
  const read = new Map<string, GoTypes>();
  return (name) => {
    const folder = name === 'meta.v1' ? join(machinery, 'pkg/apis/meta/v1') : join(api, name.replace('.', '/'));
    const file = join(folder, 'types.go');
    const types = read.get(name) ?? goTypes(existsSync(file) ? readFileSync(file, 'utf8') : '');
    read.set(name, types);
    return types;
  };
}
