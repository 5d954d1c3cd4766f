/** One feed: how far it is, and its objects. */
import { hrefOf } from '../address.js';
import { ask } from '../ask.js';
import { ago } from '../clock.js';
import { crumbs, toCluster } from '../crumbs.js';
import { element } from '../dom.js';
import { facts } from '../facts.js';
import { NUMBER } from '../words.js';
import { missing } from './missing.js';

export async function makeFeed({ cluster, feed }, model) {
  const found = model.feeds?.find(({ key }) => key === feed);
  const name = found ? [found.resource, found.group].filter(Boolean).join('.') : feed;
  const way = crumbs(...toCluster(cluster, model), [name]);
  const first = await ask('objects', { cluster, feed });
  if (!first || !found) return missing(way, 'feed', feed);
  const body = element('tbody');
  const more = element('button', { type: 'button' }, ['Show more']);
  let { next } = first;
  const add = ({ rows }) => body.append(...rows.map((row) => objectRow(row, cluster, feed)));
  add(first);
  more.hidden = next === '';
  more.addEventListener('click', async () => {
    const part = await ask('objects', { cluster, feed, after: next });
    if (!part) return;
    add(part);
    next = part.next;
    more.hidden = next === '';
  });
  const table = element('table', { class: 'objects' }, [
    element('thead', {}, [
      element('tr', {}, [element('th', { scope: 'col' }, ['Name']), element('th', { scope: 'col' }, ['Namespace'])]),
    ]),
    body,
  ]);
  const root = element('div', { class: 'view' }, [
    way,
    element('h2', {}, [name]),
    facts([
      ['State', found.state.toLowerCase()],
      ['Reason', found.reason],
      ['Only', found.scope],
      ['Objects', NUMBER.format(found.objects)],
      ['Resume point', found.resumePoint],
      ['Newest change', found.observedAtMs === undefined ? '' : ago(found.observedAtMs)],
    ]),
    element('section', { class: 'card', 'aria-labelledby': 'objects-title' }, [
      element('h3', { id: 'objects-title' }, ['Objects']),
      element('div', { class: 'scroll tall', role: 'region', 'aria-labelledby': 'objects-title', tabindex: '0' }, [
        table,
      ]),
      more,
    ]),
  ]);
  return { root, title: name };
}

function objectRow({ key, namespace, name }, cluster, feed) {
  const link = element('a', { href: hrefOf({ cluster, feed, object: key }) }, [name === '' ? key : name]);
  return element('tr', {}, [element('td', { class: 'name' }, [link]), element('td', {}, [namespace])]);
}
