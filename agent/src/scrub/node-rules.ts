/** The part of the scrub policy about nodes, and what makes and removes them. */
import {
  cloudObjects,
  kubelet,
  nodeTemplateSpec,
  quantities,
  requirements,
  taints,
  templateMetadata,
  userData,
} from './rule-parts.ts';
import { policy, withSpec } from './rule-frames.ts';
import { annotations, each, fields, flag, list, number, quantity, summary, text, time, when, labels } from './shape.ts';

/** What is paid for whether it is used or not. */
const capacityReservations = list(
  fields({
    ...each(text, 'id instanceType availabilityZone reservationType instanceMatchCriteria state'),
    interruptible: flag,
    endTime: time,
  }),
);

/** What may leave of each, by the name that the table of feeds uses. */
export const NODE_RULES = policy({
  node: withSpec(
    { providerID: text, taints, unschedulable: flag },
    {
      ...each(quantities, 'capacity allocatable'),
      nodeInfo: fields(
        each(text, 'architecture operatingSystem osImage kernelVersion kubeletVersion containerRuntimeVersion'),
      ),
      declaredFeatures: list(text),
      images: when('nodeImages', list(fields({ names: list(text), sizeBytes: number }))),
    },
  ),
  nodePool: withSpec(
    {
      template: fields({ metadata: templateMetadata, spec: fields(nodeTemplateSpec) }),
      disruption: fields({
        ...each(text, 'consolidationPolicy consolidateAfter expireAfter'),
        budgets: list(fields({ ...each(text, 'nodes schedule duration'), reasons: list(text) })),
      }),
      limits: quantities,
      ...each(number, 'weight replicas'),
    },
    { resources: quantities, nodes: number },
  ),
  nodeClaim: withSpec(nodeTemplateSpec, {
    ...each(text, 'nodeName providerID imageID'),
    ...each(quantities, 'capacity allocatable'),
    lastPodEventTime: time,
  }),
  nodeOverlay: withSpec({
    requirements,
    ...each(text, 'price priceAdjustment'),
    capacity: quantities,
    weight: number,
  }),
  provisioner: withSpec(
    {
      ...nodeTemplateSpec,
      labels,
      annotations,
      limits: fields({ resources: quantities }),
      ...each(number, 'weight ttlSecondsAfterEmpty ttlSecondsUntilExpired'),
      consolidation: fields({ enabled: flag }),
    },
    { resources: quantities },
  ),
  aksNodeClass: withSpec(
    {
      ...each(text, 'imageFamily imageVersion fipsMode'),
      vnetSubnetID: summary('lastPart'),
      ...each(number, 'osDiskSizeGB maxPods'),
      kubelet,
      security: fields({ encryptionAtHost: flag }),
      localDNS: fields({ mode: text }),
      artifactStreaming: fields({ enabled: flag }),
      userData,
    },
    { images: cloudObjects, ...each(text, 'kubernetesVersion localDNSState') },
  ),
  ec2NodeClass: withSpec(
    {
      ...each(text, 'amiFamily instanceStorePolicy'),
      // The name of a public image. Other selectors name tags, owners and accounts; the status has what they resolved to.
      amiSelectorTerms: list(fields({ alias: text })),
      blockDeviceMappings: list(
        fields({
          deviceName: text,
          rootVolume: flag,
          ebs: fields({
            volumeType: text,
            volumeSize: quantity,
            ...each(number, 'iops throughput'),
            ...each(flag, 'encrypted deleteOnTermination'),
          }),
        }),
      ),
      metadataOptions: fields({
        ...each(text, 'httpEndpoint httpProtocolIPv6 httpTokens'),
        httpPutResponseHopLimit: number,
      }),
      ...each(flag, 'detailedMonitoring associatePublicIPAddress'),
      // How many pods find an address.
      ipPrefixCount: number,
      kubelet,
      userData,
    },
    { ...each(cloudObjects, 'amis subnets securityGroups'), capacityReservations },
  ),
  gceNodeClass: withSpec(
    {
      imageSelectorTerms: list(fields({ alias: text })),
      disks: list(fields({ category: text, sizeGiB: number, boot: flag })),
      kubeletConfiguration: kubelet,
    },
    { images: list(fields({ requirements })) },
  ),
  /** Of EKS Auto Mode; as the one of EC2, of which the cloud keeps the images to itself. */
  eksNodeClass: withSpec(
    {
      ...each(text, 'networkPolicy networkPolicyEventLogs snatPolicy'),
      ephemeralStorage: fields({ size: quantity, ...each(number, 'iops throughput') }),
    },
    { ...each(cloudObjects, 'subnets securityGroups'), capacityReservations },
  ),
});
