import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { numberIn, recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';
import { textsIn } from './parts.ts';
import { type NodeTerm, readNodeTerms } from './pod-terms.ts';
import { sameText, type ViewInterners } from './view-interners.ts';

/** What is kept of a PersistentVolumeClaim. */
export interface ClaimRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Name of its volume; empty while it has none. */
  readonly volumeName: string;
  readonly isBound: boolean;
  readonly isEnding: boolean;
  readonly accessModes: readonly string[];
}

/** What is kept of a PersistentVolume. */
export interface VolumeRecord {
  readonly uid: string;
  readonly name: string;
  /** The nodes that can have it; undefined: all. */
  readonly nodeTerms: readonly NodeTerm[] | undefined;
  readonly unknown: readonly string[];
  /** CSI driver; empty for a volume of a kind that has no limits per node. */
  readonly driver: string;
  /** What driver and node know it by: claims may share a volume. */
  readonly handle: string;
}

/** What is kept of a CSINode: how many volumes of a driver a node takes. */
export interface AttachLimits {
  readonly uid: string;
  readonly nodeName: string;
  /** By driver that the node has; Infinity for one that tells no limit. */
  readonly drivers: Readonly<Record<string, number>>;
}

/** Reads a PersistentVolumeClaim. */
export function readClaim(object: KubeObject): ClaimRecord {
  const { uid = '', namespace = '', name } = object.metadata;
  const spec = recordIn(object['spec']);
  const volumeName = textIn(spec['volumeName']);
  return {
    uid,
    namespace,
    name,
    volumeName,
    isBound: volumeName !== '' && recordIn(object['status'])['phase'] === 'Bound',
    isEnding: typeof object.metadata['deletionTimestamp'] === 'string',
    accessModes: textsIn(spec['accessModes']),
  };
}

/** Reads a PersistentVolume. Zone labels of volumes that were made before CSI count like terms, as they do in the scheduler. */
export function readVolume(object: KubeObject): VolumeRecord {
  const { uid = '', name } = object.metadata;
  const spec = recordIn(object['spec']);
  const required = readNodeTerms(recordIn(spec['nodeAffinity'])['required']);
  const labels = recordIn(object.metadata['labels']);
  const zones = ZONE_LABELS.flatMap((key) => {
    const value = textIn(labels[key]);
    return value === '' ? [] : [{ key, operator: 'In' as const, values: value.split('__') }];
  });
  const terms = required?.terms ?? (zones.length > 0 ? [{ labels: [], fields: [] }] : undefined);
  const csi = recordIn(spec['csi']);
  return {
    uid,
    name,
    nodeTerms: terms?.map((term) => ({ ...term, labels: [...term.labels, ...zones] })),
    unknown: required?.unknown ?? [],
    driver: textIn(csi['driver']) || (Object.entries(MIGRATED).find(([source]) => source in spec)?.[1] ?? ''),
    handle: textIn(csi['volumeHandle']) || name,
  };
}

/** Reads a CSINode. */
export function readAttachLimits(object: KubeObject, interners: ViewInterners): AttachLimits {
  const { uid = '', name } = object.metadata;
  const drivers = recordsIn(recordIn(object['spec'])['drivers']).map(
    ({ name: driver, allocatable }) => [textIn(driver), numberIn(recordIn(allocatable)['count']) ?? Infinity] as const,
  );
  return {
    uid,
    nodeName: sameText(interners, name),
    drivers: interners.amounts.same(Object.fromEntries(drivers)),
  };
}

/** Sources from before CSI, and the drivers that attach their disks since: they count among the volumes of those. (csi-translation-lib) */
const MIGRATED: Readonly<Record<string, string>> = {
  awsElasticBlockStore: 'ebs.csi.aws.com',
  azureDisk: 'disk.csi.azure.com',
  azureFile: 'file.csi.azure.com',
  cinder: 'cinder.csi.openstack.org',
  gcePersistentDisk: 'pd.csi.storage.gke.io',
  portworxVolume: 'pxd.portworx.com',
  vsphereVolume: 'csi.vsphere.vmware.com',
};
/** Their names: what of a volume has to be read for them. */
export const MIGRATED_SOURCES: readonly string[] = Object.keys(MIGRATED);

const ZONE_LABELS = [
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
];
