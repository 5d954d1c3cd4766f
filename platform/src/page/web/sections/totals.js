/** What the cluster has, what is asked of it, and what stands idle. */
import { byId, setText } from '../dom.js';
import { setMeter } from '../meter.js';
import { bytes, cores, NUMBER } from '../words.js';

export function showTotals({ totals }) {
  const { nodes, spot, idle, cpu, memory } = totals;
  byId('totals').hidden = nodes === 0;
  share('cpu', cpu, cores);
  share('memory', memory, bytes);
  setText(byId('total-spot'), nodes === 0 ? '–' : percent(spot, nodes));
  setText(byId('total-spot-note'), `${NUMBER.format(spot)} of ${NUMBER.format(nodes)} nodes`);
  const [freeCpu, freeMemory] = [cpu, memory].map(({ allocatable, requested }) => Math.max(0, allocatable - requested));
  setText(byId('total-idle'), `${cores(freeCpu)} cores`);
  const empty =
    idle === 0 ? 'no node is empty' : `${NUMBER.format(idle)} ${idle === 1 ? 'node is' : 'nodes are'} empty`;
  setText(byId('total-idle-note'), `${bytes(freeMemory)} · ${empty}`);
}

/** `id` is the resource too. */
function share(id, { requested, allocatable }, unit) {
  const words = `${unit(requested)} of ${unit(allocatable)}`;
  setText(byId(`total-${id}`), allocatable > 0 ? percent(requested, allocatable) : '–');
  setText(byId(`total-${id}-note`), words);
  setMeter(byId(`total-${id}-bar`), { part: requested, whole: allocatable, text: `${id} requested: ${words}` });
}

function percent(part, whole) {
  return `${Math.round((part / whole) * 100)} %`;
}
