/**
 * The page: what its address names, kept up to date by the stream.
 *
 * The server decides what is shown and how often; sections and views decide how it looks. Times arrive as instants and are shown as ages,
 * once a second.
 */
import { go, hrefOf, isOwnClick, place } from './address.js';
import { ask } from './ask.js';
import { copyButton } from './copy.js';
import { byId, element, setText } from './dom.js';
import { SECTIONS } from './sections.js';
import { showAges } from './sections/ages.js';
import { openStream } from './stream.js';
import { viewOf } from './views.js';

const stream = openStream(showChange);
/** The cluster whose stream is open. */
let followed;
/** What is shown in place of the board. */
let view;
/** Numbers the places that were gone to: what was made for an earlier one comes too late. */
let turn = 0;

function showChange(model, parts) {
  if (redirect(model)) return;
  showBoard(model, parts, false);
  if (parts.includes('lists')) view?.refresh?.();
}

function showBoard(model, parts, isNewPlace) {
  const { cluster = '' } = place();
  const choice = { cluster, isBoard: viewOf(place()) === undefined, isNewPlace };
  for (const { of, show } of SECTIONS)
    if (of.every((part) => part in model) && of.some((part) => parts.includes(part))) show(model, choice);
}

/** None chosen: the only one there is, or all of them, rather than any. */
function redirect({ clusters = [] }) {
  const { cluster, view: name } = place();
  if (cluster !== undefined || name !== undefined || clusters.length === 0) return false;
  go(clusters.length === 1 ? { cluster: clusters[0].key } : { view: 'clusters' }, true);
  return true;
}

/** Shows what the address names now. */
async function showPlace() {
  const now = place();
  if (redirect(stream.model())) return;
  follow(now.cluster ?? '');
  const make = viewOf(now);
  byId('view').hidden = make === undefined;
  if (make === undefined) {
    view = undefined;
    turn += 1;
    byId('view').replaceChildren();
    showBoard(stream.model(), Object.keys(stream.model()), true);
    return;
  }
  byId('board').hidden = true;
  byId('empty').hidden = true;
  const { filter: _filter, sort: _sort, ...rest } = now;
  const what = JSON.stringify(rest);
  if (view?.what === what) view.reload?.();
  else await showView(make, { now, what });
}

async function showView(make, { now, what }) {
  turn += 1;
  const mine = turn;
  view = undefined;
  try {
    // Views take names from what the stream tells.
    await stream.known();
    const made = await make(now, stream.model());
    if (mine !== turn) return;
    view = { ...made, what };
    byId('view').replaceChildren(made.root);
    document.title = made.title;
  } catch (error) {
    if (mine === turn) byId('view').replaceChildren(element('p', {}, [`This cannot be shown: ${error.message}.`]));
  }
}

function follow(cluster) {
  if (followed === cluster) return;
  followed = cluster;
  byId('board').hidden = true;
  stream.follow(cluster);
}

async function showCommand() {
  const { isAnyKeyTaken } = await ask('start');
  const key = isAnyKeyTaken ? 'any' : '<one of the platform’s keys>';
  setText(byId('empty-command'), `KUBECONFIG=~/.kube/config API_URL=${location.origin} API_KEY=${key} npm run agent`);
}

byId('cluster').addEventListener('change', ({ target }) => go({ cluster: target.value }));
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  if (!link || !isOwnClick(event, link)) return;
  event.preventDefault();
  if (link.href !== location.href) history.pushState(null, '', link.href);
  dispatchEvent(new Event('place'));
  scrollTo(0, 0);
  byId('content').focus({ preventScroll: true });
});
addEventListener('place', () => void showPlace());
addEventListener('popstate', () => void showPlace());
setInterval(() => showAges(stream.model()), 1000);
byId('home').href = hrefOf({ view: 'clusters' });
byId('empty-copy').append(copyButton(() => byId('empty-command').textContent, 'the command'));
byId('id-copy').append(copyButton(() => place().cluster ?? '', 'the cluster’s id'));
showCommand().catch(() => undefined);
void showPlace();
