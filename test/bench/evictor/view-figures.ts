import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ClusterView } from '@castai/evictor/view/cluster-view.ts';
import { VIEW_FEEDS } from '@castai/evictor/view/view-feeds.ts';
import { atMost, type Figure } from '../figure.ts';
import { fillView } from './fill-view.ts';

const NODES = 1_000;
const PODS = 30_000;
const MIB = 1024 * 1024;

/** What the view of a cluster holds, in V8's heap, once the objects that it was read from are gone. */
export async function viewFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`evictor: view of ${PODS} pods and ${NODES} nodes`);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = async (): Promise<number> => {
    // What a WeakRef was asked for lives until the turn ends, and what was registered to its end until another one has.
    for (let turn = 0; turn < 3; turn += 1) {
      await setImmediate();
      collect();
    }
    return process.memoryUsage().heapUsed;
  };
  // Read once, for what is compiled and cached by then: texts that come again are, a fixed number of them.
  fillView(new ClusterView(VIEW_FEEDS), { seed: 2, provider: 'aws', nodes: NODES, pods: 1_000 });
  const filled = async (pods: number) => {
    const before = await held();
    const view = new ClusterView(VIEW_FEEDS);
    const interners = fillView(view, { seed: 1, nodes: NODES, pods });
    return { bytes: (await held()) - before, view, interners };
  };
  const { bytes: ofNodes } = await filled(0);
  const { view, bytes } = await filled(PODS);
  if (view.count('pods') !== PODS) throw new Error(`the view has ${view.count('pods')} pods`);
  return [
    atMost(64, { figure: `view of ${PODS} pods and ${NODES} nodes`, value: bytes / MIB, unit: 'MiB' }),
    atMost(1_000, { figure: 'a node, with its limits of volumes', value: ofNodes / NODES, unit: 'bytes' }),
    // What belongs to pods: templates, controllers, claims, volumes, budgets.
    atMost(400, { figure: 'a pod, with all that belongs to it', value: (bytes - ofNodes) / PODS, unit: 'bytes' }),
  ];
}
