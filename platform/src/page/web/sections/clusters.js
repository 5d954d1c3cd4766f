/** The choice of a cluster. */
import { byId, element, rows, setText } from '../dom.js';

export function showClusters({ clusters }, { cluster }) {
  rows(byId('cluster'), clusters, {
    create: () => element('option'),
    update: (option, { key, name, provider, status }) => {
      option.value = key;
      setText(option, `${name} · ${provider}${status === 'connected' ? '' : ` · ${status}`}`);
    },
  });
  byId('cluster').value = cluster;
  byId('picker').hidden = clusters.length === 0 || (clusters.length < 2 && clusters.some(({ key }) => key === cluster));
}
