/** Pods by phase. */
import { byId, element, rows, setText, setTone } from '../dom.js';
import { NUMBER } from '../words.js';

const PHASES = { Running: 'good', Pending: 'warn', Failed: 'bad', Succeeded: 'busy', Unknown: '' };

export function showPods({ pods }) {
  const { total, byPhase, uncounted } = pods;
  const known = Object.keys(PHASES);
  const phases = Object.entries(byPhase).sort(([a], [b]) => known.indexOf(a) - known.indexOf(b));
  setText(
    byId('pods-note'),
    uncounted > 0 ? `${NUMBER.format(total)}, counting ${NUMBER.format(uncounted)} more…` : NUMBER.format(total),
  );
  const items = phases.map(([key, count]) => ({ key, count }));
  rows(byId('phases'), items, {
    create: () => element('span'),
    update: (part, { key, count }) => {
      part.style.flexGrow = String(count);
      setTone(part, PHASES[key] ?? '');
    },
  });
  byId('phases').setAttribute('aria-label', items.map(({ key, count }) => `${count} ${key}`).join(', ') || 'no pods');
  rows(byId('legend'), items, {
    create: () => element('li', {}, [element('i'), element('span')]),
    update: (item, { key, count }) => {
      setTone(item, PHASES[key] ?? '');
      setText(item.children[1], `${key} ${NUMBER.format(count)}`);
    },
  });
}
