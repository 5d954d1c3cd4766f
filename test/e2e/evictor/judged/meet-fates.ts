import type { RichCluster } from '../../../samples/rich-cluster/rich-cluster.ts';
import type { RichPod } from '../../../samples/rich-cluster/rich-pod.ts';
import type { JudgedCluster } from './judged-cluster.ts';
import { isReplacedAtOnce, nodeOf, type PlayedPods } from './played-pods.ts';

/** Whose fates. */
export interface MeetFatesOptions {
  readonly cluster: JudgedCluster;
  readonly pods: PlayedPods;
  readonly rich: RichCluster;
  /** Names of the nodes, in the order of those of the cluster. */
  readonly nodes: readonly string[];
  /** What the pods of this season are made of, by their names. */
  readonly own: ReadonlyMap<string, RichPod>;
}

/**
 * What happens when pods have their places: some end, are over or grow, those of which a budget wants to know become ready or not; some nodes
 * are cordoned, stop being ready or are deleted. Gives the names of these.
 */
export async function meetFates({ cluster, pods, rich, nodes, own }: MeetFatesOptions): Promise<string[]> {
  for (const pod of await cluster.list('Pod')) {
    const { fate, isReady = false, app = -1 } = own.get(pod.metadata.name) ?? {};
    if (nodeOf(pod) === '') continue;
    if (fate === 'finished') await cluster.patchPod(pod, { phase: 'Succeeded' });
    else if (fate === 'growing' && isReady && (await cluster.grow(pod))) continue;
    else if (fate === 'growing' || rich.apps[app]?.budget !== undefined)
      await cluster.patchPod(pod, runningStatus(isReady, fate === 'growing'));
    if (fate !== 'ending') continue;
    await pods.askToEnd(pod);
    if (isReplacedAtOnce(pod)) await pods.again(pod);
  }
  const lost: string[] = [];
  for (const [index, { fate }] of rich.nodes.entries()) {
    const name = nodes[index];
    if (name === undefined) continue;
    if (fate === 'lost') lost.push(name);
    const conditions = [{ type: 'Ready', status: 'False' }];
    if (fate === 'cordoned') await cluster.patchNode(name, { spec: { unschedulable: true } });
    if (fate === 'lost') await cluster.removeNode(name);
    if (fate === 'not ready') await cluster.patchNode(name, { status: { conditions } }, '/status');
  }
  return lost;
}

/** One that grows was granted more than its template says. */
function runningStatus(isReady: boolean, isGrowing: boolean): object {
  const requests = { cpu: '3', memory: '3' };
  const main = { name: 'main', image: 'none', imageID: '', ready: isReady, restartCount: 0 };
  return {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    ...(isGrowing ? { containerStatuses: [{ ...main, allocatedResources: requests, resources: { requests } }] } : {}),
  };
}
