/** What the cluster is, and how delivery goes. */
import { byId, setText, setTone } from '../dom.js';
import { setStale } from '../stale.js';
import { bytes, duration, NUMBER } from '../words.js';
import { showAges } from './ages.js';

export function showSummary({ summary, clusters }, { cluster: chosen, isBoard }) {
  byId('board').hidden = !summary || !isBoard;
  // What is on its way is not missing: the cluster is known, only not yet what is to be told of it.
  byId('empty').hidden = Boolean(summary) || !isBoard || clusters.some(({ key }) => key === chosen);
  if (isBoard) document.title = summary ? `${summary.name}: ${summary.verdict.words}` : 'Reference platform';
  if (!summary) return showEmpty(chosen, clusters);
  const { words, tone, isStale } = summary.verdict;
  setText(byId('name'), summary.name);
  setStale(byId('board'), isStale ? 'not followed now' : '');
  setText(byId('identity'), [summary.provider, summary.id, ...sessionWords(summary)].join(' · '));
  setText(byId('status'), words);
  setTone(byId('status'), tone);
  setText(byId('objects'), NUMBER.format(summary.objects));
  setText(byId('objects-note'), `${NUMBER.format(summary.entriesTotal)} entries so far`);
  showDelivery(summary);
  showAges({ summary });
}

function sessionWords({ epoch, wire, instanceId, kubernetesVersion, agentVersion }) {
  if (!epoch) return [];
  // Agents of the public API do not say who they are.
  const session = wire === 'ingest' ? `session ${epoch} of ${instanceId}` : `wire agent-deltas, snapshot ${epoch}`;
  return [`Kubernetes ${kubernetesVersion}`, `agent ${agentVersion}`, session];
}

function showDelivery({ wire, receivedTotal, processedTotal, lagMs, wireBytesTotal, entriesTotal }) {
  setText(byId('received'), NUMBER.format(receivedTotal));
  const waiting = receivedTotal - processedTotal;
  const whole = wire === 'ingest' ? 'all processed' : 'processed as they are received';
  setText(byId('processed'), waiting === 0 ? whole : `${NUMBER.format(waiting)} not processed`);
  setTone(byId('processed'), waiting === 0 ? '' : 'warn');
  setText(byId('lag'), lagMs === undefined ? '–' : duration(lagMs));
  setText(byId('bytes'), bytes(wireBytesTotal));
  const perEntry = entriesTotal === 0 ? 0 : wireBytesTotal / entriesTotal;
  setText(byId('bytes-note'), perEntry === 0 ? 'compressed' : `${bytes(perEntry)} per entry`);
}

function showEmpty(chosen, clusters) {
  const unknown = chosen !== '' && clusters.length > 0;
  setText(byId('empty-title'), unknown ? 'There is no such cluster' : 'No cluster yet');
  const text = unknown
    ? `No cluster is registered under the id ${chosen}. Choose one above, or start an agent for another:`
    : 'Nothing has registered here. Start an agent and point it at this address:';
  setText(byId('empty-text'), text);
}
