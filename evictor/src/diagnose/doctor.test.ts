import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@castai/shared/async/clock.ts';
import type { Finding } from '@castai/shared/command/finding.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { writeKubeconfig } from '@castai/test/cluster/cluster-files.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from '@castai/test/fakes/kube-apiserver/fake-kube-apiserver.ts';
import { sampleCluster } from '@castai/test/samples/sample-cluster.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readEvictorConfig } from '../read-evictor-config.ts';
import { diagnose } from './doctor.ts';

const folder = mkdtempSync(join(tmpdir(), 'castai-doctor-'));
let kube: FakeKubeApiserver;
let kubeconfig: string;

beforeAll(async () => {
  kube = await FakeKubeApiserver.start({ seed: 1 });
  kube.load(sampleCluster({ seed: 1, nodes: 2, pods: 5, provider: 'azure' }));
  kubeconfig = await writeKubeconfig(folder, { url: kube.url, token: FAKE_TOKEN });
});
beforeEach(() => kube.access.allowAll());
afterAll(async () => {
  await kube.stop({ force: true });
  rmSync(folder, { recursive: true });
});

async function examine(changes: Record<string, string> = {}): Promise<Record<string, string>> {
  const environment = { KUBECONFIG: kubeconfig, ...changes };
  const readConfig = () => readEvictorConfig({ environment, readFile: (path) => readFileSync(path, 'utf8') });
  const findings: Finding[] = [];
  await diagnose(
    {
      readConfig,
      environment,
      version: '1.0.0',
      clock: systemClock,
      secrets: new KnownSecrets(),
      tell: (found) => findings.push(...found),
    },
    new AbortController().signal,
  );
  for (const { severity, cure } of findings) expect(cure === '').toBe(severity === 'ok' || severity === 'skipped');
  return Object.fromEntries(findings.map(({ id, severity, detail }) => [id, `${severity}: ${detail}`]));
}

test('nothing is to do where all is well', async () => {
  const found = await examine();
  expect(found['api-server']).toMatch(/^ok: Kubernetes v1\./u);
  expect({ ...found, 'api-server': '' }).toEqual({
    config: 'ok: every option is valid',
    rules: 'ok: there are no rules',
    prices: 'ok: there are no prices',
    windows: 'ok: there are no maintenance windows',
    'api-server': '',
    feeds: 'ok: 11 of 11 collections may be read',
    'node-claims': "ok: Karpenter's NodeClaims may be read",
    clock: 'ok: the clock of this machine is as that of the API server',
  });
  expect((await examine({ REPORTS: 'age' }))['feeds']).toBe('ok: 1 of 1 collections may be read');
});

test('a platform that reports go to is looked for, without a report and without the key', async () => {
  await using server = await RecordingServer.start();
  server.react = (_, response) => response.writeHead(404).end();
  const reporting = { API_KEY: 'canary-key', CLUSTER_ID: 'c-1' };
  expect(await examine({ ...reporting, API_URL: server.url.href })).toMatchObject({
    platform: `ok: reached at ${server.url.href}`,
    'api-key': 'skipped: not checked: it is sent with a report only, and none is made for a try',
    clock: expect.stringContaining('platform') as unknown,
  });
  expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
  expect(JSON.stringify(server.requests.map(({ headers }) => headers))).not.toContain('canary-key');
  expect(await examine({ ...reporting, API_URL: 'http://127.0.0.1:1' })).toMatchObject({
    platform: 'problem: http://127.0.0.1:1/: connect ECONNREFUSED 127.0.0.1:1',
    'api-key': 'skipped: not checked: the platform was not reached',
    'api-server': expect.stringMatching(/^ok/u) as unknown,
  });
});

test('a collection that may not be watched is named, because nothing is concluded without it', async () => {
  kube.access.deny({ resource: 'jobs', verb: 'watch' });
  expect(await examine()).toMatchObject({
    feeds: 'problem: 10 of 11 collections may be read; nothing is concluded without the others',
    'feed/jobs': 'problem: FORBIDDEN: the service account may not list and watch jobs',
  });
});

test('the right to write Events about nodes is looked at where they are asked for', async () => {
  expect((await examine({ NODE_EVENTS: 'true' }))['node-events']).toBe('ok: Events about nodes may be written');
  kube.access.deny({ resource: 'events', verb: 'create' });
  expect((await examine({ NODE_EVENTS: 'true' }))['node-events']).toMatch(
    /^warning: FORBIDDEN: .* in the namespace default$/u,
  );
  expect(await examine()).not.toHaveProperty('node-events');
});

test('the ConfigMap of the next maintenance window is looked at where one is named', async () => {
  const named = { MAINTENANCE_CONFIG_MAP: 'kube-system/upcoming' };
  expect((await examine(named))['next-window']).toBe('ok: kube-system/upcoming tells no maintenance window now');
  kube.access.deny({ resource: 'configmaps', verb: 'get' });
  expect((await examine(named))['next-window']).toBe(
    'warning: FORBIDDEN: the service account may not get the ConfigMap kube-system/upcoming',
  );
  kube.access.allowAll();
  kube.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-system', name: 'upcoming' },
    data: { 'aksManagedNodeOSUpgradeSchedule-start': '2026-06-06T22:00:00Z' },
  });
  // The program works without it.
  expect((await examine(named))['next-window']).toMatch(/^warning: .* alone/u);
  expect(await examine()).not.toHaveProperty('next-window');
  for (const odd of ['upcoming', 'kube-system/', 'a/b/c'])
    expect((await examine({ MAINTENANCE_CONFIG_MAP: odd }))['config']).toMatch(
      / is no ConfigMap: write namespace\/name/u,
    );
});

test("Karpenter's NodeClaims are looked at where it is installed and drift is asked for", async () => {
  kube.access.deny({ resource: 'nodeclaims', verb: 'list' });
  expect((await examine())['node-claims']).toBe(
    'warning: FORBIDDEN: the service account may not list nodeclaims: what Karpenter says of its nodes is not told',
  );
  expect(await examine({ REPORTS: 'removal' })).not.toHaveProperty('node-claims');
  const without = await FakeKubeApiserver.start({ seed: 2 });
  const own = mkdtempSync(join(folder, 'without-'));
  const options = { KUBECONFIG: await writeKubeconfig(own, { url: without.url, token: FAKE_TOKEN }) };
  expect(await examine(options)).not.toHaveProperty('node-claims');
  await without.stop({ force: true });
});

test('the lease of an election is looked at where there is one', async () => {
  const election = { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system' };
  expect((await examine(election))['lease']).toBe('ok: kube-system/castai-evictor may be read and written');
  kube.access.deny({ resource: 'leases' });
  expect((await examine(election))['lease']).toBe(
    'problem: FORBIDDEN: the service account may not create, get, patch the lease kube-system/castai-evictor',
  );
});

test('rules that are not understood, and an API server that is not there, keep the rest from being looked at', async () => {
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, 'evictionConfig:\n  - podSelector: {namespace: a}\n    settings: {removalDisabled: true}\n');
  expect((await examine({ RULES_FILE: file }))['rules']).toBe('ok: the file has 1 rule');
  writeFileSync(file, 'evictionConfig: 5\n');
  expect(await examine({ RULES_FILE: file })).toMatchObject({
    config: expect.stringMatching(/^problem: RULES_FILE=.* cannot be used: /u) as unknown,
    feeds: 'skipped: not checked: the configuration is not usable',
  });
  const away = { KUBECONFIG: '', KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1' };
  expect((await examine(away))['feeds']).toBe('skipped: not checked: the API server was not read');
});
