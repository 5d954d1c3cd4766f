/** Whom the platform tells of trouble: each endpoint with what became of it, and the trouble that is not over. */
import { hrefOf } from '../address.js';
import { askFor } from '../ask-for.js';
import { ask } from '../ask.js';
import { ago } from '../clock.js';
import { crumbs } from '../crumbs.js';
import { element, rows, setText } from '../dom.js';
import { endpointForm } from './endpoint-form.js';
import { chip, plural, table } from '../security-parts.js';
import { whileShown } from '../while-shown.js';

const TITLE = 'Notifications';
const EVERY_MS = 2000;

export async function makeNotifications() {
  const trouble = element('div');
  const list = element('div', { class: 'view' });
  const adding = element('div');
  const root = element('div', { class: 'view' }, [
    crumbs(['Clusters', { view: 'clusters' }], [TITLE]),
    element('h2', {}, [TITLE]),
    trouble,
    list,
    adding,
  ]);
  let shown;
  let choices;
  async function load() {
    const answer = await ask('notifications');
    if (answer === undefined) {
      trouble.replaceChildren(nobody());
      return;
    }
    const { episodes, endpoints } = answer;
    // What did not change is left alone: somebody may be reading in it.
    const look = JSON.stringify(episodes);
    if (look !== shown) trouble.replaceChildren(troubles(episodes));
    shown = look;
    // A form is left alone too, and so is what may be chosen in it.
    if (choices === undefined && answer.choices !== undefined)
      adding.replaceChildren(...makeAdding(answer.choices, load));
    choices = answer.choices;
    const create = () => createEndpoint(() => choices, load);
    const lines = endpoints.map((one) => ({ ...one, mayChange: choices !== undefined }));
    rows(list, lines, { create, update: updateEndpoint });
  }
  await load();
  whileShown(root, EVERY_MS, load);
  return { root, title: TITLE };
}

/** The button that opens the form for another endpoint. */
function makeAdding(choices, load) {
  const place = element('div');
  const open = element('button', { type: 'button' }, ['Add an endpoint']);
  open.addEventListener('click', () => {
    const done = () => {
      place.replaceChildren();
      open.hidden = false;
      open.focus();
      load();
    };
    open.hidden = true;
    place.replaceChildren(card('Another endpoint', [endpointForm(choices, undefined, done)]));
    place.querySelector('input').focus();
  });
  return [element('p', { class: 'calls' }, [open]), place];
}

/** Made once: its buttons keep the focus, and what was said of a test stays, while what is below them changes. */
function createEndpoint(choices, load) {
  const made = card('', [
    element('p', { class: 'endpoint' }),
    element('p', { class: 'counts' }),
    element('p', { class: 'calls' }),
    element('div', { class: 'form' }),
    element('div', { class: 'attempts' }),
  ]);
  const said = element('span', { role: 'status', class: 'muted' });
  const button = (words, call, done) => {
    const press = element('button', { type: 'button' }, [words]);
    press.addEventListener('click', async () => {
      // What cannot be taken back is asked twice.
      if (call === '' && press.dataset.asked === undefined) {
        press.dataset.asked = '';
        setText(press, 'Remove it with all that waits');
        return;
      }
      press.disabled = true;
      setText(said, 'on its way …');
      try {
        setText(said, done(await askFor(pathOf(made, call), call === '' ? 'DELETE' : 'POST')));
        await load();
      } catch (error) {
        setText(said, error.message);
      }
      press.disabled = false;
    });
    return press;
  };
  const test = button('Send a test', 'test', ({ result }) => result);
  const reopen = button('Let it go on', 'reopen', () => 'it goes on');
  reopen.className = 'reopen';
  const disable = button('Switch off', 'disable', () => 'it is switched off; what comes waits');
  disable.className = 'disable';
  const remove = button('Remove', '', () => 'it is gone');
  remove.className = 'remove';
  const change = element('button', { type: 'button', class: 'change' }, ['Change']);
  const form = made.querySelector('.form');
  change.addEventListener('click', () => {
    const done = () => {
      form.replaceChildren();
      change.focus();
      load();
    };
    form.replaceChildren(endpointForm(choices(), shownAs.get(made), done));
  });
  const calls = [test, reopen, disable, change, remove].flatMap((one) => [one, ' ']);
  made.querySelector('.calls').append(...calls, said);
  return made;
}

/** What each of them shows, for the form that changes it. */
const shownAs = new WeakMap();

function pathOf(made, call) {
  return `/endpoints/${encodeURIComponent(made.dataset.key)}${call === '' ? '' : `/${call}`}`;
}

function updateEndpoint(made, one) {
  const { key, origin, format, isSigned, severities, kinds, attempts, ended } = one;
  setText(made.querySelector('h3'), key);
  const facts = [origin, `${format}${isSigned ? ', signed' : ''}`, severities.join(', '), kinds.join(', ')];
  made.querySelector('.endpoint').replaceChildren(state(one), ` ${facts.join(' · ')}`);
  setText(made.querySelector('.counts'), counts(one));
  made.querySelector('.reopen').hidden = ended === '';
  const { mayChange } = one;
  made.querySelector('.disable').hidden = !mayChange || ended !== '';
  for (const name of ['.change', '.remove']) made.querySelector(name).hidden = !mayChange || !one.isOfPage;
  shownAs.set(made, one);
  made.querySelector('.attempts').replaceChildren(
    attempts.length === 0
      ? element('p', { class: 'muted' }, ['Nothing was sent yet.'])
      : table(
          ['When', 'What', 'Attempt', 'Result'],
          attempts.map(({ atMs, title, attempt, isDelivered, result }) => [
            new Date(atMs).toLocaleString('en-GB'),
            title,
            String(attempt),
            chip(result, isDelivered ? 'good' : 'bad'),
          ]),
        ),
  );
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

function troubles(episodes) {
  if (episodes.length === 0) return card('Trouble', [element('p', { class: 'muted' }, ['None that was told of.'])]);
  return card('Trouble', [
    table(
      ['Cluster', 'Severity', 'What', 'Since'],
      episodes.map(({ cluster, name, severity, summary, startedAtMs }) => [
        element('a', { href: hrefOf({ cluster }) }, [name === '' ? cluster : name]),
        chip(severity, severity === 'critical' ? 'bad' : 'warn'),
        summary,
        new Date(startedAtMs).toLocaleString('en-GB'),
      ]),
    ),
  ]);
}

function nobody() {
  return card('Nobody is told', [
    element('p', {}, ['Set NOTIFY_FILE to a file with endpoints: docs/notifications.md has an example of each kind.']),
  ]);
}

let made = 0;

function card(title, children) {
  made += 1;
  const id = `notify-${made}`;
  return element('section', { class: 'card', 'aria-labelledby': id }, [element('h3', { id }, [title]), ...children]);
}
