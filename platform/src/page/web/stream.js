/** The stream of what changes, and its state in the page's head. */
import { setClock } from './clock.js';
import { byId, setText } from './dom.js';
import { merge } from './merge.js';
import { setStale } from './stale.js';

const AGAIN_MS = 2000;

/**
 * Follows one cluster after the other; `follow('')`: only the list of clusters. `changed(model, parts)` hears of everything, unless the
 * reader has paused it.
 */
export function openStream(changed) {
  let model = {};
  let source;
  let isPaused = false;
  /** What changed while it was paused. */
  const waiting = new Set();
  let told = Promise.withResolvers();

  function follow(cluster) {
    source?.close();
    model = {};
    told = Promise.withResolvers();
    const own = new EventSource(`/_page/stream?cluster=${encodeURIComponent(cluster)}`);
    source = own;
    own.addEventListener('message', ({ data }) => {
      show('live');
      const { nowMs, full, change } = JSON.parse(data);
      setClock(nowMs);
      for (const [part, value] of Object.entries(change)) model[part] = merge(model[part], value, full);
      told.resolve();
      tell(Object.keys(change));
    });
    own.addEventListener('error', () => {
      show('lost');
      // The browser tries again by itself, but not after an answer that is no stream.
      if (own.readyState !== EventSource.CLOSED) return;
      setTimeout(() => {
        if (source === own) follow(cluster);
      }, AGAIN_MS);
    });
  }

  function tell(news) {
    for (const part of news) waiting.add(part);
    if (isPaused) return;
    const parts = [...waiting];
    waiting.clear();
    changed(model, parts);
  }

  function show(state) {
    const words = { live: isPaused ? 'Paused' : 'Live', lost: 'The platform does not answer, trying again…' };
    byId('stream').dataset.state = state;
    setText(byId('stream'), words[state] ?? 'Connecting…');
    byId('pause').hidden = state !== 'live';
    setStale(document.body, state === 'lost' ? 'as it was when the platform last answered' : '');
  }

  byId('pause').addEventListener('click', () => {
    isPaused = !isPaused;
    byId('pause').setAttribute('aria-pressed', String(isPaused));
    show(byId('stream').dataset.state);
    tell([]);
  });
  show('connecting');
  return {
    follow,
    model: () => model,
    /** Resolves when the platform has told of what is followed now. */
    known: () => told.promise,
  };
}
