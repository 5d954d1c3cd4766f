/** What the cluster is, and how delivery goes. */
import { byId, setText, setTone } from '../dom.js';
import { bytes, duration, NUMBER } from '../words.js';
import { showAges } from './ages.js';

const STATUSES = {
  connected: ['Connected', 'good'],
  late: ['Late: two heartbeats missed', 'warn'],
  disconnected: ['Disconnected', 'bad'],
  waiting: ['Registered, no session yet', 'warn'],
};

export function showSummary({ summary, clusters }, { chosen }) {
  byId('board').hidden = !summary;
  // What is on its way is not missing: the cluster is known, only not yet what is to be told of it.
  byId('empty').hidden = Boolean(summary) || clusters.some(({ key }) => key === chosen);
  document.title = summary ? `${summary.name} · Reference platform` : 'Reference platform';
  if (!summary) {
    const unknown = chosen !== '' && clusters.length > 0;
    setText(byId('empty-title'), unknown ? 'There is no such cluster' : 'No cluster yet');
    const text = unknown
      ? `No cluster is registered under the id ${chosen}. Choose one above, or start an agent for another:`
      : 'Nothing has registered here. Start an agent and point it at this address:';
    setText(byId('empty-text'), text);
    setText(byId('empty-command'), `API_URL=${location.origin} API_KEY=any npm run agent`);
    return;
  }
  const [words, tone] = STATUSES[summary.status];
  setText(byId('name'), summary.name);
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
