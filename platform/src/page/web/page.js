/**
 * The page: takes the stream of changes and puts them on the screen.
 *
 * The server decides what is shown and how often; the sections decide how it looks. Times arrive as instants and are shown as ages,
 * once a second.
 */
import { setClock } from './clock.js';
import { byId, setText } from './dom.js';
import { merge } from './merge.js';
import { SECTIONS } from './sections.js';
import { showAges } from './sections/ages.js';
import { showNodes } from './sections/nodes.js';

const model = {};
let chosen = new URL(location.href).searchParams.get('cluster') ?? '';
let stream;

function connect() {
  stream?.close();
  stream = new EventSource(`/_page/stream?cluster=${encodeURIComponent(chosen)}`);
  stream.addEventListener('message', ({ data }) => {
    showStream('live', 'Live');
    const { nowMs, full, change } = JSON.parse(data);
    setClock(nowMs);
    for (const [part, value] of Object.entries(change)) model[part] = merge(model[part], value, full);
    render(Object.keys(change));
  });
  stream.addEventListener('error', () => {
    showStream('lost', 'The platform does not answer, trying again…');
    // The browser tries again by itself, but not after an answer that is no stream.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

function showStream(state, text) {
  byId('stream').dataset.state = state;
  setText(byId('stream'), text);
}

function render(parts) {
  const choice = { chosen, choose };
  for (const { of, show } of SECTIONS) if (of.some((part) => parts.includes(part))) show(model, choice);
}

function choose(id, replace = false) {
  chosen = id;
  const url = new URL(location.href);
  url.searchParams.set('cluster', id);
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  connect();
}

byId('cluster').addEventListener('change', ({ target }) => choose(target.value));
byId('filter').addEventListener('input', () => model.nodes && showNodes(model));
addEventListener('popstate', () => {
  chosen = new URL(location.href).searchParams.get('cluster') ?? '';
  connect();
});
setInterval(() => showAges(model), 1000);
connect();
