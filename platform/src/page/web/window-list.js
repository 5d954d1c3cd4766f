/**
 * A long list of which only the rows in sight exist, here as at the platform: they are asked for as they come into sight.
 *
 * All rows have one height, `--row` of the region, so where a row stands is known without it. Above and below stand two empty rows as high
 * as what is left out. It asks for the first of them itself, when it comes into sight and knows how many these are.
 */
import { element, rows } from './dom.js';

/** Rows that are made beyond the edges, so that scrolling and the Tab key find some. */
const BEYOND = 8;
/** Between two questions that nobody's hand has asked, ms. */
const REFRESH_MS = 1000;

/**
 * `region` scrolls, `body` is the `tbody` in it. `load({ from, count })` gives `{ matching, from, rows }` or nothing, `create` and `update` make
 * the rows, `shown(answer)` hears of every answer.
 */
export function windowList({ region, body, columns, load, create, update, shown = () => {} }) {
  const [above, below] = [spacer(columns), spacer(columns)];
  /** Nothing, until one has come while the list was in the page. */
  let answer;
  let isAsking = false;
  let isWanted = false;
  let askedAt = -Infinity;
  let timer;

  const rowHeight = () => Number.parseFloat(getComputedStyle(region).getPropertyValue('--row')) || 34;

  function wanted() {
    const height = rowHeight();
    const first = Math.max(0, Math.floor(region.scrollTop / height) - BEYOND);
    return { from: first, count: Math.min(200, Math.ceil(region.clientHeight / height) + 2 * BEYOND) };
  }

  function draw() {
    const height = rowHeight();
    above.firstChild.style.height = `${answer.from * height}px`;
    above.hidden = answer.from === 0;
    const left = answer.matching - answer.from - answer.rows.length;
    below.firstChild.style.height = `${left * height}px`;
    below.hidden = left <= 0;
    const items = answer.rows.map((row, index) => ({ ...row, row: answer.from + index + 1 }));
    above.remove();
    below.remove();
    rows(body, items, {
      create: () => {
        const made = create();
        made.setAttribute('role', 'row');
        return made;
      },
      update: (item, row) => {
        item.setAttribute('aria-rowindex', String(row.row));
        update(item, row);
      },
    });
    body.prepend(above);
    body.append(below);
  }

  async function ask() {
    if (isAsking) {
      isWanted = true;
      return;
    }
    isAsking = true;
    isWanted = false;
    askedAt = performance.now();
    try {
      const next = await load(wanted());
      if (next && body.isConnected) {
        answer = next;
        draw();
        shown(next);
      }
    } catch {
      // The header says that the platform does not answer; the next change asks again.
    }
    isAsking = false;
    if (isWanted) void ask();
  }

  function isCovered() {
    if (answer === undefined) return false;
    const { from, count } = wanted();
    const last = Math.min(answer.matching, from + count - BEYOND);
    return from + (from === 0 ? 0 : BEYOND) >= answer.from && last <= answer.from + answer.rows.length;
  }

  region.addEventListener('scroll', () => requestAnimationFrame(() => isCovered() || void ask()), { passive: true });
  new ResizeObserver(() => isCovered() || void ask()).observe(region);

  return {
    /** Asks at once: something else is wanted. */
    reload() {
      region.scrollTop = 0;
      void ask();
    },
    /** Asks soon: what is shown has changed. */
    refresh() {
      if (timer !== undefined) return;
      timer = setTimeout(
        () => {
          timer = undefined;
          if (body.isConnected) void ask();
        },
        Math.max(0, askedAt + REFRESH_MS - performance.now()),
      );
    },
  };
}

function spacer(columns) {
  return element('tr', { class: 'spacer', 'aria-hidden': 'true' }, [element('td', { colspan: String(columns) })]);
}
