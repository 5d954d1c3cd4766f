import type { NodeRecord } from '../view/node-record.ts';

/** How a machine is paid. */
export type Capacity = 'on-demand' | 'spot';

/** What runs on a machine: its licence is a part of the price. */
export type PricedOs = 'linux' | 'windows';

/** What machines of one type cost. */
export interface Price {
  readonly instanceType: string;
  readonly os: PricedOs;
  readonly capacity: Capacity;
  /** Undefined: everywhere where no other price is for the region. */
  readonly region: string | undefined;
  readonly perHour: number;
}

/** What an operator says of prices. */
export interface PriceList {
  /** As it is to be shown, such as `EUR`. */
  readonly currency: string;
  readonly prices: readonly Price[];
}

/** What nodes cost together. */
export interface Cost {
  readonly currency: string;
  /** Of those whose price is known; undefined: of none it is. */
  readonly perHour: number | undefined;
  /** How many of them have no price. */
  readonly unpriced: number;
}

/**
 * What these nodes cost in an hour. A node without a price is counted as one, never as free; a price for machines on demand says nothing of
 * spot machines, and one for Linux nothing of Windows.
 */
export function costOf(nodes: readonly Pick<NodeRecord, 'labels'>[], { currency, prices }: PriceList): Cost {
  const known = nodes.flatMap((node) => priceOf(node, prices) ?? []);
  const unpriced = nodes.length - known.length;
  const isAnyKnown = known.length > 0 || nodes.length === 0;
  return { currency, perHour: isAnyKnown ? known.reduce((sum, one) => sum + one, 0) : undefined, unpriced };
}

function priceOf({ labels }: Pick<NodeRecord, 'labels'>, prices: readonly Price[]): number | undefined {
  const instanceType = labels['node.kubernetes.io/instance-type'];
  const region = labels['topology.kubernetes.io/region'];
  const capacity = capacityOf(labels);
  const os: PricedOs = labels['kubernetes.io/os'] === 'windows' ? 'windows' : 'linux';
  const matching = prices.filter(
    (one) => one.instanceType === instanceType && one.capacity === capacity && one.os === os,
  );
  const found = matching.find((one) => one.region === region) ?? matching.find((one) => one.region === undefined);
  return found?.perHour;
}

/** By the labels of those who make spot machines; whoever is not marked is paid on demand. */
export function capacityOf(labels: Readonly<Record<string, string>>): Capacity {
  const isSpot = SPOT_LABELS.some(([key, value]) => labels[key]?.toLowerCase() === value);
  return isSpot ? 'spot' : 'on-demand';
}

const SPOT_LABELS = [
  ['karpenter.sh/capacity-type', 'spot'],
  ['scheduling.cast.ai/spot', 'true'],
  ['kubernetes.azure.com/scalesetpriority', 'spot'],
  ['eks.amazonaws.com/capacityType', 'spot'],
  ['cloud.google.com/gke-spot', 'true'],
  ['cloud.google.com/gke-preemptible', 'true'],
] as const;
