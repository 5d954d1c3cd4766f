/** The nodes, and what is asked of each. Only rows in sight are made. */
import { hrefOf } from '../address.js';
import { ask } from '../ask.js';
import { byId, element, setText, setTone } from '../dom.js';
import { listTable } from '../list-table.js';
import { loadBar, setLoad } from '../load-bar.js';
import { age } from '../clock.js';
import { bytes, cores } from '../words.js';

const TONES = { ready: '', interrupted: 'bad', 'not ready': 'bad', cordoned: 'warn', missing: 'bad' };

const COLUMNS = [
  { title: 'Node', sort: 'name' },
  { title: 'Type', sort: 'type' },
  { title: 'Pods', sort: 'pods', number: true },
  { title: 'CPU requested (cores)', sort: 'cpu', number: true },
  { title: 'Memory requested', sort: 'memory', number: true },
  { title: 'Age', sort: 'age', number: true },
];

let shown;

/** Puts the list on the board, or asks it to be loaded anew. */
export function showNodes({ summary }, { cluster, isNewPlace }) {
  if (!summary) return;
  if (shown?.cluster !== cluster) {
    const list = listTable({
      title: 'Nodes',
      name: 'nodes',
      columns: COLUMNS,
      load: (part) => ask('nodes', { cluster, ...part }),
      create: createRow,
      update: (row, node) => updateRow(row, node, cluster),
    });
    byId('nodes-place').replaceChildren(list.section);
    shown = { cluster, list };
    return;
  }
  if (isNewPlace) shown.list.reload();
  else shown.list.refresh();
}

function createRow() {
  const cell = (attributes, children) => element('td', { role: 'cell', ...attributes }, children);
  return element('tr', {}, [
    cell({ class: 'name' }, [element('a'), ' ', element('span', { class: 'chip' })]),
    cell({ class: 'type' }, [element('small'), ' ', element('span', { class: 'chip', 'data-tone': 'busy' }, ['spot'])]),
    cell({ class: 'number pods' }),
    cell({ class: 'cpu' }, [loadBar()]),
    cell({ class: 'memory' }, [loadBar()]),
    cell({ class: 'number age' }),
  ]);
}

function updateRow(row, node, cluster) {
  const [name, type, pods, cpu, memory, since] = row.cells;
  setText(name.children[0], node.key);
  name.children[0].href = hrefOf({ cluster, node: node.key });
  setText(name.children[1], node.status);
  name.children[1].hidden = node.status === 'ready';
  setTone(name.children[1], TONES[node.status]);
  setText(type.children[0], node.instanceType);
  type.children[1].hidden = !node.isSpot;
  setText(pods, node.podsAllocatable > 0 ? `${node.pods} / ${node.podsAllocatable}` : String(node.pods));
  setLoad(cpu.firstChild, { what: 'CPU', part: node.cpuRequested, whole: node.cpuAllocatable, unit: cores });
  setLoad(memory.firstChild, {
    what: 'Memory',
    part: node.memoryRequested,
    whole: node.memoryAllocatable,
    unit: bytes,
  });
  setText(since, node.createdAtMs === undefined ? '–' : age(node.createdAtMs));
}
