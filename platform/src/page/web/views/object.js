/** One object of any kind, as it came. */
import { ask } from '../ask.js';
import { crumbs, toCluster } from '../crumbs.js';
import { element } from '../dom.js';
import { objectCard } from '../facts.js';
import { missing } from './missing.js';

export async function makeObject({ cluster, feed, object }, model) {
  const kind = model.feeds?.find(({ key }) => key === feed)?.resource ?? `feed ${feed}`;
  const found = await ask('object', { cluster, feed, uid: object });
  const name = found ? [found.namespace, found.name].filter(Boolean).join('/') || object : object;
  const way = crumbs(...toCluster(cluster, model), [kind, { cluster, feed }], [name]);
  if (!found) return missing(way, 'object', object);
  return { root: element('div', { class: 'view' }, [way, element('h2', {}, [name]), objectCard(found)]), title: name };
}
