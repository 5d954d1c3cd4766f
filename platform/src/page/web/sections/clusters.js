/** The choice of a cluster. */
import { byId, rows, setText } from '../dom.js';

export function showClusters({ clusters }, { chosen, choose }) {
  if (chosen === '' && clusters.length > 0) return choose(clusters[0].key, true);
  rows(byId('cluster'), clusters, {
    create: () => document.createElement('option'),
    update: (option, { key, name, provider, status }) => {
      option.value = key;
      setText(option, `${name} · ${provider}${status === 'connected' ? '' : ` · ${status}`}`);
    },
  });
  byId('cluster').value = chosen;
  byId('picker').hidden = clusters.length < 2 && clusters.some(({ key }) => key === chosen);
  if (clusters.length === 0) byId('picker').hidden = true;
}
