import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { SampleObject } from './sample-object.ts';
import { formatUid, sampleTime } from './sample-object.ts';

/** Where the nodes run; decides names, labels and `spec.providerID`. */
export type SampleProvider = 'azure' | 'aws' | 'gcp';

/** The n-th node of the cluster. */
export interface NodeSpec {
  readonly index: number;
  readonly provider: SampleProvider;
}

/** Machine types with their cores and GiB. */
const SIZES = {
  azure: [
    { type: 'Standard_D4s_v5', cores: 4, gib: 16 },
    { type: 'Standard_D8s_v5', cores: 8, gib: 32 },
    { type: 'Standard_E4s_v5', cores: 4, gib: 32 },
  ],
  aws: [
    { type: 'm6i.xlarge', cores: 4, gib: 16 },
    { type: 'm6i.2xlarge', cores: 8, gib: 32 },
    { type: 'r6i.xlarge', cores: 4, gib: 32 },
  ],
  gcp: [
    { type: 'n2-standard-4', cores: 4, gib: 16 },
    { type: 'n2-standard-8', cores: 8, gib: 32 },
    { type: 'n2-highmem-4', cores: 4, gib: 32 },
  ],
} as const;
/** What the kubelet and the system keep of a machine: millicores, and KiB. */
const KEPT = { milli: 140, kib: 1_900_000 };
const REGIONS = { azure: 'westeurope', aws: 'eu-central-1', gcp: 'europe-west3' } as const;
const ZONES = {
  azure: ['westeurope-1', 'westeurope-2', 'westeurope-3'],
  aws: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
  gcp: ['europe-west3-a', 'europe-west3-b', 'europe-west3-c'],
} as const;
const IMAGE_COUNT = 50;

/** The name that the provider would give to the n-th node. */
export function nodeName({ index, provider }: NodeSpec): string {
  if (provider === 'aws')
    return `ip-10-0-${Math.floor(index / 250)}-${(index % 250) + 4}.eu-central-1.compute.internal`;
  if (provider === 'gcp') return `gke-sample-pool-1-7c1d2e3f-${(index + 0x1000).toString(36)}`;
  return `aks-pool1-31415926-vmss${index.toString(36).padStart(6, '0')}`;
}

/** A node of about 14 KB, most of it the names of its 50 images. */
export function sampleNode(random: SeededRandom, node: NodeSpec): SampleObject {
  const { index, provider } = node;
  const name = nodeName(node);
  const isSpot = random.chance(0.3);
  const zone = random.pick(ZONES[provider]);
  const { type, cores, gib } = random.pick<(typeof SIZES)[SampleProvider][number]>(SIZES[provider]);
  // Less than what is sold: firmware and hypervisor have their part.
  const kib = gib * 1_023_403;
  const capacity = {
    cpu: String(cores),
    'ephemeral-storage': '129886128Ki',
    'hugepages-2Mi': '0',
    memory: `${kib}Ki`,
    pods: '110',
  };
  const allocatable = { ...capacity, cpu: `${cores * 1000 - KEPT.milli}m`, memory: `${kib - KEPT.kib}Ki` };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': type,
        'topology.kubernetes.io/region': REGIONS[provider],
        'topology.kubernetes.io/zone': zone,
        ...poolLabels(provider, isSpot),
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
        'csi.volume.kubernetes.io/nodeid': `{"disk.csi.example.com":"${name}"}`,
      },
    },
    spec: {
      podCIDR: `10.${64 + (index >> 8)}.${index & 255}.0/24`,
      podCIDRs: [`10.${64 + (index >> 8)}.${index & 255}.0/24`],
      providerID: providerId({ ...node, name, zone, random }),
      ...(isSpot ? { taints: [{ key: 'scheduling.example.com/spot', value: 'true', effect: 'NoSchedule' }] } : {}),
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}` },
        { type: 'Hostname', address: name },
      ],
      allocatable,
      capacity,
      conditions: conditions(index),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      images: Array.from({ length: IMAGE_COUNT }, () => image(random)),
      nodeInfo: {
        architecture: 'amd64',
        bootID: formatUid(random.hex(32)),
        containerRuntimeVersion: 'containerd://2.1.4-1',
        kernelVersion: '6.8.0-1030-cloud',
        kubeProxyVersion: '',
        kubeletVersion: 'v1.37.2',
        machineID: random.hex(32),
        operatingSystem: 'linux',
        osImage: 'Ubuntu 24.04.3 LTS',
        systemUUID: formatUid(random.hex(32)),
      },
    },
  };
}

function poolLabels(provider: SampleProvider, isSpot: boolean): Record<string, string> {
  if (provider === 'aws')
    return { 'eks.amazonaws.com/nodegroup': 'pool1', 'eks.amazonaws.com/capacityType': isSpot ? 'SPOT' : 'ON_DEMAND' };
  if (provider === 'gcp')
    return { 'cloud.google.com/gke-nodepool': 'pool-1', ...(isSpot ? { 'cloud.google.com/gke-spot': 'true' } : {}) };
  return {
    'kubernetes.azure.com/agentpool': 'pool1',
    'kubernetes.azure.com/cluster': 'mc_sample_sample_westeurope',
    'kubernetes.azure.com/mode': 'user',
    ...(isSpot ? { 'kubernetes.azure.com/scalesetpriority': 'spot' } : {}),
  };
}

function providerId({
  index,
  provider,
  name,
  zone,
  random,
}: NodeSpec & { name: string; zone: string; random: SeededRandom }): string {
  if (provider === 'aws') return `aws:///${zone}/i-0${random.hex(16)}`;
  if (provider === 'gcp') return `gce://sample-project/${zone}/${name}`;
  return (
    'azure:///subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/mc_sample_sample_westeurope' +
    `/providers/Microsoft.Compute/virtualMachineScaleSets/aks-pool1-31415926-vmss/virtualMachines/${index}`
  );
}

function conditions(index: number): unknown[] {
  const heartbeat = sampleTime(86_400 + (index % 300));
  const quiet = (type: string, reason: string, message: string) => ({
    type,
    status: 'False',
    lastHeartbeatTime: heartbeat,
    lastTransitionTime: sampleTime(60 + index),
    reason,
    message,
  });
  return [
    quiet('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    quiet('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    quiet('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    { ...quiet('Ready', 'KubeletReady', 'kubelet is posting ready status'), status: 'True' },
  ];
}

function image(random: SeededRandom): unknown {
  const repository = `registry.example.com/${random.pick(['shop', 'data', 'edge'])}/app-${random.integer(400)}`;
  return {
    names: [
      `${repository}@sha256:${random.hex(64)}`,
      `${repository}:v${random.integer(9)}.${random.integer(40)}.${random.integer(20)}`,
    ],
    sizeBytes: 10_000_000 + random.integer(900_000_000),
  };
}
