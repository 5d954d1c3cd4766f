import { numberIn, type Part, recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';
import { unknownOfContainers } from './container-says.ts';
import { labelsIn, type Labels } from './parts.ts';
import {
  type NodeTerm,
  type PodTerm,
  readNodeTerms,
  readPodTerms,
  readSpreadRules,
  type SpreadRule,
} from './pod-terms.ts';
import { type Amounts, readRequests } from './requests.ts';
import { readTolerations, type Toleration } from './taint.ts';
import { unknownKeys } from './unknown-keys.ts';

/** What a pod asks of the node that takes it. Equal for all pods of a template, which share it in memory. */
export interface PodDemand {
  readonly requests: Amounts;
  readonly hostPorts: readonly HostPort[];
  readonly nodeSelector: Labels;
  /** Any of them must match; undefined: nothing is required, none: no node matches. */
  readonly nodeTerms: readonly NodeTerm[] | undefined;
  readonly tolerations: readonly Toleration[];
  readonly affinity: readonly PodTerm[];
  readonly antiAffinity: readonly PodTerm[];
  readonly spread: readonly SpreadRule[];
  readonly priority: number;
  /** Pods of a lower priority may have to go for it while it has no place. */
  readonly preempts: boolean;
  /** It reads or writes the disk of its node directly: what it keeps there stays behind. What an `emptyDir` holds is lost with every pod. */
  readonly hasLocalStorage: boolean;
  /** Why nothing may be concluded for it: it is not moved. */
  readonly refusals: readonly Refusal[];
}

/** A port of the node itself. An empty address is every address. */
export interface HostPort {
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
}

/** What is not simulated, and the name of it. */
export interface Refusal {
  readonly code:
    | 'unknown_constraint'
    | 'volume_unknown'
    | 'foreign_scheduler'
    | 'scheduling_gate'
    | 'resource_claim'
    | 'pod_group';
  readonly detail: string;
}

/** Reads what a Pod asks for. What is of a newer API than this program becomes a refusal, never "fits". */
export function readDemand(pod: Part): PodDemand {
  const spec = recordIn(pod['spec']);
  const own = labelsIn(recordIn(pod['metadata'])['labels']);
  const { nodeAffinity, podAffinity, podAntiAffinity, ...otherAffinity } = recordIn(spec['affinity']);
  const nodeTerms = readNodeTerms(recordIn(nodeAffinity)[REQUIRED]);
  const affinity = readPodTerms(recordIn(podAffinity)[REQUIRED], own);
  const antiAffinity = readPodTerms(recordIn(podAntiAffinity)[REQUIRED], own);
  const spread = readSpreadRules(spec['topologySpreadConstraints'], own);
  const tolerations = readTolerations(spec['tolerations']);
  const requests = readRequests(pod);
  const parts = [nodeAffinity, podAffinity, podAntiAffinity].flatMap((part) => unknownKeys(part, AFFINITY_FIELDS));
  const unknown = [
    ...unknownKeys(spec, SPEC_FIELDS),
    ...Object.keys(otherAffinity),
    ...parts,
    ...(nodeTerms?.unknown ?? []),
    ...affinity.unknown,
    ...antiAffinity.unknown,
    ...spread.unknown,
    ...tolerations.unknown,
    ...requests.unreadable.map((resource) => `requests.${resource}`),
    ...unknownVolumes(spec),
    ...unknownOfContainers([...recordsIn(spec['containers']), ...recordsIn(spec['initContainers'])]),
    // Few nodes can do that, and have to declare it. (KEP-5607)
    ...(spec['hostNetwork'] === true && spec['hostUsers'] === false ? ['hostUsers with hostNetwork'] : []),
  ];
  return {
    requests: requests.amounts,
    hostPorts: orNone(readHostPorts(spec)),
    nodeSelector: labelsIn(spec['nodeSelector']),
    nodeTerms: nodeTerms?.terms,
    tolerations: tolerations.tolerations,
    affinity: orNone(affinity.terms),
    antiAffinity: orNone(antiAffinity.terms),
    spread: orNone(spread.terms),
    priority: numberIn(spec['priority']) ?? 0,
    preempts: textIn(spec['preemptionPolicy']) !== 'Never',
    hasLocalStorage: recordsIn(spec['volumes']).some((volume) => 'hostPath' in volume),
    refusals: orNone([
      ...unknown.map((detail): Refusal => ({ code: 'unknown_constraint', detail })),
      ...disksWithoutClaim(spec),
      ...known(spec),
    ]),
  };
}

/** One empty list for all templates: most say nothing of most things. */
const NONE: readonly never[] = [];

function orNone<Item>(list: readonly Item[]): readonly Item[] {
  return list.length === 0 ? NONE : list;
}

/** What is known, and known not to be simulated. */
function known(spec: Part): Refusal[] {
  const scheduler = textIn(spec['schedulerName']) || DEFAULT_SCHEDULER;
  return [
    ...(scheduler === DEFAULT_SCHEDULER ? [] : [{ code: 'foreign_scheduler' as const, detail: scheduler }]),
    ...recordsIn(spec['schedulingGates']).map(({ name }) => ({
      code: 'scheduling_gate' as const,
      detail: textIn(name),
    })),
    ...recordsIn(spec['resourceClaims']).map(({ name }) => ({ code: 'resource_claim' as const, detail: textIn(name) })),
    ...GROUP_FIELDS.filter((field) => field in spec).map((field) => ({ code: 'pod_group' as const, detail: field })),
  ];
}

/** Ports that containers name on the host; with the host's network every port of a container is one. */
function readHostPorts(spec: Part): HostPort[] {
  const containers = [...recordsIn(spec['containers']), ...recordsIn(spec['initContainers']).filter(isSidecar)];
  return containers.flatMap(({ ports }) =>
    recordsIn(ports).flatMap(({ hostPort, hostIP, protocol }) => {
      const address = textIn(hostIP) === '0.0.0.0' ? '' : textIn(hostIP);
      return typeof hostPort === 'number' && hostPort > 0
        ? [{ address, port: hostPort, protocol: textIn(protocol) || 'TCP' }]
        : [];
    }),
  );
}

function isSidecar({ restartPolicy }: Part): boolean {
  return restartPolicy === 'Always';
}

/** Disks and shares that a pod names by itself are refused twice on one node, counted and migrated by rules of their own, which hardly anybody uses. */
function disksWithoutClaim(spec: Part): Refusal[] {
  return recordsIn(spec['volumes']).flatMap(({ name, ...sources }) =>
    Object.keys(sources)
      .filter((key) => WITHOUT_CLAIM.has(key) && sources[key] !== null)
      .map((key) => ({ code: 'volume_unknown' as const, detail: `volume ${textIn(name)}, ${key}: give it a claim` })),
  );
}

/**
 * An API server gives each volume a
 * source: one that seems to have none has one of a newer API, with nothing in it.
 */
function unknownVolumes(spec: Part): string[] {
  return recordsIn(spec['volumes']).flatMap(({ name, ...sources }) => {
    if (Object.values(sources).every((source) => source === null)) return [`volume ${textIn(name)}`];
    return unknownKeys(sources, EVERY_SOURCE).map((key) => `volume ${key}`);
  });
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const DEFAULT_SCHEDULER = 'default-scheduler';
/** Pods that are placed together or not at all (KEP-4671). */
const GROUP_FIELDS = ['workloadRef', 'schedulingGroup'];
const AFFINITY_FIELDS: ReadonlySet<string> = new Set([REQUIRED, 'preferredDuringSchedulingIgnoredDuringExecution']);
const VOLUME_SOURCES: ReadonlySet<string> = new Set(
  'configMap csi downwardAPI emptyDir ephemeral hostPath image nfs persistentVolumeClaim projected secret'.split(' '),
);
const WITHOUT_CLAIM: ReadonlySet<string> = new Set(
  `awsElasticBlockStore azureDisk azureFile cephfs cinder fc flexVolume flocker gcePersistentDisk gitRepo glusterfs iscsi
  photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume`.split(/\s+/u),
);
const EVERY_SOURCE: ReadonlySet<string> = new Set([...VOLUME_SOURCES, ...WITHOUT_CLAIM]);
/** Fields of a pod's spec that have no say in where it goes. */
export const WITHOUT_SAY: ReadonlySet<string> = new Set(
  `activeDeadlineSeconds automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks ephemeralContainers hostAliases hostIPC
  hostPID hostname hostnameOverride imagePullSecrets os priorityClassName readinessGates restartPolicy runtimeClassName securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain
  terminationGracePeriodSeconds`.split(/\s+/u),
);
/** Those that are read here as well. Any other one may have a say. */
const SPEC_FIELDS: ReadonlySet<string> = new Set([
  ...WITHOUT_SAY,
  ...'affinity containers hostNetwork hostUsers initContainers nodeName nodeSelector overhead preemptionPolicy priority'.split(
    ' ',
  ),
  ...'resourceClaims resources schedulerName schedulingGates tolerations topologySpreadConstraints volumes'.split(' '),
  ...GROUP_FIELDS,
]);
