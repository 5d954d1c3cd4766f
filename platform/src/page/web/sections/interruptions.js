/** Machines that are about to be taken, a card each. */
import { hrefOf } from '../address.js';
import { ago, countdown } from '../clock.js';
import { byId, element, rows, setText, setTone } from '../dom.js';
import { TIME } from '../words.js';

const STATES = {
  ahead: ['the node is cordoned and being emptied', 'bad'],
  gone: ['over: the node is gone', ''],
  cancelled: ['not marked any more: the machine stays', 'good'],
  advice: ['only a recommendation: nothing is done', 'warn'],
  unknown: ['announced: what becomes of the node is not known yet', 'warn'],
};

export function showInterruptions({ interruptions }, { cluster }) {
  byId('interruptions-card').hidden = interruptions.length === 0;
  rows(byId('interruptions'), interruptions, {
    create: () =>
      element('li', {}, [
        element('a', { class: 'who' }),
        element('b', { class: 'countdown' }),
        element('span', { class: 'state' }),
        element('small', { class: 'what' }),
        element('small', { class: 'ago' }),
      ]),
    update: (card, { node, what, endsAtMs, state, atMs }) => {
      const [who, ends, words, detail, since] = card.children;
      const [text, tone] = STATES[state];
      setTone(card, tone);
      setText(who, node === '' ? 'a node that is not here' : node);
      if (node === '') who.removeAttribute('href');
      else who.href = hrefOf({ cluster, node });
      const isAhead = state === 'ahead' && endsAtMs !== undefined;
      ends.hidden = !isAhead;
      ends.dataset.at = isAhead ? String(endsAtMs) : '';
      setText(ends, isAhead ? `ends ${countdown(endsAtMs)}` : '');
      setText(words, text);
      setText(detail, what);
      since.dataset.at = String(atMs);
      since.title = TIME.format(atMs);
      setText(since, ago(atMs));
    },
  });
}
