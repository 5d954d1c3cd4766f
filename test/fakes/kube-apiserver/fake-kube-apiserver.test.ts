import { type KubeObject } from '@castai/shared/kube/kube-object.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PlainClient } from './plain-client.ts';
import { sampleCluster } from '../../samples/sample-cluster.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from './fake-kube-apiserver.ts';
import type { FaultAction } from './faults.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const SAMPLE = { seed: 1, nodes: 4, pods: 30 };

let server: FakeKubeApiserver;
let client: PlainClient;

beforeEach(async () => {
  server = await FakeKubeApiserver.start();
  client = new PlainClient({ url: server.url, token: FAKE_TOKEN });
});

afterEach(async () => {
  await client.close();
  await server.stop({ force: true });
});

const map = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
});
const reference = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace: 'default' });

test('a loaded sample is served as it is, uids and custom resources included', async () => {
  const sample = [...sampleCluster(SAMPLE)];
  expect(server.load(sample)).toBe(sample.length);
  const pods = await client.list('/api/v1/pods');
  const expected = sample.filter(({ kind }) => kind === 'Pod').map(({ metadata }) => metadata.uid);
  expect(new Set(pods.items.map(({ metadata }) => metadata.uid))).toEqual(new Set(expected));
  expect((await client.list('/apis/karpenter.sh/v1/nodepools')).items).toHaveLength(2);
  const v1 = await client.list('/apis/autoscaling/v1/horizontalpodautoscalers');
  const v2 = await client.list('/apis/autoscaling/v2/horizontalpodautoscalers');
  expect(v1.items).toEqual(v2.items);
  expect(server.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' })?.metadata.uid).toBe(
    sample.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === 'kube-system')?.metadata.uid,
  );
});

test('a change of the version alone is seen as any other, and leaves the content as it was', async () => {
  server.load(sampleCluster(SAMPLE));
  const content = (): Map<unknown, string> =>
    new Map(
      server
        .objects('pods')
        .map((pod) => [
          pod.metadata.uid,
          JSON.stringify({ ...pod, metadata: { ...pod.metadata, resourceVersion: '' } }),
        ]),
    );
  const before = content();
  await using watch = await client.watch(`/api/v1/pods?resourceVersion=${server.resourceVersion}`);
  expect(server.churn.change(200, 1)).toBe(200);
  server.create({ ...map('last'), kind: 'Pod', metadata: { name: 'last', namespace: 'default' } });
  const events = (await watch.until((all) => all.at(-1)?.object.metadata.name === 'last')).slice(0, -1);
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['MODIFIED']));
  expect(events.length).toBeGreaterThan(50);
  const after = content();
  after.delete(server.get({ apiVersion: 'v1', kind: 'Pod', name: 'last', namespace: 'default' })?.metadata.uid);
  expect(after).toEqual(before);
  const versions = new Map<unknown, unknown>(
    events.map(({ object }) => [object.metadata.uid, object.metadata.resourceVersion]),
  );
  for (const pod of server.objects('pods')) {
    if (versions.has(pod.metadata.uid)) expect(pod.metadata.resourceVersion).toBe(versions.get(pod.metadata.uid));
  }
});

test('random changes reach a watch in order, and what they add up to is what is listed', async () => {
  server.load(sampleCluster(SAMPLE));
  await using watch = await client.watch(`/api/v1/pods?resourceVersion=${server.resourceVersion}`);
  const state = new Map(server.objects('pods').map((pod) => [pod.metadata.uid, pod.metadata.resourceVersion]));
  server.churn.change(400);
  const last = { ...map('last'), kind: 'Pod', metadata: { name: 'last', namespace: 'default' } };
  server.create(last);
  const events = await watch.until((all) => all.at(-1)?.object.metadata.name === 'last');
  let version = 0n;
  for (const { type, object } of events) {
    expect(BigInt(object.metadata.resourceVersion)).toBeGreaterThan(version);
    version = BigInt(object.metadata.resourceVersion);
    if (type === 'DELETED') state.delete(object.metadata.uid);
    else state.set(object.metadata.uid, object.metadata.resourceVersion);
  }
  const { items } = await client.list('/api/v1/pods');
  expect(new Map(items.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]))).toEqual(state);
});

test('a small history makes old positions expire, in the stream or as an HTTP status', async () => {
  server.resizeHistory(2);
  const version = server.resourceVersion;
  for (const name of ['a', 'b', 'c']) server.create(map(name));
  await using late = await client.watch(`${MAPS}?resourceVersion=${version}`);
  await late.ended;
  expect(late.events).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
  server.settings.expiredAsStatus = true;
  expect((await client.call('GET', `${MAPS}?watch=1&resourceVersion=${version}`)).status).toBe(410);
  await using inTime = await client.watch(`${MAPS}?resourceVersion=${(BigInt(version) + 1n).toString()}`);
  expect(await inTime.take(2)).toMatchObject([{ object: { metadata: { name: 'b' } } }, { type: 'ADDED' }]);
});

test('bookmarks come in their rhythm to those who want them', async () => {
  server.settings.bookmarkMs = 20;
  await using watch = await client.watch(`${MAPS}?resourceVersion=${server.resourceVersion}&allowWatchBookmarks=true`);
  await expect.poll(() => server.watches('configmaps').length).toBe(1);
  server.create(map('a'));
  const events = await watch.take(3);
  expect(watch.types().slice(0, 3)).toEqual(['ADDED', 'BOOKMARK', 'BOOKMARK']);
  expect(events[2]?.object.metadata.resourceVersion).toBe(server.resourceVersion);
});

test('a rewound cluster has its old objects and counts from there, and a watch from before waits in silence', async () => {
  server.create(map('kept'));
  const backup = server.backup();
  const version = server.resourceVersion;
  server.create(map('lost'));
  server.update(reference('kept'), (object) => Object.assign(object, { data: { x: '1' } }));
  const ahead = server.resourceVersion;
  server.rewind(backup);
  expect(server.resourceVersion).toBe(version);
  expect(server.get(reference('lost'))).toBeUndefined();
  expect(server.get(reference('kept'))).not.toHaveProperty('data');
  await using watch = await client.watch(`${MAPS}?resourceVersion=${ahead}`);
  await using present = await client.watch(`${MAPS}?resourceVersion=${version}`);
  server.create(map('x'));
  server.create(map('y'));
  server.create(map('z'));
  expect((await present.take(3)).map(({ object }) => object.metadata.name)).toEqual(['x', 'y', 'z']);
  expect(await watch.take(1)).toMatchObject([{ type: 'ADDED', object: { metadata: { name: 'z' } } }]);
});

test('a server that is down refuses, keeps its address and loses what it is told to lose', async () => {
  const { url } = server;
  server.create(map('a'));
  const version = server.resourceVersion;
  server.create(map('b'));
  await server.restart({ historyLost: false });
  await using resumed = await client.watch(`${MAPS}?resourceVersion=${version}`);
  expect(await resumed.take(1)).toMatchObject([{ object: { metadata: { name: 'b' } } }]);
  server.stopListening();
  await expect(new PlainClient({ url, token: FAKE_TOKEN }).call('GET', '/version')).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  server.create(map('c'));
  await resumed.take(2);
  await server.listen();
  const before = server.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' })?.metadata.uid;
  await server.restart({ keepState: false });
  expect([server.url, server.objects('configmaps')]).toEqual([url, []]);
  expect(server.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' })?.metadata.uid).not.toBe(before);
});

test('rights and tokens come and go for new requests only', async () => {
  await using watch = await client.watch(`${MAPS}?resourceVersion=${server.resourceVersion}`);
  const allow = server.access.deny({ resource: 'configmaps', verb: 'list', clusterWideOnly: true });
  expect((await client.call('GET', '/api/v1/configmaps')).status).toBe(403);
  expect((await client.call('GET', MAPS)).status).toBe(200);
  allow();
  expect((await client.call('GET', '/api/v1/configmaps')).status).toBe(200);
  server.access.addToken('next', 'agent');
  server.access.revokeToken(FAKE_TOKEN);
  expect((await client.call('GET', MAPS)).status).toBe(401);
  expect((await client.call('GET', MAPS, { token: 'next' })).status).toBe(200);
  server.create(map('still-seen'));
  expect(await watch.take(1)).toMatchObject([{ type: 'ADDED' }]);
});

test('an apply needs the right to patch, and the right to create besides where there is nothing yet', async () => {
  const path = `${MAPS}/applied?fieldManager=one`;
  const apply = async () => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' } };
    return (await client.call('PATCH', path, { headers, body })).status;
  };
  const allow = server.access.deny({ resource: 'configmaps', verb: 'create' });
  expect(await apply()).toBe(403);
  allow();
  expect(await apply()).toBe(201);
  server.access.deny({ resource: 'configmaps', verb: 'create' });
  expect(await apply()).toBe(200);
  server.access.deny({ resource: 'configmaps', verb: 'patch' });
  expect(await apply()).toBe(403);
});

test('metrics are virtual objects, and their dead server leaves a stale group behind', async () => {
  const path = '/apis/metrics.k8s.io/v1beta1/pods';
  const discover = async () => {
    const headers = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' };
    const { items } = (await client.call('GET', '/apis', { headers })).json() as {
      items: { metadata: { name: string }; versions: unknown[] }[];
    };
    return items.find(({ metadata }) => metadata.name === 'metrics.k8s.io')?.versions;
  };
  expect([(await client.call('GET', path)).status, await discover()]).toEqual([404, undefined]);
  server.load(sampleCluster(SAMPLE));
  server.settings.metricsApi = 'up';
  const list = await client.list(path);
  expect([list.items.length, list.metadata]).toEqual([30, {}]);
  expect(list.items[0]?.metadata).not.toHaveProperty('uid');
  expect(await discover()).toMatchObject([{ freshness: 'Current', resources: [{ resource: 'pods' }] }]);
  server.settings.metricsApi = 'down';
  const dead = await client.call('GET', path);
  expect([dead.status, dead.text, dead.headers['retry-after']]).toEqual([503, 'service unavailable\n', undefined]);
  expect(await discover()).toEqual([{ version: 'v1beta1', freshness: 'Stale' }]);
  expect((await client.call('GET', '/apis/metrics.k8s.io/v1beta1')).status).toBe(503);
});

test('a server of the time before aggregated discovery gives the old documents', async () => {
  server.settings.discovery = 'legacy';
  const headers = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' };
  const answer = await client.call('GET', '/apis', { headers });
  expect([answer.headers['content-type'], answer.json()['kind']]).toEqual(['application/json', 'APIGroupList']);
});

test('a watch whose client stops reading is ended', async () => {
  server.settings.watchBufferBytes = 200_000;
  const watch = await client.watch(`${MAPS}?resourceVersion=${server.resourceVersion}`);
  await expect.poll(() => server.watches('configmaps').length).toBe(1);
  watch.pause();
  server.create(map('big'));
  for (let write = 0; write < 200 && server.watches('configmaps').length > 0; write += 1) {
    server.update(reference('big'), (object) => Object.assign(object, { data: { x: 'x'.repeat(200_000), write } }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(server.watches('configmaps')).toEqual([]);
  watch.resume();
  expect(await watch.ended).toBe('clean');
  expect(watch.rest).toBe('');
});

test('what a watch has missed comes at the pace of its client, however much it is, and no bookmark overtakes it', async () => {
  server.settings.watchBufferBytes = 200_000;
  server.settings.bookmarkMs = 1;
  server.create(map('big'));
  const from = server.resourceVersion;
  for (let write = 0; write < 200; write += 1) {
    server.update(reference('big'), (object) => Object.assign(object, { data: { x: 'x'.repeat(100_000), write } }));
  }
  await using watch = await client.watch(`${MAPS}?resourceVersion=${from}&allowWatchBookmarks=true`);
  watch.pause();
  await expect.poll(() => server.watches('configmaps').length).toBe(1);
  watch.resume();
  const last = server.resourceVersion;
  const events = await watch.until((all) => all.at(-1)?.object.metadata.resourceVersion === last);
  const versions = events.map(({ object }) => BigInt(object.metadata.resourceVersion));
  expect(events.filter(({ type }) => type === 'MODIFIED')).toHaveLength(200);
  expect(versions).toEqual(versions.toSorted((a, b) => Number(a - b)));
  server.create(map('after'));
  await watch.until((all) => all.some(({ object }) => object.metadata.name === 'after'));
});

test('what a watch has missed comes with a bound that is smaller than what a socket takes at once, too', async () => {
  server.settings.watchBufferBytes = 2_000;
  server.create(map('small'));
  const from = server.resourceVersion;
  for (let write = 0; write < 100; write += 1) {
    server.update(reference('small'), (object) => Object.assign(object, { data: { x: 'x'.repeat(500), write } }));
  }
  await using watch = await client.watch(`${MAPS}?resourceVersion=${from}`);
  expect(await watch.take(100)).toHaveLength(100);
});

test('requests are remembered with verb, resource and query', async () => {
  await client.list('/api/v1/pods?limit=500');
  await client.call('GET', '/apis/apps/v1/namespaces/x/deployments?continue=abc');
  await client.call('GET', `${MAPS}/a`);
  expect(server.requests.entries()).toMatchObject([
    { verb: 'list', group: '', resource: 'pods', query: { limit: '500' }, path: '/api/v1/pods' },
    { verb: 'list', group: 'apps', resource: 'deployments', namespace: 'x' },
    { verb: 'get', resource: 'configmaps', namespace: 'default' },
  ]);
  expect(server.requests.count({ verb: 'list', hasContinue: false })).toBe(1);
  server.requests.clear();
  expect(server.requests.count()).toBe(0);
});

test('stopping complains about requests that nobody ended', async () => {
  const leaky = await FakeKubeApiserver.start();
  const other = new PlainClient({ url: leaky.url, token: FAKE_TOKEN });
  const watch = await other.watch(`${MAPS}?resourceVersion=${leaky.resourceVersion}`);
  await expect(leaky.stop()).rejects.toThrow(/requests were running: GET .*configmaps/u);
  await watch.ended;
  await other.close();
});

test('it speaks TLS, and another certificate on new connections', async () => {
  using authority = new TestAuthority();
  const keys = () => {
    const { certPem, keyPem } = authority.issue({ commonName: 'fake' });
    return { cert: certPem, key: keyPem };
  };
  await using secure = await FakeKubeApiserver.start({ tls: keys() });
  const options = { url: secure.url, ca: authority.certPem, token: FAKE_TOKEN };
  const first = new PlainClient(options);
  expect((await first.call('GET', '/version')).status).toBe(200);
  using stranger = new TestAuthority('another authority');
  const { certPem, keyPem } = stranger.issue({ commonName: 'fake' });
  secure.replaceKeys({ cert: certPem, key: keyPem });
  const second = new PlainClient(options);
  await expect(second.call('GET', '/version')).rejects.toThrow(/certificate|self-signed/u);
  expect((await first.call('GET', '/version')).status).toBe(200);
  await Promise.all([first.close(), second.close()]);
});

test('connections are aborted, and closed in the middle of an answer, below TLS too', async () => {
  using authority = new TestAuthority();
  const { certPem: cert, keyPem: key } = authority.issue({ commonName: 'fake' });
  await using secure = await FakeKubeApiserver.start({ tls: { cert, key } });
  const secret = new PlainClient({ url: secure.url, ca: authority.certPem, token: FAKE_TOKEN });
  const broken = async (action: FaultAction): Promise<unknown> => {
    secure.faults.clear();
    secure.faults.add({ match: { verb: 'list' }, action });
    return secret.call('GET', '/api/v1/namespaces').then(
      () => 'answered',
      (error: unknown) => (error as { code: string }).code,
    );
  };
  expect(await broken({ type: 'reset' })).toBe('ECONNRESET');
  expect(await broken({ type: 'cut', afterBytes: 100, how: 'rst' })).toBe('ECONNRESET');
  expect(await broken({ type: 'cut', afterBytes: 100, how: 'fin' })).toBe('UND_ERR_SOCKET');
  await secret.close();
});

test('a large list is compressed for those who ask', async () => {
  server.load(sampleCluster(SAMPLE));
  const plain = await client.call('GET', '/api/v1/pods');
  const small = await client.call('GET', '/api/v1/pods', { headers: { 'accept-encoding': 'gzip' } });
  expect([plain.headers['content-encoding'], small.headers['content-encoding']]).toEqual([undefined, 'gzip']);
});

test('an upgrade shows other defaults by the same versions, and no watch tells', async () => {
  server.create(map('a'));
  const before = await client.list(MAPS);
  server.upgrade('v1.38.0', 'configmaps', (object) => {
    object['immutable'] = false;
  });
  const after = await client.list(MAPS);
  expect((await client.call('GET', '/version')).json()).toMatchObject({ gitVersion: 'v1.38.0', minor: '38' });
  expect(after.items).toEqual(before.items.map((object) => ({ ...object, immutable: false })));
  expect(after.items).toHaveLength(1);
  expect(server.resourceVersion).toBe(before.metadata.resourceVersion);
});
