/** A list of names and values, and an object as it came. */
import { copyButton } from './copy.js';
import { element } from './dom.js';

/** `[name, value]` pairs; a value is a text or an element, and a pair without one is left out. */
export function facts(pairs) {
  return element(
    'dl',
    { class: 'facts' },
    pairs
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => element('div', {}, [element('dt', {}, [name]), element('dd', {}, [value])])),
  );
}

/** More characters than this are not shown: a browser lays out no line of megabytes. */
const MOST_SHOWN = 200_000;

/** What came of an object, as JSON. */
export function objectCard(object) {
  if (!object) return element('p', { class: 'card muted' }, ['There is no such object any more.']);
  const text = JSON.stringify(object.body, null, 2);
  const isCut = text.length > MOST_SHOWN;
  return element('section', { class: 'card', 'aria-label': 'As it came' }, [
    element('div', { class: 'title-row' }, [
      element('h3', {}, [
        'As it came ',
        element('span', { class: 'muted' }, [
          isCut ? 'only the beginning; what is copied is all of it' : 'all that left the cluster of this object',
        ]),
      ]),
      copyButton(() => text, 'the object as JSON'),
    ]),
    element('pre', { class: 'scroll tall', tabindex: '0' }, [element('code', {}, [text.slice(0, MOST_SHOWN)])]),
  ]);
}
