/** A list of pods, of a cluster or a part of it. Only rows in sight are made. */
import { hrefOf } from './address.js';
import { ask } from './ask.js';
import { element, setText, setTone } from './dom.js';
import { listTable } from './list-table.js';
import { PHASES } from './phases.js';
import { bytes, cores } from './words.js';

const COLUMNS = [
  { title: 'Pod', sort: 'name' },
  { title: 'Phase', sort: 'phase' },
  { title: 'Node', sort: 'node' },
  { title: 'CPU', sort: 'cpu', number: true },
  { title: 'Memory', sort: 'memory', number: true },
];

/** `where` are the members of an address that narrow it down: `node`, `namespace`, `phase`. */
export function podList({ cluster, where = {}, title = 'Pods' }) {
  // On a node's own page it would stand in each row.
  const isOnOneNode = where.node !== undefined;
  return listTable({
    title,
    name: 'pods',
    columns: isOnOneNode ? COLUMNS.filter(({ sort }) => sort !== 'node') : COLUMNS,
    load: (part) => ask('pods', { cluster, ...where, ...part }),
    create: () =>
      element('tr', {}, [
        element('td', { role: 'cell', class: 'name' }, [element('a')]),
        element('td', { role: 'cell' }, [element('span', { class: 'chip' })]),
        ...(isOnOneNode ? [] : [element('td', { role: 'cell', class: 'on' }, [element('a')])]),
        element('td', { role: 'cell', class: 'number cpu' }),
        element('td', { role: 'cell', class: 'number memory' }),
      ]),
    update: (row, pod) => {
      const [name, phase] = row.cells;
      const [node, cpu, memory] = isOnOneNode ? [undefined, row.cells[2], row.cells[3]] : [...row.cells].slice(2);
      setText(name.firstChild, pod.key);
      name.firstChild.href = hrefOf({ cluster, pod: pod.key });
      setText(phase.firstChild, pod.phase);
      setTone(phase.firstChild, PHASES[pod.phase] ?? '');
      if (node !== undefined) showNode(node.firstChild, cluster, pod.node);
      setText(cpu, cores(pod.cpu));
      setText(memory, bytes(pod.memory));
    },
  });
}

function showNode(link, cluster, name) {
  setText(link, name === '' ? 'none yet' : name);
  if (name === '') link.removeAttribute('href');
  else link.href = hrefOf({ cluster, node: name });
}
