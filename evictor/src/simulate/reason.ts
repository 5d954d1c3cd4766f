/** Why a node stays. A closed set: metrics have a series for each, the documentation a line with the cure. */
export type ReasonCode = keyof typeof REASONS;

/** One thing that stands in the way of a node's removal. */
export interface Blocker {
  readonly code: ReasonCode;
  /** `namespace/name` of the pod that it is about; empty where it is about the node. */
  readonly pod: string;
  /** What exactly: a mark, a budget, a field, a count of nodes by what they lack. */
  readonly detail: string;
}

/** What a reason means and what an operator does about it. */
export interface ReasonText {
  readonly words: string;
  readonly cure: string;
}

/** Every reason with its words. */
export const REASONS = {
  removal_disabled: {
    words: 'The node is marked to stay.',
    cure: 'Take the mark off the node when it may go.',
  },
  young_node: {
    words: 'The node is younger than the grace period.',
    cure: 'Wait, or shorten NODE_GRACE_PERIOD_MINUTES.',
  },
  not_ready: {
    words: 'The node is not ready, so nothing is known of its pods.',
    cure: 'Repair or delete the node.',
  },
  ending_node: {
    words: 'The node is being deleted already.',
    cure: 'Nothing to do.',
  },
  control_plane: {
    words: 'The node belongs to the control plane.',
    cure: 'Nothing to do.',
  },
  virtual_node: {
    words: 'No machine stands behind the node: nothing would be saved.',
    cure: 'Nothing to do.',
  },
  out_of_scope: {
    words: 'Only nodes made by the platform are looked at, and this one was not.',
    cure: 'Switch SCOPED_MODE off to look at all nodes.',
  },
  rule_keeps_node: {
    words: 'A rule of the configuration keeps the node.',
    cure: 'Change the rule.',
  },
  pod_removal_disabled: {
    words: 'A pod is marked to stay.',
    cure: 'Take the mark off the pod, which means its template.',
  },
  rule_keeps_pod: {
    words: 'A rule of the configuration keeps a pod.',
    cure: 'Change the rule.',
  },
  bare_pod: {
    words: 'A pod has no controller: nobody would make it anew.',
    cure: 'Give it a controller, mark it disposable, or use AGGRESSIVE_MODE.',
  },
  single_replica: {
    words: 'A pod is the only one of its controller: its service would pause.',
    cure: 'Give it a second replica, mark it disposable, or use AGGRESSIVE_MODE.',
  },
  statefulset: {
    words: 'A pod belongs to a StatefulSet, whose pods are not replaced before they are gone.',
    cure: 'Mark it disposable where that is acceptable, or use AGGRESSIVE_MODE.',
  },
  job: {
    words: 'A pod belongs to a Job, whose work would begin again.',
    cure: 'Wait for its end, mark it disposable, or use AGGRESSIVE_MODE.',
  },
  unknown_controller: {
    words: 'A pod belongs to a controller of an unknown kind, which may not make it anew.',
    cure: 'Mark it disposable or write a rule for its kind.',
  },
  local_storage: {
    words: 'A pod uses a folder of its node.',
    cure: 'Mark it disposable where that folder holds nothing of value.',
  },
  volume_claim: {
    words: 'A pod has a persistent volume, which would be detached and attached.',
    cure: 'Mark it disposable where that is acceptable.',
  },
  pdb_no_budget: {
    words: 'A disruption budget allows no further disruption.',
    cure: 'See the budgets in this report: some can never be met.',
  },
  pdb_overlap: {
    words: 'A pod is under more than one disruption budget, so the API server refuses every eviction.',
    cure: 'Let one budget select it.',
  },
  pdb_stale: {
    words: "A disruption budget's status is older than the budget, so it allows nothing.",
    cure: 'Wait for the controller manager, or see why it lags.',
  },
  unknown_constraint: {
    words: 'A pod says something about its placement that this version does not know.',
    cure: 'Use a newer version of the evictor.',
  },
  foreign_scheduler: {
    words: 'A pod is placed by another scheduler, whose rules are not known.',
    cure: 'Nothing to do.',
  },
  scheduling_gate: {
    words: 'A pod of this kind waits for gates before it is placed.',
    cure: 'Nothing to do.',
  },
  resource_claim: {
    words: 'A pod holds devices by a resource claim, whose placement is not simulated.',
    cure: 'Nothing to do.',
  },
  pod_group: {
    words: 'A pod is placed together with others or not at all.',
    cure: 'Nothing to do.',
  },
  node_affinity: {
    words: 'No other node has the labels that a pod asks for.',
    cure: 'Widen its node selector or affinity, or keep a second node of the kind.',
  },
  taints: {
    words: 'Other nodes keep a pod off with taints that it does not tolerate.',
    cure: 'Add a toleration, or keep a second node of the kind.',
  },
  platform: {
    words: 'No other node has the system and processor that a pod runs on.',
    cure: 'Name in its node affinity what its image is made for.',
  },
  no_room_cpu: {
    words: 'No other node has the cores that a pod requests.',
    cure: 'Lower requests that are not used, or keep the node.',
  },
  no_room_memory: {
    words: 'No other node has the memory that a pod requests.',
    cure: 'Lower requests that are not used, or keep the node.',
  },
  no_room_pods: {
    words: 'The other nodes have as many pods as they may.',
    cure: 'Raise the number of pods per node.',
  },
  no_room_other: {
    words: 'No other node has enough of another resource that a pod requests.',
    cure: 'See which one in the detail.',
  },
  host_port: {
    words: 'The port of the node that a pod wants is taken on the others.',
    cure: 'Do without the host port.',
  },
  anti_affinity: {
    words: 'A pod and those on the other nodes keep each other off.',
    cure: 'Prefer instead of require, or keep one node more than replicas.',
  },
  pod_affinity: {
    words: 'What a pod must be near is not near any other node, or moves as well.',
    cure: 'Prefer instead of require.',
  },
  spread: {
    words: 'A pod must be spread, and every other place would tilt the spread too far.',
    cure: 'Raise maxSkew, or use ScheduleAnyway.',
  },
  volume_zone: {
    words: "A pod's volume can be had only on this node or in places without room.",
    cure: 'Keep a second node in the zone of the volume.',
  },
  volume_limit: {
    words: 'The other nodes have as many volumes as they may.',
    cure: 'Keep the node, or use machines that take more volumes.',
  },
  volume_unknown: {
    words: "A pod's claim or volume is missing, not bound yet, being deleted, or used from another node.",
    cure: 'See the detail.',
  },
  crowded: {
    words: 'There is room, but not whatever the scheduler does with the others that have to move or wait.',
    cure: 'Nothing to do: it may go after others have gone.',
  },
  later: {
    words: 'A smaller node was found first that does not fit any more; this one is larger.',
    cure: 'Nothing to do: it is looked at again after others have gone.',
  },
  not_looked_at: {
    words: 'Time was up before this node was looked at.',
    cure: 'Nothing to do: the next passes come to it. PASS_SECONDS says how long one takes.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>;

/** Every code, in the order of the documentation. */
export const REASON_CODES: readonly ReasonCode[] = Object.keys(REASONS).filter(isReasonCode);

function isReasonCode(key: string): key is ReasonCode {
  return Object.hasOwn(REASONS, key);
}
