/** The feeds, and how far each is. */
import { ago } from '../clock.js';
import { byId, element, rows, setText, setTone } from '../dom.js';
import { duration, NUMBER } from '../words.js';

const STATES = {
  SYNCED: 'good',
  SNAPSHOT: 'busy',
  FORBIDDEN: 'bad',
  DEGRADED: 'warn',
  ABSENT: '',
  STALE: '',
  NEW: '',
};

export function showFeeds({ feeds }) {
  const count = (wanted) => feeds.filter(({ state }) => state === wanted).length;
  const absent = count('ABSENT');
  // What the cluster does not serve is nothing that could be synced.
  const note = `${count('SYNCED')} of ${feeds.length - absent} synced${absent === 0 ? '' : `, ${absent} not served here`}`;
  setText(byId('feeds-note'), feeds.length === 0 ? 'none offered yet' : note);
  rows(byId('feeds'), feeds, {
    create: () =>
      element('tr', {}, [
        element('td', {}, [element('span'), ' ', element('small')]),
        element('td', { class: 'reason' }, [element('span', { class: 'chip' }), ' ', element('small')]),
        element('td', { class: 'number' }),
        element('td', { class: 'number optional mono' }),
        element('td', { class: 'number age' }),
        element('td', { class: 'number optional' }),
      ]),
    update: (row, feed) => {
      const [resource, state, objects, point, age, took] = row.cells;
      const isUrgent = ['DEGRADED', 'FORBIDDEN', 'SNAPSHOT'].includes(feed.state);
      row.className = feed.objects === 0 && !isUrgent ? 'quiet' : '';
      setText(resource.children[0], feed.resource);
      setText(resource.children[1], [feed.group, feed.scope].filter(Boolean).join(' · '));
      setText(state.children[0], feed.state.toLowerCase());
      setTone(state.children[0], STATES[feed.state] ?? '');
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
