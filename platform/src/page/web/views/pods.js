/** The pods of a cluster, of one namespace, or in one phase. */
import { crumbs, toCluster } from '../crumbs.js';
import { element } from '../dom.js';
import { podList } from '../pod-list.js';

export function makePods({ cluster, namespace, phase }, model) {
  const what = [phase, 'pods', namespace && `of ${namespace}`].filter(Boolean).join(' ');
  const title = what.charAt(0).toUpperCase() + what.slice(1);
  const list = podList({ cluster, where: { namespace, phase }, title });
  const root = element('div', { class: 'view' }, [crumbs(...toCluster(cluster, model), [title]), list.section]);
  return { root, title, refresh: () => list.refresh(), reload: () => list.reload() };
}
