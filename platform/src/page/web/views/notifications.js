/** Whom the platform tells of trouble: each endpoint with what became of it, and the trouble that is not over. */
import { hrefOf } from '../address.js';
import { askFor } from '../ask-for.js';
import { ask } from '../ask.js';
import { ago } from '../clock.js';
import { crumbs } from '../crumbs.js';
import { element, setText } from '../dom.js';
import { chip, plural, table } from '../security-parts.js';

const TITLE = 'Notifications';
const EVERY_MS = 2000;

export async function makeNotifications() {
  const parts = element('div');
  const root = element('div', { class: 'view' }, [
    crumbs(['Clusters', { view: 'clusters' }], [TITLE]),
    element('h2', {}, [TITLE]),
    parts,
  ]);
  let shown;
  async function load() {
    const answer = await ask('notifications');
    const look = JSON.stringify(answer);
    // What did not change is left alone: somebody may be reading in it, or be about to press a button.
    if (look === shown) return;
    shown = look;
    parts.replaceChildren(...(answer === undefined ? [nobody()] : [troubles(answer), ...answer.endpoints.map(endpoint)]));
  }
  await load();
  const timer = setInterval(() => (root.isConnected ? load().catch(() => undefined) : clearInterval(timer)), EVERY_MS);
  return { root, title: TITLE };

  function endpoint(one) {
    const said = element('span', { role: 'status', class: 'muted' });
    const button = (words, call, done) => {
      const made = element('button', { type: 'button' }, [words]);
      made.addEventListener('click', async () => {
        made.disabled = true;
        setText(said, 'on its way …');
        try {
          setText(said, done(await askFor(`/endpoints/${encodeURIComponent(one.key)}/${call}`)));
        } catch (error) {
          setText(said, error.message);
        }
        made.disabled = false;
      });
      return made;
    };
    const buttons = [button('Send a test', 'test', ({ result }) => result)];
    if (one.ended !== '') buttons.push(button('Let it go on', 'reopen', () => 'it goes on'));
    return card(one.key, one.key, [
      element('p', {}, [
        state(one),
        ` ${one.origin} · ${one.format}${one.isSigned ? ', signed' : ''} · ${one.severities.join(', ')} · ${one.kinds.join(', ')}`,
      ]),
      element('p', {}, [counts(one)]),
      element('p', {}, [...buttons.flatMap((made) => [made, ' ']), said]),
      one.attempts.length === 0
        ? element('p', { class: 'muted' }, ['Nothing was sent yet.'])
        : table(
            ['When', 'What', 'Attempt', 'Result'],
            one.attempts.map(({ atMs, title, attempt, isDelivered, result }) => [
              new Date(atMs).toLocaleString('en-GB'),
              title,
              String(attempt),
              chip(result, isDelivered ? 'good' : 'bad'),
            ]),
          ),
    ]);
  }
}

function state({ ended, endedAtMs, queued }) {
  if (ended !== '') return chip(`ended ${ago(endedAtMs)}: ${ended}`, 'bad');
  return queued === 0 ? chip('nothing waits', 'good') : chip(`${plural(queued, 'notification')} waiting`, 'warn');
}

function counts({ delivered, failed, dropped }) {
  const lost = Object.entries(dropped).filter(([, count]) => count > 0);
  const words = lost.map(([reason, count]) => `, ${plural(count, 'notification')} dropped (${reason})`).join('');
  return `${plural(delivered, 'attempt')} taken, ${plural(failed, 'attempt')} not${words}`;
}

function troubles({ episodes }) {
  if (episodes.length === 0) return card('trouble', 'Trouble', [element('p', { class: 'muted' }, ['None that was told of.'])]);
  return card('trouble', 'Trouble', [
    table(
      ['Cluster', 'Severity', 'What', 'Since'],
      episodes.map(({ cluster, name, severity, summary, startedAtMs }) => [
        element('a', { href: hrefOf({ cluster }) }, [name === '' ? cluster : name]),
        chip(severity, severity === 'critical' ? 'bad' : 'warn'),
        summary,
        ago(startedAtMs),
      ]),
    ),
  ]);
}

function nobody() {
  return card('nobody', 'Nobody is told', [
    element('p', {}, ['Set NOTIFY_FILE to a file with endpoints: docs/notifications.md has an example of each kind.']),
  ]);
}

function card(name, title, children) {
  const id = `notify-${name}`;
  return element('section', { class: 'card', 'aria-labelledby': id }, [element('h3', { id }, [title]), ...children]);
}
