import { counted } from '../view/counted.ts';
import { compareText } from '@castai/shared/compare-text.ts';
import { type NodeRecord, poolOf } from '../view/node-record.ts';
import { isVirtualKubelet } from '../view/virtual-node.ts';
import type { WindowStatus } from './maintenance.ts';
import type { KarpenterDrift } from './node-claim.ts';
import { oncePerText } from './once-per-text.ts';
import { compareImages, type ImageVersion, parseImageVersion } from './parse-image-version.ts';
import { compareVersions, parseVersion } from './parse-version.ts';

/** Why a node should be renewed. */
export type DriftReason =
  | 'kubelet_newer'
  | 'kubelet_beyond_skew'
  | 'kubelet_minor'
  | 'kubelet_patch'
  | 'image_behind'
  | 'image_old'
  | 'node_old'
  | 'patch_lag'
  | 'quarantined'
  | 'karpenter_drifted'
  | 'pool_mixed'
  | 'unknown';

/** What each means and what clears it. */
export const DRIFT_REASONS: Readonly<Record<DriftReason, { readonly words: string; readonly cure: string }>> = {
  kubelet_newer: {
    words: 'The kubelet is newer than the control plane, which Kubernetes does not support.',
    cure: 'Upgrade the control plane, or bring the node back.',
  },
  kubelet_beyond_skew: {
    words: 'The kubelet is older than Kubernetes supports beside this control plane.',
    cure: 'Renew the node now.',
  },
  kubelet_minor: {
    words: 'The kubelet is of an older minor version than the control plane.',
    cure: 'Upgrade the pool.',
  },
  kubelet_patch: {
    words: 'The kubelet is of an older patch version than the control plane.',
    cure: 'Upgrade the pool when convenient.',
  },
  image_behind: {
    words: 'Other nodes with the same kind of image have a newer one: the newest seen in this cluster.',
    cure: 'Upgrade the image of the pool.',
  },
  image_old: {
    words: 'The image of the node is older than IMAGE_MAX_AGE_DAYS.',
    cure: 'Upgrade the image of the pool.',
  },
  node_old: {
    words: 'The node is older than NODE_MAX_AGE_DAYS.',
    cure: 'Renew the node.',
  },
  patch_lag: {
    words: 'Security patches that are wanted have not come to the node for a week.',
    cure: 'See the security channel of the cluster.',
  },
  quarantined: {
    words: 'An upgrade could not drain the node and left it: it goes on and is paid twice.',
    cure: 'See what blocks its drain, then delete it.',
  },
  karpenter_drifted: {
    words: 'Karpenter calls the node drifted, and has not replaced it yet.',
    cure: 'See its NodeClaim, and which budget or mark holds Karpenter up.',
  },
  pool_mixed: {
    words:
      'The nodes of the pool have been on different versions for longer than POOL_GRACE, or for hours after a maintenance window.',
    cure: 'See whether an upgrade of the pool has stopped.',
  },
  unknown: {
    words: 'A version of the node cannot be read, so nothing is concluded from it.',
    cure: 'Nothing to do; tell us what it is.',
  },
};

/** A node and a reason. */
export interface DriftFinding {
  readonly node: string;
  readonly pool: string;
  readonly reason: DriftReason;
  /** Both sides: what is and what would be. */
  readonly detail: string;
}

/** What is compared with what. */
export interface DriftInput {
  readonly nodes: readonly NodeRecord[];
  /** Of the control plane, once it is believed; undefined: nothing is said about kubelets. */
  readonly controlPlane: string | undefined;
  readonly nowMs: number;
  /** Since when the nodes of a pool are on different versions; pools that are even are missing. */
  readonly mixedSinceMs: ReadonlyMap<string, number>;
  readonly policy: DriftPolicy;
  /** What Karpenter says of its nodes. */
  readonly karpenterDrift: KarpenterDrift;
  /** Maintenance windows that are known. */
  readonly windows: readonly WindowStatus[];
}

/** What an operator asks for. */
export interface DriftPolicy {
  readonly imageMaxAgeMs: number;
  readonly nodeMaxAgeMs: number;
  readonly poolGraceMs: number;
}

/** What is found, in the order of nodes and reasons; of virtual kubelets nothing. Pure; linear in the number of nodes. */
export function judgeDrift(input: DriftInput): DriftFinding[] {
  const ofKubelet = oncePerText(kubeletJudge(input.controlPlane));
  const ofImage = oncePerText(imageJudge(input));
  return input.nodes
    .filter((node) => !isVirtualKubelet(node))
    .toSorted((a, b) => compareText(a.name, b.name))
    .flatMap((node) => {
      const pool = poolOf(node);
      const found = [
        ...ofKubelet(node.system.kubeletVersion),
        ...(hasCopiedImage(node) ? platformImageFindings(node, input) : saidOf(imageLabelOf(node), ofImage)),
        ...stateFindings(node, pool, input),
      ];
      return found.map(([reason, detail]) => ({ node: node.name, pool, reason, detail }));
    });
}

/** The text by which the nodes of a pool are compared: what runs on them, beneath the pods. */
export function makeOf(node: NodeRecord): string {
  const { kubeletVersion, osImage, kernelVersion, containerRuntimeVersion } = node.system;
  if (hasCopiedImage(node)) return [kubeletVersion, osImage, kernelVersion, containerRuntimeVersion].join(' ');
  return `${kubeletVersion} ${node.labels[IMAGE_LABEL] ?? osImage}`;
}

/**
 * The image that a node of AKS's own says it has; undefined where it says none. Nodes that the platform makes are given the labels of another
 * node, and run an image of the platform's own.
 */
export function imageLabelOf(node: Pick<NodeRecord, 'labels'>): string | undefined {
  return hasCopiedImage(node) ? undefined : node.labels[IMAGE_LABEL];
}

/** Whether the platform has made it, with labels that are those of another node. */
export function hasCopiedImage({ labels }: Pick<NodeRecord, 'labels'>): boolean {
  return labels['provisioner.cast.ai/managed-by'] === 'cast.ai';
}

type Found = readonly [reason: DriftReason, detail: string];

/** Kubelets may be three minors older, those before 1.25 two, and never newer. (Kubernetes' version skew policy) */
function kubeletJudge(text: string | undefined): (kubeletVersion: string) => readonly Found[] {
  const controlPlane = text === undefined ? undefined : parseVersion(text);
  if (controlPlane === undefined) return () => [];
  return (kubeletVersion) => {
    const kubelet = parseVersion(kubeletVersion);
    if (kubelet === undefined) return [['unknown', `kubelet ${kubeletVersion}`]];
    const detail = `kubelet ${kubeletVersion}, control plane ${text}`;
    const skew = controlPlane.minor - kubelet.minor;
    if (kubelet.major !== controlPlane.major)
      return [[kubelet.major > controlPlane.major ? 'kubelet_newer' : 'kubelet_beyond_skew', detail]];
    if (skew < 0) return [['kubelet_newer', detail]];
    if (skew > (kubelet.minor < 25 ? 2 : 3)) return [['kubelet_beyond_skew', detail]];
    if (skew > 0) return [['kubelet_minor', detail]];
    // A newer patch than the control plane's is supported, and usual while it is upgraded.
    return compareVersions(kubelet, controlPlane) < 0 ? [['kubelet_patch', detail]] : [];
  };
}

/** A node that says nothing has nothing against it: most clouds have no such label. */
function saidOf(text: string | undefined, judge: (text: string) => readonly Found[]): readonly Found[] {
  return text === undefined ? [] : judge(text);
}

/** Judges the label of an image. */
function imageJudge({ nodes, nowMs, policy }: DriftInput): (label: string) => readonly Found[] {
  const newest = newestImages(new Set(nodes.flatMap((node) => imageLabelOf(node) ?? [])));
  return (text) => {
    const image = parseImageVersion(text);
    if (image === undefined) return [['unknown', `image ${text}`]];
    const found: Found[] = [];
    const best = newest.get(image.family);
    if (best !== undefined && compareImages(image, best) < 0) {
      found.push(['image_behind', `image ${text}, newest seen in this cluster ${best.family}-${best.parts.join('.')}`]);
    }
    // A date in the future is a clock that is off: it is new, whatever it says.
    const ageMs = image.builtAtMs === undefined ? 0 : nowMs - image.builtAtMs;
    const slackMs = image.family.startsWith('AKSWindows') ? WINDOWS_SLACK_MS : 0;
    if (policy.imageMaxAgeMs > 0 && ageMs > policy.imageMaxAgeMs + slackMs)
      found.push(['image_old', `image ${text}, ${counted(Math.floor(ageMs / DAY_MS), 'day')} old`]);
    return found;
  };
}

/** Images of the platform are renewed every 30 days, and a node has the one of when it was made: its age is all that is known of it. */
function platformImageFindings(
  { createdAtMs }: NodeRecord,
  { nowMs, policy }: Pick<DriftInput, 'nowMs' | 'policy'>,
): Found[] {
  const ageMs = createdAtMs === 0 ? 0 : nowMs - createdAtMs;
  if (policy.imageMaxAgeMs === 0 || ageMs <= policy.imageMaxAgeMs + PLATFORM_SLACK_MS) return [];
  return [
    ['image_old', `made by the platform ${counted(Math.floor(ageMs / DAY_MS), 'day')} ago; its image label is a copy`],
  ];
}

function stateFindings(node: NodeRecord, pool: string, input: DriftInput): Found[] {
  const { nowMs, policy, mixedSinceMs, windows, karpenterDrift } = input;
  const found: Found[] = [];
  const { patchWanted, patchCurrent } = node.system;
  const isTold = patchWanted !== '' && patchCurrent !== '';
  if (isTold && Date.parse(toIso(patchWanted)) - Date.parse(toIso(patchCurrent)) > PATCH_LAG_MS)
    found.push(['patch_lag', `patches of ${patchCurrent}, wanted ${patchWanted}`]);
  if (node.labels['kubernetes.azure.com/upgrade-status'] === 'Quarantined') found.push(['quarantined', '']);
  const drifted = karpenterDrift.get(node.name);
  if (drifted !== undefined) found.push(['karpenter_drifted', drifted]);
  const ageMs = node.createdAtMs === 0 ? 0 : nowMs - node.createdAtMs;
  if (policy.nodeMaxAgeMs > 0 && ageMs > policy.nodeMaxAgeMs)
    found.push(['node_old', `${counted(Math.floor(ageMs / DAY_MS), 'day')} old`]);
  const since = mixedSinceMs.get(pool);
  if (since !== undefined && (nowMs - since > policy.poolGraceMs || isLeftOver(since, windows, nowMs)))
    found.push(['pool_mixed', `since ${new Date(since).toISOString()}`]);
  return found;
}

/**
 * An upgrade that a window has begun should be done some hours after it; none is open now that could go on with it. AKS renews no nodes in the
 * windows of its own weekly releases, `default`. (Azure's documentation of planned maintenance)
 */
function isLeftOver(sinceMs: number, windows: readonly WindowStatus[], nowMs: number): boolean {
  const ofNodes = windows.filter(({ kind }) => kind !== 'default');
  if (ofNodes.some(({ closesAtMs }) => closesAtMs !== undefined)) return false;
  return ofNodes.some(
    ({ lastEndMs }) => lastEndMs !== undefined && lastEndMs > sinceMs && nowMs - lastEndMs > AFTER_WINDOW_MS,
  );
}

/** The lower bound of what is newest, of these labels: nobody in the cluster knows more. Labels that were copied do not count. */
function newestImages(labels: ReadonlySet<string>): Map<string, ImageVersion> {
  const newest = new Map<string, ImageVersion>();
  for (const label of labels) {
    const image = parseImageVersion(label);
    if (image === undefined) continue;
    const best = newest.get(image.family);
    if (best === undefined || compareImages(image, best) > 0) newest.set(image.family, image);
  }
  return newest;
}

/** Azure writes `20241120T000000Z`. */
function toIso(text: string): string {
  return text.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/u, '$1-$2-$3T$4:$5:$6Z');
}

/** AKS writes the image of a node here. */
const IMAGE_LABEL = 'kubernetes.azure.com/node-image-version';
const DAY_MS = 86_400_000;
const PLATFORM_SLACK_MS = 7 * DAY_MS;
/** Images of Linux come every week, those of Windows every month, and take up to two weeks to be had everywhere. (Azure's documentation) */
const WINDOWS_SLACK_MS = 15 * DAY_MS;
const PATCH_LAG_MS = 7 * DAY_MS;
const AFTER_WINDOW_MS = 4 * 3_600_000;
