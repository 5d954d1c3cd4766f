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
  const session = summary.epoch
    ? [
        `Kubernetes ${summary.kubernetesVersion}`,
        `agent ${summary.agentVersion}`,
        `session ${summary.epoch} of ${summary.instanceId}`,
      ]
    : [];
  setText(byId('identity'), [summary.provider, summary.id, ...session].join(' · '));
  setText(byId('status'), words);
  setTone(byId('status'), tone);
  setText(byId('objects'), NUMBER.format(summary.objects));
  setText(byId('objects-note'), `${NUMBER.format(summary.entriesTotal)} entries so far`);
  setText(byId('received'), NUMBER.format(summary.receivedTotal));
  const waiting = summary.receivedTotal - summary.processedTotal;
  setText(byId('processed'), waiting === 0 ? 'all processed' : `${NUMBER.format(waiting)} not processed`);
  setTone(byId('processed'), waiting === 0 ? '' : 'warn');
  setText(byId('lag'), summary.lagMs === undefined ? '–' : duration(summary.lagMs));
  setText(byId('bytes'), bytes(summary.wireBytesTotal));
  const perEntry = summary.entriesTotal === 0 ? 0 : summary.wireBytesTotal / summary.entriesTotal;
  setText(byId('bytes-note'), perEntry === 0 ? 'compressed' : `${bytes(perEntry)} per entry`);
  showAges({ summary });
}

function showEmpty(chosen, clusters) {
  const unknown = chosen !== '' && clusters.length > 0;
  setText(byId('empty-title'), unknown ? 'There is no such cluster' : 'No cluster yet');
  const text = unknown
    ? `No cluster is registered under the id ${chosen}. Choose one above, or start an agent for another:`
    : 'Nothing has registered here. Start an agent and point it at this address:';
  setText(byId('empty-text'), text);
}
