/** One node, what runs on it, and all that came of it. */
import { ask } from '../ask.js';
import { age, countdown } from '../clock.js';
import { crumbs, toCluster } from '../crumbs.js';
import { element } from '../dom.js';
import { evictorCards } from '../evictor-node.js';
import { facts, objectCard } from '../facts.js';
import { podList } from '../pod-list.js';
import { whileShown } from '../while-shown.js';
import { bytes, cores } from '../words.js';
import { nodeActions } from './node-actions.js';
import { missing } from './missing.js';

/** What came of an action. */
const ACTIONS_MS = 2000;

export async function makeNode({ cluster, node }, model) {
  const way = crumbs(...toCluster(cluster, model), [node]);
  const [answer, told] = await Promise.all([
    ask('node', { cluster, name: node }),
    ask('evictor-node', { cluster, name: node }),
  ]);
  if (!answer) return missing(way, 'node', node);
  const { row, object } = answer;
  const list = podList({ cluster, where: { node }, title: 'Pods on it' });
  const actions = nodeActions({ cluster, node });
  const load = (part, whole, unit) => `${unit(part)} of ${unit(whole)}`;
  const root = element('div', { class: 'view' }, [
    way,
    element('h2', {}, [node]),
    facts([
      ['State', row.status],
      ['Its machine ends', row.endsAtMs === undefined ? '' : countdown(row.endsAtMs)],
      ['Machine type', row.instanceType],
      ['Bought as', row.isSpot ? 'spot' : 'on demand, as far as its labels say'],
      ['Zone', row.zone],
      ['Age', row.createdAtMs === undefined ? '' : age(row.createdAtMs)],
      ['Pods', `${row.pods} of ${row.podsAllocatable}`],
      ['CPU requested', load(row.cpuRequested, row.cpuAllocatable, cores)],
      ['Memory requested', load(row.memoryRequested, row.memoryAllocatable, bytes)],
    ]),
    actions.section,
    ...evictorCards(told),
    list.section,
    objectCard(object),
  ]);
  await actions.load().catch(() => undefined);
  whileShown(root, ACTIONS_MS, actions.load);
  return { root, title: node, refresh: () => list.refresh(), reload: () => list.reload() };
}
