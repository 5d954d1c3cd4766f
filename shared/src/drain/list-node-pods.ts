import type { Clock } from '../async/clock.ts';
import { withDeadline } from '../async/deadline.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { kubeDeadline } from '../kube/kube-deadline.ts';
import { isRecord } from '../kube/kube-object.ts';
import { type PodView, viewPod } from './pod-view.ts';

/** Whose pods, and how they are asked for. */
export interface NodePodsOptions {
  readonly client: Pick<KubeClient, 'get'>;
  readonly nodeName: string;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** One page of pods is the unit of memory. */
const PAGE = 50;
/** For each page. */
const ATTEMPT_MS = 3000;

/** All pods of a node, page by page. What is no pod is left out. Throws a `KubeError`, or the signal's reason. */
export async function listNodePods(options: NodePodsOptions, signal: AbortSignal): Promise<PodView[]> {
  const { client, nodeName, clock } = options;
  const pods: PodView[] = [];
  let token = '';
  do {
    const query = new URLSearchParams({ fieldSelector: `spec.nodeName=${nodeName}`, limit: String(PAGE) });
    if (token !== '') query.set('continue', token);
    const path = `/api/v1/pods?${query.toString()}`;
    const page = await withDeadline(kubeDeadline(ATTEMPT_MS, clock), (limited) => client.get(path, limited), signal);
    const items: unknown[] = Array.isArray(page['items']) ? page['items'] : [];
    pods.push(...items.map(viewPod).filter((pod) => pod !== undefined));
    const next = isRecord(page['metadata']) ? page['metadata']['continue'] : undefined;
    token = typeof next === 'string' ? next : '';
  } while (token !== '');
  return pods;
}
