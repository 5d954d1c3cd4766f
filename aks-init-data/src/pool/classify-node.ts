import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';

/** What a node tells about where its data comes from. */
export interface NodeFacts {
  readonly uid: string;
  /** When this life of the node began: of two nodes of a pool, the younger has the newer data. */
  readonly createdAtMs: number;
  readonly agentPool: string;
  /** In Go's words: `amd64`, `arm64`. */
  readonly architecture: string;
  /** As the label says it, live-patch suffix included. */
  readonly nodeImage: string;
  readonly kubeletVersion: string;
  readonly osSku: string;
}

/** Why a node's data is none of ours. */
export const EXCLUSIONS = ['not-aks', 'not-linux', 'virtual', 'karpenter', 'made-by-platform'] as const;

/** One of the reasons. */
export type Exclusion = (typeof EXCLUSIONS)[number];

/** Whether a node's data may be sent. */
export type NodeVerdict =
  | { readonly kind: 'eligible'; readonly node: NodeFacts }
  | { readonly kind: 'excluded'; readonly exclusion: Exclusion };

const LONGEST_TEXT = 256;
const AGENT_POOL = 'kubernetes.azure.com/agentpool';
const NODE_IMAGE = 'kubernetes.azure.com/node-image-version';
const OS_SKU = ['kubernetes.azure.com/os-sku-effective', 'kubernetes.azure.com/os-sku'];
/** The platform copies AKS' labels to the nodes that it makes: its own tell them apart, and without them it would learn its own output. */
const PLATFORM_LABELS = ['provisioner.cast.ai/managed-by', 'provisioner.cast.ai/node-id'];

/** Judges a node by its labels. Only Linux nodes that AKS itself made in an agent pool have data that new nodes can be made of. */
export function classifyNode(node: KubeObject): NodeVerdict {
  const labels = stringsOf(node.metadata['labels']);
  const exclusion = exclusionOf(labels);
  if (exclusion !== undefined) return { kind: 'excluded', exclusion };
  const status = isRecord(node['status']) ? node['status'] : {};
  const info = stringsOf(status['nodeInfo']);
  const createdAt = node.metadata['creationTimestamp'];
  return {
    kind: 'eligible',
    node: {
      uid: shortened(node.metadata.uid ?? ''),
      createdAtMs: typeof createdAt === 'string' ? Date.parse(createdAt) || 0 : 0,
      agentPool: labels.get(AGENT_POOL) ?? '',
      architecture: info.get('architecture') ?? labels.get('kubernetes.io/arch') ?? '',
      nodeImage: labels.get(NODE_IMAGE) ?? '',
      kubeletVersion: info.get('kubeletVersion') ?? '',
      osSku: OS_SKU.flatMap((name) => labels.get(name) ?? [])[0] ?? '',
    },
  };
}

/**
 * A text of the cluster no longer than anybody needs it. Labels are bounded by the API server, versions are not, and what goes into the
 * record of deliveries has to come out of it again.
 */
export function shortened(text: string): string {
  return text.slice(0, LONGEST_TEXT);
}

/** The part of an image's name that changes with the image; a date behind it (`-2024.11.05`) only tells of live patches. */
export function baseImage(nodeImage: string): string {
  const match = /^(?<base>.*-(?:\d{6}\.\d{1,2}\.\d{1,3}|\d{4}\.\d{2}\.\d{2}))-\d{4}\.\d{2}\.\d{2}$/u.exec(nodeImage);
  return match?.groups?.['base'] ?? nodeImage;
}

function exclusionOf(labels: ReadonlyMap<string, string>): Exclusion | undefined {
  const names = [...labels.keys()];
  if (PLATFORM_LABELS.some((name) => labels.has(name))) return 'made-by-platform';
  if (names.some((name) => /^karpenter\.(?:sh|azure\.com)\//u.test(name))) return 'karpenter';
  if (labels.get('type') === 'virtual-kubelet') return 'virtual';
  if (!labels.has(AGENT_POOL)) return 'not-aks';
  return labels.get('kubernetes.io/os') === 'linux' ? undefined : 'not-linux';
}

function stringsOf(value: unknown): ReadonlyMap<string, string> {
  const entries: [string, unknown][] = isRecord(value) ? Object.entries(value) : [];
  return new Map(
    entries.flatMap(([name, text]) => (typeof text === 'string' ? [[name, shortened(text)] as const] : [])),
  );
}
