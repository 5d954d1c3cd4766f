/** What is requested of what there is, as a bar with both numbers. */
import { element, setText, setTone } from './dom.js';
import { meter, setMeter } from './meter.js';

/** An empty one. */
export const loadBar = () => element('div', { class: 'load' }, [meter(), element('b')]);

/** Fills it. `unit` writes the numbers. */
export function setLoad(load, { what, part, whole, unit }) {
  const [bar, text] = load.children;
  const words = whole > 0 ? `${unit(part)} / ${unit(whole)}` : unit(part);
  setText(text, words);
  setMeter(bar, { part, whole, text: `${what} ${words}` });
  setTone(bar, whole > 0 && part / whole > 0.9 ? 'warn' : '');
}
