/** One pod, and all that came of it. */
import { hrefOf } from '../address.js';
import { ask } from '../ask.js';
import { crumbs, toCluster } from '../crumbs.js';
import { element } from '../dom.js';
import { facts, objectCard } from '../facts.js';
import { bytes, cores } from '../words.js';
import { missing } from './missing.js';

export async function makePod({ cluster, pod }, model) {
  const way = crumbs(...toCluster(cluster, model), ['Pods', { cluster, view: 'pods' }], [pod]);
  const answer = await ask('pod', { cluster, name: pod });
  if (!answer) return missing(way, 'pod', pod);
  const { row, object } = answer;
  const link = (words, place) => element('a', { href: hrefOf(place) }, [words]);
  const conditions = object?.body?.status?.conditions ?? [];
  const waits = Array.isArray(conditions)
    ? conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
    : undefined;
  const root = element('div', { class: 'view' }, [
    way,
    element('h2', {}, [pod]),
    facts([
      ['Phase', row.phase],
      ['Waits because', waits ? whyOf(waits) : ''],
      ['Node', row.node === '' ? 'none yet' : link(row.node, { cluster, node: row.node })],
      ['Namespace', link(row.namespace, { cluster, view: 'pods', namespace: row.namespace })],
      ['CPU requested', cores(row.cpu)],
      ['Memory requested', bytes(row.memory)],
    ]),
    objectCard(object),
  ]);
  return { root, title: pod };
}

/** What the agent tells of the scheduler's words: how many nodes each known reason rules out. Others tell the words. */
function whyOf({ reason, message, verdict }) {
  const reasons = verdict?.reasons;
  if (!Array.isArray(reasons)) return [reason, message].filter(Boolean).join(': ');
  const told = reasons.map((one) => [one.count, one.reason, one.resource].filter(Boolean).join(' '));
  return `of ${verdict.nodes} nodes: ${told.join(', ')}`;
}
