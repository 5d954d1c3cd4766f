/** A line of a list of events: time, kind, words. */
import { element, setText, setTone } from './dom.js';
import { TIME } from './words.js';

/** An empty one. */
export const line = () =>
  element('li', {}, [element('time'), element('span', { class: 'kind' }), element('span', { class: 'text' })]);

/** Fills it. */
export function fillLine(item, { atMs, tone, kind, text }) {
  setTone(item, tone === 'plain' ? '' : tone);
  const [time, what, words] = item.children;
  time.dateTime = new Date(atMs).toISOString();
  setText(time, TIME.format(atMs));
  setText(what, kind);
  setText(words, text);
}
