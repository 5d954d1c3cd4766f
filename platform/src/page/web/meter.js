/** A bar that shows a part of a whole. */
import { element } from './dom.js';

/** An empty one. */
export function meter() {
  return element('span', { class: 'meter', role: 'meter', 'aria-valuemin': '0', 'aria-valuemax': '100' }, [
    element('span'),
  ]);
}

/** Fills it; `text` is what is read out. */
export function setMeter(bar, { part, whole, text }) {
  const percent = whole > 0 ? Math.min(100, Math.round((part / whole) * 100)) : 0;
  bar.firstChild.style.width = `${percent}%`;
  bar.setAttribute('aria-valuenow', String(percent));
  bar.setAttribute('aria-label', text);
  bar.setAttribute('aria-valuetext', text);
}
