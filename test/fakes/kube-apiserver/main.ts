import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { sampleCluster } from '../../samples/sample-cluster.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from './fake-kube-apiserver.ts';
import type { ServerKeys } from './listener.ts';

const USAGE = `Runs a fake kube-apiserver with a sample cluster until SIGINT or SIGTERM. Prints one JSON line,
{"url":…,"token":…,"caFile":…}, as soon as it listens; steer it through POST <url>/_fake/<command>.

  --nodes N         50 unless told
  --pods N          1000 unless told
  --others N        objects that are neither, at least; what such a cluster has, unless told
  --churn N         random changes per second, also written N/s; 0 unless told
  --provider P      azure, aws or gcp; azure unless told
  --port N          0, a free one, unless told
  --seed N          number from which objects and changes are made; 1 unless told
  --bookmark-ms N   milliseconds between two bookmarks; 60000 unless told
  --history N       changes of each kind from which watches may go on; 10000 unless told
  --neighbour-rules deployments say which neighbours their pods want
  --metrics         serves metrics.k8s.io
  --tls             serves HTTPS with a certificate of its own; caFile names the authority's
`;

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '50' },
    pods: { type: 'string', default: '1000' },
    others: { type: 'string', default: '0' },
    churn: { type: 'string', default: '0' },
    provider: { type: 'string', default: 'azure' },
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    'bookmark-ms': { type: 'string', default: '60000' },
    history: { type: 'string', default: '10000' },
    'neighbour-rules': { type: 'boolean', default: false },
    metrics: { type: 'boolean', default: false },
    tls: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function parseNumber(option: keyof typeof values): number {
  const text = String(values[option]).replace(/\/s$/u, '');
  if (!/^\d+(?:\.\d+)?$/u.test(text)) throw new Error(`--${option} is ${JSON.stringify(text)}: give a number`);
  return Number(text);
}

function parseProvider(): 'azure' | 'aws' | 'gcp' {
  const { provider } = values;
  if (provider === 'azure' || provider === 'aws' || provider === 'gcp') return provider;
  throw new Error(`--provider is ${JSON.stringify(provider)}: give azure, aws or gcp`);
}

function serverKeys(authority: TestAuthority): ServerKeys {
  const { certPem, keyPem } = authority.issue({ commonName: 'kube-apiserver' });
  return { cert: certPem, key: keyPem };
}

async function run(): Promise<void> {
  const seed = parseNumber('seed');
  using authority = values.tls ? new TestAuthority() : undefined;
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const server = await FakeKubeApiserver.start({
    port: parseNumber('port'),
    seed,
    historyEvents: parseNumber('history'),
    ...(authority === undefined ? {} : { tls: serverKeys(authority) }),
    settings: { bookmarkMs: parseNumber('bookmark-ms'), metricsApi: values.metrics ? 'up' : 'absent' },
  });
  const [nodes, pods, others] = (['nodes', 'pods', 'others'] as const).map(parseNumber) as [number, number, number];
  const hasNeighbourRules = values['neighbour-rules'];
  server.load(sampleCluster({ seed, nodes, pods, others, provider: parseProvider(), hasNeighbourRules }));
  server.churn.run(parseNumber('churn'));
  process.stdout.write(
    `${JSON.stringify({ url: server.url, token: FAKE_TOKEN, ...(authority === undefined ? {} : { caFile: authority.write('ca.pem', authority.certPem) }) })}\n`,
  );
  await stopped;
  await server.stop({ force: true });
}

if (values.help) process.stdout.write(USAGE);
else await run();
