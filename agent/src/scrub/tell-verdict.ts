/**
 * Why the scheduler found no node for a pod, as numbers: `0/5 nodes are available: 3 Insufficient cpu, 2 node(s) had untolerated taint(s).`
 * The texts are those of the scheduler's plugins from Kubernetes 1.28 to 1.37 (`pkg/scheduler/framework/plugins`), the frame around them
 * is `FitError.Error`. A text has names of claims, gates and taints in other places, so that what leaves is never a part of it, but one
 * of the words below, and the name of a resource, which stands in the pod's requests too.
 *
 * One pass over the text and no pattern that looks back: a cluster of many odd nodes makes a line of 30 KB, for every pending pod.
 */
import type { JsonObject } from '@castai/shared/kube/kube-object.ts';

/** Texts of plugins, with the word for each. Those of both versions, where a text was changed. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['Too many pods', 'TooManyPods'],
  ["node(s) didn't have free ports for the requested pod ports", 'PortConflict'],
  ["node(s) didn't match the requested node name", 'NodeNameMismatch'],
  ["node(s) didn't match Pod's node affinity/selector", 'NodeAffinityMismatch'],
  ["node(s) didn't match scheduler-enforced node affinity", 'NodeAffinityMismatch'],
  ['pod affinity terms conflict', 'NodeAffinityConflict'],
  ["node(s) didn't match Pod's required features", 'FeatureMissing'],
  ['node(s) were unschedulable', 'Unschedulable'],
  ['node(s) had unknown conditions', 'UnknownConditions'],
  ["node(s) had taints that the pod didn't tolerate", 'UntoleratedTaint'],
  ['node(s) had untolerated taint(s)', 'UntoleratedTaint'],
  ["node(s) didn't match pod affinity rules", 'PodAffinityMismatch'],
  ["node(s) didn't match pod anti-affinity rules", 'PodAntiAffinityMismatch'],
  ["node(s) didn't satisfy existing pods anti-affinity rules", 'ExistingPodAntiAffinity'],
  ["node(s) didn't match pod topology spread constraints", 'TopologySpreadMismatch'],
  ["node(s) didn't match pod topology spread constraints (missing required label)", 'TopologySpreadLabelMissing'],
  ['node(s) exceed max volume count', 'TooManyVolumes'],
  ['node(s) did not have enough free storage', 'NotEnoughStorage'],
  ["node(s) didn't find available persistent volumes to bind", 'NoVolumeToBind'],
  ['node(s) had volume node affinity conflict', 'VolumeNodeAffinityConflict'],
  ["node(s) didn't match PersistentVolume's node affinity", 'VolumeNodeAffinityConflict'],
  ['node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)', 'VolumeMissing'],
  ['node(s) had no available volume zone', 'VolumeZoneConflict'],
  ['node(s) had no available disk', 'DiskConflict'],
  ['pod has unbound immediate PersistentVolumeClaims', 'UnboundVolumeClaim'],
  ['PersistentVolumeClaim had no name', 'UnboundVolumeClaim'],
  ['PersistentVolumeClaim had no pv name and storageClass name', 'UnboundVolumeClaim'],
  ['PersistentVolume had no name', 'VolumeMissing'],
  ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode', 'VolumeClaimInUse'],
  [
    'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
    'VolumeClaimInUse',
  ],
  ['cannot allocate all claims', 'DevicesUnavailable'],
  ['cannot schedule extended resource claim', 'DevicesUnavailable'],
  ['resourceclaim cannot be allocated for the node (unsuitable)', 'DevicesUnavailable'],
  ['resourceclaim not available on the node', 'DeviceClaimElsewhere'],
  ['excluded by resource class node filter', 'DeviceClaimElsewhere'],
  ['resourceclaim in use', 'DeviceClaimInUse'],
  ['resourceclaim must be reallocated', 'DeviceClaimPending'],
  ['unallocated immediate resourceclaim', 'DeviceClaimPending'],
  ['waiting for resource driver to allocate resource', 'DeviceClaimPending'],
  ['waiting for resource driver to provide information', 'DeviceClaimPending'],
  ['waiting for minCount pods from a gang to appear in scheduling queue', 'GangIncomplete'],
  ['waiting for the preemption for this pod to be finished', 'PreemptionPending'],
  ['waiting for the preemption for this pod group to be finished', 'PreemptionPending'],
]);
/** What is told of a text that is none of them. */
const OTHER = 'Other';
/** Before 1.34 a taint was quoted: `node(s) had untolerated taint {customer: acme}`. */
const QUOTED_TAINT = 'node(s) had untolerated taint {';
/** Before it stands the name of the driver. */
const NO_DRIVER = ' CSI driver is not installed on the node';
const INSUFFICIENT = 'Insufficient ';
/** An extended resource has a domain before its name; the others are Kubernetes' own. */
const RESOURCE =
  /^(?:cpu|memory|pods|ephemeral-storage|hugepages-[0-9]{1,6}[KMGT]i|[a-z0-9.-]{1,253}\/[A-Za-z0-9._-]{1,63})$/;

/** Beyond it a text is not read: etcd itself takes no object of a few of them. */
const MAX_TEXT_LENGTH = 256 * 1024;
/** Different reasons that are told; a cluster has some dozen of resources that can lack. */
const MAX_REASONS = 32;

/** The verdict: how many nodes there are, and how many of them each reason rules out. Undefined for any other text. */
export function tellVerdict(message: unknown): JsonObject | undefined {
  if (typeof message !== 'string' || message.length > MAX_TEXT_LENGTH) return undefined;
  if (message.startsWith('no nodes available to schedule pods')) return { nodes: 0, reasons: [] };
  const head = /^0\/(\d{1,6}) nodes are available: /.exec(message);
  if (head === null) return undefined;
  const nodes = Number(head[1]);
  return { nodes, reasons: tellReasons(sentenceAt(message, head[0].length), nodes) };
}

/** What follows it is about preemption. A point inside of a name is not followed by a blank. */
function sentenceAt(message: string, start: number): string {
  const end = message.indexOf('. ', start);
  return message.slice(start, end !== -1 ? end : message.endsWith('.') ? -1 : undefined);
}

type Told = { readonly reason: string; readonly resource?: string };

function tellReasons(sentence: string, nodes: number): JsonObject[] {
  const counts = new Map<string, Told & { count: number }>();
  for (const part of sentence.split(', ')) {
    const [, digits, rest = ''] = /^(\d{1,6}) (.*)$/s.exec(part) ?? [];
    const found = tellReason(digits === undefined ? part : rest);
    const isRoom = counts.has(keyOf(found)) || counts.size < MAX_REASONS;
    const told = isRoom ? found : { reason: OTHER };
    const before = counts.get(keyOf(told))?.count ?? 0;
    // Without a number it was said of the pod, before any node was looked at. No reason rules out more nodes than there are.
    const count = Math.min(nodes, before + (digits === undefined ? nodes : Number(digits)));
    counts.set(keyOf(told), { ...told, count });
  }
  // The scheduler sorts them by their numbers as texts. Sorted by name, equal verdicts are equal bytes.
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => ({ ...entry }));
}

const keyOf = ({ reason, resource = '' }: Told): string => `${reason} ${resource}`;

function tellReason(text: string): Told {
  const reason = REASONS.get(text);
  if (reason !== undefined) return { reason };
  if (text.startsWith(QUOTED_TAINT)) return { reason: 'UntoleratedTaint' };
  if (text.endsWith(NO_DRIVER)) return { reason: 'CsiDriverMissing' };
  if (!text.startsWith(INSUFFICIENT)) return { reason: OTHER };
  const resource = text.slice(INSUFFICIENT.length);
  return resource.length <= 317 && RESOURCE.test(resource) ? { reason: 'Insufficient', resource } : { reason: OTHER };
}
