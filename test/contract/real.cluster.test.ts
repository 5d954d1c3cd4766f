import { readFile } from 'node:fs/promises';
import { ApiError } from '../cluster/api-client.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { waitUntil } from '../cluster/wait-until.ts';
import { isOldest } from '../../scripts/tools/binaries.ts';
import { KUBERNETES_1_28, NEWEST, type Start } from './kube-apiserver/contract-server.ts';
import { describeKubeApiserverContract } from './kube-apiserver/kube-apiserver-contract.ts';

const VISITOR = 'visitor-token';

const [subject, dialect] = isOldest()
  ? ['the oldest kube-apiserver that the chart takes', KUBERNETES_1_28]
  : ['a real kube-apiserver', NEWEST];

const start: Start = async ({ watchList }) => {
  const cluster = await startCluster({
    users: [{ name: 'visitor', token: VISITOR }],
    apiServerArgs: [
      // Five minutes otherwise: how long a continue token lives.
      '--etcd-compaction-interval=5s',
      ...(watchList || !dialect.streamingLists ? [] : ['--feature-gates=WatchList=false']),
    ],
    onProgress: console.log,
  });
  return {
    url: cluster.url,
    ca: await readFile(cluster.caFile, 'utf8'),
    token: cluster.adminToken,
    visitorToken: VISITOR,
    expireContinueTokens: () => expireContinueTokens(cluster),
    restart: async () => {
      await cluster.stopApiServer();
      await cluster.startApiServer();
    },
    stop: () => cluster.stop(),
  };
};

describeKubeApiserverContract(subject, start, dialect);

/** Takes a token and waits until it has expired: then all that were given out before have expired, too. */
async function expireContinueTokens(cluster: Cluster): Promise<void> {
  const maps = '/api/v1/configmaps?limit=1';
  const { metadata } = await cluster.request('GET', maps);
  const token = String(metadata?.['continue']);
  await waitUntil({
    failure: 'a continue token is still good',
    timeoutMs: 120_000,
    check: () =>
      cluster.request('GET', `${maps}&continue=${token}`).then(
        () => undefined,
        (error: unknown) => (error instanceof ApiError && error.status === 410 ? true : undefined),
      ),
  });
}
