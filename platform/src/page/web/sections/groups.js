/** The nodes by machine type. */
import { hrefOf } from '../address.js';
import { byId, element, rows, setText } from '../dom.js';
import { loadBar, setLoad } from '../load-bar.js';
import { bytes, cores, NUMBER } from '../words.js';

export function showGroups({ groups }, { cluster }) {
  byId('groups-card').hidden = groups.length === 0;
  rows(byId('groups'), groups, {
    create: () =>
      element('tr', { role: 'row' }, [
        element('td', { role: 'cell', class: 'name' }, [element('a'), ' ', element('small')]),
        element('td', { role: 'cell', class: 'number' }),
        element('td', { role: 'cell', class: 'cpu' }, [loadBar()]),
        element('td', { role: 'cell', class: 'memory' }, [loadBar()]),
      ]),
    update: (row, { key, nodes, spot, cpu, memory }) => {
      const [name, count, cpuCell, memoryCell] = row.cells;
      setText(name.children[0], key === '' ? 'type not told' : key);
      name.children[0].href = hrefOf({ cluster, filter: key });
      setText(name.children[1], spot === 0 ? '' : `${NUMBER.format(spot)} spot`);
      setText(count, NUMBER.format(nodes));
      setLoad(cpuCell.firstChild, { what: 'CPU', part: cpu.requested, whole: cpu.allocatable, unit: cores });
      setLoad(memoryCell.firstChild, {
        what: 'Memory',
        part: memory.requested,
        whole: memory.allocatable,
        unit: bytes,
      });
    },
  });
}
