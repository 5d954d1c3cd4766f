/** The way back: from what is looked at to its cluster and to all clusters. */
import { hrefOf } from './address.js';
import { element } from './dom.js';

/** `steps` are `[words, place]`; the last one is where one is. */
export function crumbs(...steps) {
  const items = steps.map(([words, place]) =>
    element('li', {}, [
      place === undefined
        ? element('span', { 'aria-current': 'page' }, [words])
        : element('a', { href: hrefOf(place) }, [words]),
    ]),
  );
  return element('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, [element('ol', {}, items)]);
}

/** The steps to a cluster. */
export function toCluster(cluster, model) {
  const name = model.summary?.name ?? model.clusters?.find(({ key }) => key === cluster)?.name ?? cluster;
  return [
    ['Clusters', { view: 'clusters' }],
    [name, { cluster }],
  ];
}
