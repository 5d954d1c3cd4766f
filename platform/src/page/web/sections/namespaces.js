/** Pods by namespace. */
import { hrefOf } from '../address.js';
import { byId, element, rows, setText } from '../dom.js';
import { meter, setMeter } from '../meter.js';
import { NUMBER } from '../words.js';

export function showNamespaces({ namespaces, namespaceCount }, { cluster }) {
  const hidden = namespaceCount - namespaces.length;
  setText(byId('namespaces-note'), hidden > 0 ? `largest ${namespaces.length} of ${namespaceCount}` : '');
  const most = namespaces[0]?.pods ?? 0;
  const items = namespaces.map((row) => ({ ...row, most }));
  rows(byId('namespaces'), items, {
    create: () => {
      const bar = meter();
      bar.append(element('span', { 'data-tone': 'warn' }));
      const counts = element('span', { class: 'number' }, [element('span'), element('span', { class: 'pending' })]);
      return element('li', {}, [element('a', { class: 'label' }), bar, counts]);
    },
    update: (item, { key, pods, pending }) => {
      const [label, bar, counts] = item.children;
      setText(label, key);
      label.title = key;
      label.href = hrefOf({ cluster, view: 'pods', namespace: key });
      setMeter(bar, { part: pods, whole: most, text: `${key}: ${pods} pods, ${pending} pending` });
      bar.firstChild.style.width = `${((pods - pending) / most) * 100}%`;
      bar.lastChild.style.width = `${(pending / most) * 100}%`;
      setText(counts.firstChild, NUMBER.format(pods));
      setText(counts.lastChild, pending > 0 ? ` (${NUMBER.format(pending)} pending)` : '');
    },
  });
}
