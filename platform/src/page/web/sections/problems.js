/** What keeps the picture from being complete and new, a row a cause. */
import { byId, element, rows, setText, setTone } from '../dom.js';

export function showProblems({ problems }) {
  byId('problems-card').hidden = problems.length === 0;
  rows(byId('problems'), problems, {
    create: () =>
      element('li', {}, [
        element('b'),
        element('span', { class: 'why' }),
        element('span', { class: 'cure' }),
        element('small'),
      ]),
    update: (item, { tone, title, why, cure, feeds }) => {
      setTone(item, tone);
      const [words, reason, remedy, names] = item.children;
      setText(words, title);
      setText(reason, why);
      setText(remedy, cure);
      setText(names, feeds.length > 1 ? feeds.join(', ') : '');
    },
  });
}
