import type { Clock } from '../async/clock.ts';
import { hedged } from '../async/hedged.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { kubeHedge } from '../kube/kube-deadline.ts';
import type { KubeError } from '../kube/kube-error.ts';
import { PageTrail } from '../kube/page-trail.ts';
import { readPage } from '../kube/read-page.ts';
import { type PodView, viewPod } from './pod-view.ts';

/** Whose pods, and how they are asked for. */
export interface NodePodsOptions {
  readonly client: Pick<KubeClient, 'get'>;
  readonly nodeName: string;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** One page of pods is the unit of memory. */
const PAGE = 50;

/**
 * All pods of a node, page by page. What is no pod is left out. An answer that is late is
 * waited for, and told. Throws a `KubeError`, or the signal's reason.
 */
export async function listNodePods(
  { client, nodeName, clock, onLate }: NodePodsOptions & { readonly onLate: (error: KubeError) => void },
  signal: AbortSignal,
): Promise<PodView[]> {
  const pods: PodView[] = [];
  const trail = new PageTrail();
  let token = '';
  do {
    const query = new URLSearchParams({ fieldSelector: `spec.nodeName=${nodeName}`, limit: String(PAGE) });
    if (token !== '') query.set('continue', token);
    const path = `/api/v1/pods?${query.toString()}`;
    const page = await hedged(kubeHedge(clock, onLate), (limited) => client.get(path, limited), signal);
    const { items, first, continueToken } = readPage(page);
    if (continueToken !== '') trail.goOn(first, continueToken);
    pods.push(...items.map(viewPod).filter((pod) => pod !== undefined));
    token = continueToken;
  } while (token !== '');
  return pods;
}
