/** The feeds, and how far each is. */
import { hrefOf } from '../address.js';
import { ago } from '../clock.js';
import { byId, element, rows, setText, setTone } from '../dom.js';
import { duration, NUMBER } from '../words.js';

/** States that this page does not know are shown as they are, and as something to look at. */
export const STATES = {
  SYNCED: 'good',
  SNAPSHOT: 'busy',
  FORBIDDEN: 'bad',
  REFUSED: 'bad',
  DEGRADED: 'warn',
  ABSENT: '',
  STALE: '',
  NEW: '',
};

const URGENT = ['DEGRADED', 'FORBIDDEN', 'REFUSED', 'SNAPSHOT'];
const OLD = ['DEGRADED', 'FORBIDDEN', 'STALE'];

export function showFeeds({ feeds }, { cluster }) {
  const count = (wanted) => feeds.filter(({ state }) => state === wanted).length;
  const absent = count('ABSENT');
  // What the cluster does not serve is nothing that could be synced.
  const [served, synced] = [feeds.length - absent, count('SYNCED')];
  const progress = synced === served ? `all ${served} synced` : `${synced} of ${served} synced`;
  const note = `${progress}${absent === 0 ? '' : `, ${absent} not served here`}`;
  setText(byId('feeds-note'), feeds.length === 0 ? 'none offered yet' : note);
  rows(byId('feeds'), feeds, {
    create: () =>
      element('tr', {}, [
        element('td', {}, [element('a'), ' ', element('small')]),
        element('td', { class: 'reason' }, [element('span', { class: 'chip' }), ' ', element('small')]),
        element('td', { class: 'number' }),
        element('td', { class: 'number optional mono' }),
        element('td', { class: 'number ago' }),
        element('td', { class: 'number optional' }),
      ]),
    update: (row, feed) => {
      const [resource, state, objects, point, age, took] = row.cells;
      const isUrgent = URGENT.includes(feed.state) || !(feed.state in STATES);
      row.className = (feed.objects === 0 && !isUrgent) || OLD.includes(feed.state) ? 'quiet' : '';
      setText(resource.children[0], feed.resource);
      resource.children[0].href = hrefOf({ cluster, feed: feed.key });
      setText(resource.children[1], [feed.group, feed.scope].filter(Boolean).join(' · '));
      setText(state.children[0], feed.state.toLowerCase());
      setTone(state.children[0], STATES[feed.state] ?? 'warn');
      const arriving = feed.state === 'SNAPSHOT' ? `${NUMBER.format(feed.arriving)} arrived` : '';
      setText(state.children[1], [arriving, feed.reason].filter(Boolean).join(' · '));
      setText(objects, NUMBER.format(feed.objects));
      setText(point, feed.resumePoint || '–');
      age.dataset.at = feed.observedAtMs ?? '';
      setText(age, feed.observedAtMs === undefined ? '–' : ago(feed.observedAtMs));
      const lag = feed.appliedAtMs === undefined ? '–' : duration(Math.max(0, feed.appliedAtMs - feed.observedAtMs));
      setText(took, lag);
    },
  });
}
