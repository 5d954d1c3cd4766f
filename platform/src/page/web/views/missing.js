/** What is shown where an address names something that is not there. */
import { element } from '../dom.js';

/** `way` leads back. */
export function missing(way, kind, name) {
  const title = `There is no such ${kind}`;
  const text = `The platform knows no ${kind} ${name}. It may be gone since, or not have come yet.`;
  return {
    root: element('div', { class: 'view' }, [
      way,
      element('section', { class: 'card' }, [element('h2', {}, [title]), element('p', {}, [text])]),
    ]),
    title,
  };
}
