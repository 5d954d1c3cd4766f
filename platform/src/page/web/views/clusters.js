/** The page of clusters. */
import { hrefOf } from '../address.js';
import { ask } from '../ask.js';
import { age, ago } from '../clock.js';
import { element, rows, setText, setTone } from '../dom.js';
import { whileShown } from '../while-shown.js';
import { NUMBER } from '../words.js';

const EVERY_MS = 2000;

export async function makeClusters() {
  const note = element('span', { class: 'muted' });
  const body = element('tbody', { role: 'rowgroup' });
  const heading = (words, number) =>
    element('th', { role: 'columnheader', scope: 'col', ...(number ? { class: 'number' } : {}) }, [words]);
  const head = element('tr', { role: 'row' }, [
    heading('Cluster'),
    heading('Provider'),
    heading('State'),
    heading('Nodes', true),
    heading('Pods', true),
    heading('Last batch', true),
    heading('Known for', true),
  ]);
  const table = element('table', { class: 'clusters', role: 'table' }, [
    element('thead', { role: 'rowgroup' }, [head]),
    body,
  ]);
  const root = element('section', { class: 'card', 'aria-labelledby': 'clusters-title' }, [
    element('div', { class: 'title-row' }, [
      element('h2', { id: 'clusters-title' }, ['Clusters ', note]),
      element('a', { href: hrefOf({ view: 'notifications' }) }, ['Notifications']),
    ]),
    table,
  ]);
  async function load() {
    const answer = await ask('clusters');
    setText(note, NUMBER.format(answer.rows.length));
    rows(body, answer.rows, { create: createRow, update: updateRow });
  }
  await load();
  // Elsewhere a stream tells; of all clusters at once it would be read that nobody looks at.
  whileShown(root, EVERY_MS, load);
  return { root, title: 'Clusters' };
}

function createRow() {
  const cell = (attributes, children = []) => element('td', { role: 'cell', ...attributes }, children);
  return element('tr', { role: 'row' }, [
    cell({ class: 'name' }, [element('a')]),
    cell({ class: 'provider' }),
    cell({ class: 'state' }, [element('span', { class: 'chip' })]),
    cell({ class: 'number nodes' }),
    cell({ class: 'number pods' }),
    cell({ class: 'number ago' }),
    cell({ class: 'number age' }),
  ]);
}

function updateRow(row, { key, name, provider, verdict, nodes, pods, registeredAtMs, lastBatchAtMs }) {
  const [who, where, state, nodeCount, podCount, last, since] = row.cells;
  setText(who.firstChild, name === '' ? key : name);
  who.firstChild.href = hrefOf({ cluster: key });
  setText(where, provider);
  setText(state.firstChild, verdict.words);
  setTone(state.firstChild, verdict.tone);
  setText(nodeCount, NUMBER.format(nodes));
  setText(podCount, NUMBER.format(pods));
  setText(last, lastBatchAtMs === undefined ? 'none yet' : ago(lastBatchAtMs));
  last.dataset.at = lastBatchAtMs ?? '';
  setText(since, age(registeredAtMs));
}
