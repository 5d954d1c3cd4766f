/** The part of the scrub policy about volumes. */
import { claimSpec, diskParameters, labelSelector, nodeSelector, objectRef, quantities } from './rule-parts.ts';
import { plain, policy, withSpec } from './rule-frames.ts';
import { each, fields, flag, keyed, list, number, quantity, reason, text, time, where } from './shape.ts';

/**
 * Drivers whose volumes are disks of a cloud: their handles are ids of disks, which a bill has too. Those of file shares and buckets
 * are servers, paths, accounts and customers.
 */
const DISK_DRIVERS = [
  'disk.csi.azure.com',
  'ebs.csi.aws.com',
  'ebs.csi.eks.amazonaws.com',
  'pd.csi.storage.gke.io',
  'blockvolume.csi.oraclecloud.com',
  'cinder.csi.openstack.org',
  'csi.vsphere.vmware.com',
  'dobs.csi.digitalocean.com',
];

/** What may leave of each, by the name that the table of feeds uses. */
export const STORAGE_RULES = policy({
  persistentVolumeClaim: withSpec(claimSpec.fields, {
    phase: text,
    accessModes: list(text),
    ...each(quantities, 'capacity allocatedResources'),
    currentVolumeAttributesClassName: text,
  }),
  persistentVolume: withSpec(
    {
      capacity: quantities,
      accessModes: list(text),
      ...each(text, 'storageClassName volumeMode persistentVolumeReclaimPolicy volumeAttributesClassName'),
      claimRef: objectRef,
      nodeAffinity: fields({ required: nodeSelector }),
      csi: fields({
        ...each(text, 'driver fsType'),
        volumeHandle: where('driver', DISK_DRIVERS, text),
        readOnly: flag,
      }),
      awsElasticBlockStore: fields({ volumeID: text }),
      azureDisk: fields(each(text, 'diskName diskURI kind')),
      gcePersistentDisk: fields({ pdName: text }),
      ...each(fields({}), 'azureFile nfs local hostPath iscsi fc'),
    },
    { phase: text, reason, lastPhaseTransitionTime: time },
  ),
  storageClass: plain({
    ...each(text, 'provisioner reclaimPolicy volumeBindingMode'),
    allowVolumeExpansion: flag,
    allowedTopologies: list(fields({ matchLabelExpressions: list(keyed({ key: text, values: list(text) })) })),
    parameters: diskParameters,
  }),
  /** Which disks take a place of a node. An error's prose stays, that there is one is told. */
  volumeAttachment: plain({
    spec: fields({ ...each(text, 'attacher nodeName'), source: fields({ persistentVolumeName: text }) }),
    status: fields({ attached: flag, ...each(fields({ time, errorCode: number }), 'attachError detachError') }),
  }),
  csiDriver: plain({
    spec: fields({
      ...each(flag, 'attachRequired storageCapacity preventPodSchedulingIfMissing'),
      volumeLifecycleModes: list(text),
      nodeAllocatableUpdatePeriodSeconds: number,
    }),
  }),
  /** How much of a local storage is left where. */
  csiStorageCapacity: plain({
    storageClassName: text,
    nodeTopology: labelSelector,
    ...each(quantity, 'capacity maximumVolumeSize'),
  }),
  volumeAttributesClass: plain({ driverName: text, parameters: diskParameters }),
  csiNode: plain({
    spec: fields({
      drivers: list(fields({ name: text, topologyKeys: list(text), allocatable: fields({ count: number }) })),
    }),
  }),
});
