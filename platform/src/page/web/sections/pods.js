/** Pods by phase. */
import { setStale } from '../stale.js';
import { byId, element, rows, setText, setTone } from '../dom.js';
import { hrefOf } from '../address.js';
import { PHASES } from '../phases.js';
import { NUMBER } from '../words.js';

export function showPods({ pods }, { cluster }) {
  const { total, byPhase, uncounted, isStale } = pods;
  setStale(byId('pods-card'), isStale ? 'not followed now' : '');
  byId('pods-link').href = hrefOf({ cluster, view: 'pods' });
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
    create: () => element('li', {}, [element('i'), element('a')]),
    update: (item, { key, count }) => {
      setTone(item, PHASES[key] ?? '');
      item.children[1].href = hrefOf({ cluster, view: 'pods', phase: key });
      setText(item.children[1], `${key} ${NUMBER.format(count)}`);
    },
  });
}
