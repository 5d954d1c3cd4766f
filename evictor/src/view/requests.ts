import { parseQuantity } from './parse-quantity.ts';
import { type Part, recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';

/** Amounts by resource in whole units: cpu in thousandths of a core, all others in their base unit. Nothing stands for 0. */
export type Amounts = Readonly<Record<string, number>>;

/** Amounts and what could not be read of them. */
export interface ReadAmounts {
  readonly amounts: Amounts;
  /** Resources whose amount is no quantity: nothing may be concluded from them. */
  readonly unreadable: readonly string[];
}

/** Reads a resource list. */
export function readAmounts(value: unknown): ReadAmounts {
  const amounts: Record<string, number> = {};
  const unreadable: string[] = [];
  for (const [resource, text] of Object.entries(recordIn(value))) {
    const amount = parseQuantity(text, resource === 'cpu' ? 3 : 0);
    if (amount === undefined || amount < 0) unreadable.push(resource);
    else if (amount > 0) amounts[resource] = amount;
  }
  return { amounts, unreadable };
}

/**
 * What the scheduler counts for a pod: the containers and the sidecars together, or the largest moment of its start where that is more;
 * what is said for the pod as a whole instead, where it is; and the overhead of its runtime. During a resize of the running pod the
 * largest of what is wished, granted and in use counts. (kubernetes/component-helpers, resource/helpers.go; KEP-753, KEP-1287, KEP-2837)
 */
export function readRequests(pod: Part): ReadAmounts {
  const spec = recordIn(pod['spec']);
  const status = recordIn(pod['status']);
  const unreadable: string[] = [];
  const read = (value: unknown): Amounts => {
    const result = readAmounts(value);
    unreadable.push(...result.unreadable);
    return result.amounts;
  };
  const statuses = [...recordsIn(status['containerStatuses']), ...recordsIn(status['initContainerStatuses'])];
  const granted = new Map(statuses.map((one) => [textIn(one['name']), one]));
  const ofContainer = (container: Part): Amounts => {
    const wished = read(recordIn(container['resources'])['requests']);
    const one = granted.get(textIn(container['name'])) ?? {};
    return [read(recordIn(one['resources'])['requests']), read(one['allocatedResources'])].reduce(most, wished);
  };

  let sidecars: Amounts = {};
  let start: Amounts = {};
  for (const container of recordsIn(spec['initContainers'])) {
    const own = ofContainer(container);
    if (container['restartPolicy'] === 'Always') sidecars = plus(sidecars, own);
    // One after another, beside the sidecars that were started before it.
    start = most(start, container['restartPolicy'] === 'Always' ? sidecars : plus(sidecars, own));
  }
  const running = recordsIn(spec['containers']).map(ofContainer).reduce(plus, sidecars);
  const asAWhole = most(read(recordIn(spec['resources'])['requests']), read(recordIn(status['resources'])['requests']));
  const amounts = plus({ ...most(running, start), ...asAWhole }, read(spec['overhead']));
  return { amounts, unreadable };
}

/** Both together. */
export function plus(a: Amounts, b: Amounts): Amounts {
  const sum: Record<string, number> = { ...a };
  for (const [resource, amount] of Object.entries(b)) sum[resource] = (sum[resource] ?? 0) + amount;
  return sum;
}

function most(a: Amounts, b: Amounts): Amounts {
  const larger: Record<string, number> = { ...a };
  for (const [resource, amount] of Object.entries(b)) larger[resource] = Math.max(larger[resource] ?? 0, amount);
  return larger;
}
