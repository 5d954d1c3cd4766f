/** Small parts of the view of security. */
import { element, setTone } from './dom.js';
import { NUMBER } from './words.js';

/** `1 pod`, `1,200 pods`. */
export function plural(count, word) {
  return `${NUMBER.format(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** A word that is marked with how it is meant. */
export function chip(words, tone) {
  const made = element('span', { class: 'chip' }, [words]);
  setTone(made, tone);
  return made;
}

/** A table; cells are texts or elements. */
export function table(headings, rows) {
  const head = headings.map((words) => element('th', { role: 'columnheader', scope: 'col' }, [words]));
  const body = rows.map((cells) =>
    element(
      'tr',
      { role: 'row' },
      // On a phone each cell stands in a line of its own, behind its heading.
      cells.map((cell, index) => element('td', { role: 'cell', 'data-heading': headings[index] }, [cell])),
    ),
  );
  return element('div', { class: 'scroll tall', role: 'region', 'aria-label': headings[0], tabindex: '0' }, [
    element('table', { role: 'table', class: 'security-table' }, [
      element('thead', { role: 'rowgroup' }, [element('tr', { role: 'row' }, head)]),
      element('tbody', { role: 'rowgroup' }, body),
    ]),
  ]);
}

/** What `make` gives, asked for when somebody opens it. */
export function fold(words, make) {
  const inside = element('div');
  const made = element('details', {}, [element('summary', {}, [words]), inside]);
  made.addEventListener('toggle', async () => {
    if (!made.open || inside.childElementCount > 0) return;
    try {
      inside.replaceChildren(await make());
    } catch (error) {
      inside.replaceChildren(`This cannot be shown: ${error.message}.`);
    }
  });
  return made;
}
