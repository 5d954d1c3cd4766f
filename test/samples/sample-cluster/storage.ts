import { type Identity, type SampleObject, sampleUid } from './sample-object.ts';

/** The classes that claims name. */
export function sampleStorageClasses(): SampleObject[] {
  return ['standard', 'fast'].map((name, index) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name,
      annotations: { 'storageclass.kubernetes.io/is-default-class': String(index === 0) },
    },
    provisioner: 'disk.csi.example.com',
    parameters: { type: name },
    reclaimPolicy: 'Delete',
    allowVolumeExpansion: true,
    volumeBindingMode: 'WaitForFirstConsumer',
  }));
}

/** A claim and the volume that it is bound to. */
export function sampleVolume(seed: number, claim: { name: string; namespace: string }): SampleObject[] {
  const identity: Identity = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...claim };
  const uid = sampleUid(seed, identity);
  const volumeName = `pvc-${uid}`;
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', volumeMode: 'Filesystem' };
  const capacity = { storage: '20Gi' };
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        ...claim,
        uid,
        annotations: {
          'pv.kubernetes.io/bind-completed': 'yes',
          'volume.kubernetes.io/storage-provisioner': 'disk.csi.example.com',
        },
        finalizers: ['kubernetes.io/pvc-protection'],
      },
      spec: { ...spec, resources: { requests: capacity }, volumeName },
      status: { phase: 'Bound', accessModes: spec.accessModes, capacity },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name: volumeName,
        annotations: { 'pv.kubernetes.io/provisioned-by': 'disk.csi.example.com' },
        finalizers: ['kubernetes.io/pv-protection'],
      },
      spec: {
        ...spec,
        capacity,
        csi: {
          driver: 'disk.csi.example.com',
          fsType: 'ext4',
          volumeHandle: `disk-${uid}`,
          volumeAttributes: { 'csi.storage.k8s.io/pvc/name': claim.name },
        },
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...claim, uid },
        persistentVolumeReclaimPolicy: 'Delete',
      },
      status: { phase: 'Bound' },
    },
  ];
}

/** What the storage driver says about a node. */
export function sampleCsiNode(node: SampleObject): SampleObject {
  const { name, uid = '' } = node.metadata;
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    metadata: {
      name,
      annotations: { 'storage.alpha.kubernetes.io/migrated-plugins': 'kubernetes.io/disk' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      drivers: [
        {
          name: 'disk.csi.example.com',
          nodeID: name,
          topologyKeys: ['topology.kubernetes.io/zone'],
          allocatable: { count: 16 },
        },
      ],
    },
  };
}
