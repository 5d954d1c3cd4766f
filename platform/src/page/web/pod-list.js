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
  return listTable({
    title,
    name: 'pods',
    columns: COLUMNS,
    load: (part) => ask('pods', { cluster, ...where, ...part }),
    create: () =>
      element('tr', {}, [
        element('td', { role: 'cell', class: 'name' }, [element('a')]),
        element('td', { role: 'cell' }, [element('span', { class: 'chip' })]),
        element('td', { role: 'cell', class: 'on' }, [element('a')]),
        element('td', { role: 'cell', class: 'number cpu' }),
        element('td', { role: 'cell', class: 'number memory' }),
      ]),
    update: (row, pod) => {
      const [name, phase, node, cpu, memory] = row.cells;
      setText(name.firstChild, pod.key);
      name.firstChild.href = hrefOf({ cluster, pod: pod.key });
      setText(phase.firstChild, pod.phase);
      setTone(phase.firstChild, PHASES[pod.phase] ?? '');
      setText(node.firstChild, pod.node === '' ? 'none yet' : pod.node);
      if (pod.node === '') node.firstChild.removeAttribute('href');
      else node.firstChild.href = hrefOf({ cluster, node: pod.node });
      setText(cpu, cores(pod.cpu));
      setText(memory, bytes(pod.memory));
    },
  });
}
