/** The nodes, and what is asked of each. */
import { byId, element, rows, setText, setTone } from '../dom.js';
import { meter, setMeter } from '../meter.js';
import { bytes, cores, NUMBER } from '../words.js';

const NODE_TONES = { ready: '', 'not ready': 'bad', cordoned: 'warn', missing: 'bad' };

export function showNodes({ nodes, nodeCount }) {
  const wanted = byId('filter').value.trim().toLowerCase();
  const shown = nodes.filter(({ key, instanceType, status }) =>
    `${key} ${instanceType} ${status}`.toLowerCase().includes(wanted),
  );
  const cut =
    nodeCount > nodes.length ? `first ${nodes.length} of ${NUMBER.format(nodeCount)}` : NUMBER.format(nodeCount);
  setText(byId('nodes-note'), wanted === '' ? cut : `${shown.length} of ${cut}`);
  rows(byId('nodes'), shown, {
    create: () =>
      element('tr', { role: 'row' }, [
        element('td', { role: 'cell' }, [
          element('span'),
          ' ',
          element('span', { class: 'chip' }),
          ' ',
          element('small'),
        ]),
        element('td', { role: 'cell', class: 'number' }),
        element('td', { role: 'cell' }, [element('div', { class: 'load' }, [meter(), element('b')])]),
        element('td', { role: 'cell' }, [element('div', { class: 'load' }, [meter(), element('b')])]),
      ]),
    update: (row, node) => {
      const [name, pods, cpu, memory] = row.cells;
      setText(name.children[0], node.key);
      setText(name.children[1], node.status);
      name.children[1].hidden = node.status === 'ready';
      setTone(name.children[1], NODE_TONES[node.status]);
      setText(name.children[2], node.instanceType);
      setText(pods, node.podsAllocatable > 0 ? `${node.pods} / ${node.podsAllocatable}` : String(node.pods));
      showLoad(cpu, { what: 'CPU', part: node.cpuRequested, whole: node.cpuAllocatable, unit: cores });
      showLoad(memory, { what: 'Memory', part: node.memoryRequested, whole: node.memoryAllocatable, unit: bytes });
    },
  });
}

function showLoad(cell, { what, part, whole, unit }) {
  const [bar, text] = cell.firstChild.children;
  const words = whole > 0 ? `${unit(part)} / ${unit(whole)}` : unit(part);
  setText(text, words);
  setMeter(bar, { part, whole, text: `${what} ${words}` });
  setTone(bar, whole > 0 && part / whole > 0.9 ? 'warn' : '');
}
