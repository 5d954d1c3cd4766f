/** The frame of a long list: its title with the number of rows, its filter, and headings that sort. */
import { go, place } from './address.js';
import { element, setText } from './dom.js';
import { windowList } from './window-list.js';
import { NUMBER } from './words.js';

/** Between the last key in the filter and the question, ms. */
const TYPED_MS = 150;
let made = 0;

/**
 * `columns` are `{ name, title, sort?, number? }`; a column with `sort` can be sorted by. `load({ filter, sort, from, count })` asks for rows.
 * Filter and sort stand in the address.
 */
export function listTable({ title, name, columns, load, create, update }) {
  made += 1;
  const titleId = `list-${made}`;
  const note = element('span', { class: 'muted' });
  const input = element('input', { type: 'search', autocomplete: 'off', spellcheck: 'false' });
  const headings = columns.map(heading);
  const body = element('tbody', { role: 'rowgroup' });
  const table = element('table', { class: `list ${name}`, role: 'table' }, [
    element('thead', { role: 'rowgroup' }, [element('tr', { role: 'row' }, headings)]),
    body,
  ]);
  const region = element('div', { class: 'scroll tall', role: 'region', 'aria-labelledby': titleId, tabindex: '0' }, [
    table,
  ]);
  const section = element('section', { class: `card ${name}-card`, 'aria-labelledby': titleId }, [
    element('div', { class: 'title-row' }, [
      element('h3', { id: titleId }, [`${title} `, note]),
      element('label', { class: 'filter' }, [element('span', {}, ['Filter']), input]),
    ]),
    region,
  ]);
  const list = windowList({
    region,
    body,
    columns: columns.length,
    load: (part) => load({ filter: place().filter, sort: place().sort, ...part }),
    create,
    update,
    shown: ({ total, matching, uncounted }) => {
      table.setAttribute('aria-rowcount', String(matching));
      const all = NUMBER.format(total) + (uncounted > 0 ? ' so far' : '');
      setText(note, input.value.trim() === '' ? all : `${NUMBER.format(matching)} of ${all}`);
    },
  });

  let typed;
  input.addEventListener('input', () => {
    clearTimeout(typed);
    typed = setTimeout(() => goTo(place().sort), TYPED_MS);
  });

  /** With what stands in the filter now, although it may not stand in the address yet. */
  function goTo(sort) {
    clearTimeout(typed);
    go({ ...place(), sort, filter: input.value.trim() }, true);
  }

  function heading({ title: words, sort, number }) {
    const cell = element('th', { role: 'columnheader', scope: 'col', ...(number ? { class: 'number' } : {}) });
    if (!sort) {
      cell.append(words);
      return cell;
    }
    const button = element('button', { type: 'button', class: 'sort' }, [words]);
    button.addEventListener('click', () => {
      const { sort: now } = place();
      // Numbers are looked at from the largest on, names from the first; then the other way round, then as at first.
      const turns = number ? [`-${sort}`, sort, ''] : [sort, `-${sort}`, ''];
      goTo(turns[(turns.indexOf(now ?? '') + 1) % turns.length]);
    });
    cell.dataset.sort = sort;
    cell.append(button);
    return cell;
  }

  function showPlace() {
    const { filter = '', sort = '' } = place();
    if (document.activeElement !== input) input.value = filter;
    for (const cell of headings) {
      const own = cell.dataset.sort;
      const order = sort === own ? 'ascending' : sort === `-${own}` ? 'descending' : undefined;
      if (order && own) cell.setAttribute('aria-sort', order);
      else cell.removeAttribute('aria-sort');
    }
  }
  showPlace();

  return {
    section,
    refresh: () => list.refresh(),
    /** The address has another filter or order. */
    reload() {
      showPlace();
      list.reload();
    },
  };
}
