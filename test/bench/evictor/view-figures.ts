import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ClusterView } from '@castai/evictor/view/cluster-view.ts';
import { VIEW_FEEDS } from '@castai/evictor/view/view-feeds.ts';
import { atMost, type Figure, shown } from '../figure.ts';
import { fillView } from './fill-view.ts';

const NODES = 1_000;
const PODS = 30_000;
const MIB = 1024 * 1024;

/** What the view of a cluster holds, in V8's heap, once the objects that it was read from are gone. */
export async function viewFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`evictor: view of ${PODS} pods and ${NODES} nodes`);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  // Read once, for what is compiled and cached by then.
  fillView(new ClusterView(VIEW_FEEDS), { nodes: 10, pods: 100 });
  const empty = held();
  const view = new ClusterView(VIEW_FEEDS);
  fillView(view, { nodes: NODES, pods: PODS });
  const bytes = held() - empty;
  if (view.count('pods') !== PODS) throw new Error(`the view has ${view.count('pods')} pods`);
  return [
    atMost(64, { figure: `view of ${PODS} pods and ${NODES} nodes`, value: bytes / MIB, unit: 'MiB' }),
    shown({ figure: 'the same, everything told by pod', value: bytes / PODS, unit: 'bytes' }),
  ];
}
