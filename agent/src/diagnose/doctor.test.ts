import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '@castai/shared/async/clock.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import { writeKubeconfig } from '@castai/test/cluster/cluster-files.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from '@castai/test/fakes/kube-apiserver/fake-kube-apiserver.ts';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';
import { sampleCluster } from '@castai/test/samples/sample-cluster.ts';
import { AGENT_OPTIONS } from '../config.ts';
import { diagnose } from './doctor.ts';

const platform = usePlatform({ apiKeys: ['good-key'] });
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

async function examine(
  changes: Record<string, string> = {},
  clock: Clock = systemClock,
): Promise<Record<string, string>> {
  const environment = { API_URL: platform.url, API_KEY: 'good-key', KUBECONFIG: kubeconfig, ...changes };
  const readConfig = () =>
    parseOptions(AGENT_OPTIONS, { environment, readFile: (path) => readFileSync(path, 'utf8'), prefixes: ['API_'] });
  const options = { readConfig, environment, version: '1.0.0', clock, secrets: new KnownSecrets() };
  const findings = await diagnose(options, new AbortController().signal);
  for (const { severity, cure } of findings) expect(cure === '').toBe(severity === 'ok' || severity === 'skipped');
  return Object.fromEntries(findings.map(({ id, severity, detail, cure }) => [id, `${severity}: ${detail} | ${cure}`]));
}

it('finds nothing to do where all is well, and registers no cluster', async () => {
  const found = await examine();
  const checks = ['config', 'lint', 'api-server', 'identity', 'feeds', 'platform', 'api-key', 'clock'];
  expect(Object.keys(found)).toEqual(checks);
  expect(found['api-server']).toMatch(/^ok: Kubernetes v1\./u);
  expect(found['identity']).toMatch(/^ok: aks: /u);
  expect(found['feeds']).toMatch(/^ok: (\d+) of \1 feeds may be read/u);
  expect(found['api-key']).toBe('ok: the platform accepts the key | ');
  expect(found['clock']).toBe(
    'ok: the clock of this machine is as that of the API server, and as that of the platform | ',
  );
  expect(await platform.control.metrics()).not.toContain('castai_cluster=');
});

it('says that the clock is off, by the dates of the answers that it gets anyway', async () => {
  const late: Clock = { ...systemClock, now: () => Date.now() - 7_200_000 };
  const found = await examine({}, late);
  expect(found['clock']).toMatch(
    /^warning: the clock of this machine is 2 h behind that of the API server, and 2 h behind that of the platform \| /u,
  );
  expect(found['api-key']).toMatch(/^ok/u);
  const alone = await examine({ API_URL: 'http://127.0.0.1:1' }, late);
  expect(alone['clock']).toMatch(/^warning: the clock of this machine is 2 h behind that of the API server \| /u);
});

it('says whether objects are judged', async () => {
  expect((await examine())['lint']).toMatch(/^ok: objects are judged by the manifest lint/u);
  expect((await examine({ LINT: 'false' }))['lint']).toBe('ok: LINT is false: nothing is judged | ');
  expect((await examine({ PLATFORM_WIRE: 'agent-deltas' }))['lint']).toMatch(/^ok: nothing is judged: /u);
  expect((await examine({ PLATFORM_WIRE: 'auto' }))['lint']).toMatch(/^ok: objects are judged/u);
});

it('names the feed that may not be read: a problem for pods, a warning for the rest', async () => {
  kube.access.deny({ verb: 'watch', resource: 'pods' }, { resource: 'clusterroles' });
  const found = await examine();
  expect(found['feed/pods']).toMatch(/^problem: FORBIDDEN: .* list and watch pods \| let the chart make/u);
  expect(found['feed/clusterroles.rbac.authorization.k8s.io']).toMatch(/^warning: FORBIDDEN: .*agent\.rbac\.readRbac/u);
});

it('looks at the rights to the lease of an election, where there is one', async () => {
  const election = { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system' };
  expect((await examine(election))['lease']).toBe('ok: kube-system/castai-agent may be read and written | ');
  expect(kube.objects('leases.coordination.k8s.io')).toEqual([]);
  expect((await examine({ ...election, POD_NAMESPACE: 'nowhere' }))['lease']).toMatch(
    /^problem: there is no namespace nowhere: .* \| POD_NAMESPACE has to name/u,
  );
  kube.access.deny({ verb: 'patch', resource: 'leases' }, { verb: 'create', resource: 'leases' });
  expect((await examine(election))['lease']).toMatch(
    /^problem: FORBIDDEN: .* create, patch the lease kube-system\/castai-agent \| .*agent\.leaderElection/u,
  );
  expect((await examine({ LEADER_ELECTION: 'true' }))['lease']).toMatch(/^problem: .*POD_NAMESPACE/u);
  expect((await examine())['lease']).toBeUndefined();
});

it('tells a wrong key from a platform that is not there', async () => {
  const wrong = await examine({ API_KEY: 'bad-key' });
  expect(wrong['platform']).toMatch(/^ok: reached/u);
  expect(wrong['api-key']).toMatch(/^problem: .*401.*API_KEY/u);
  const away = await examine({ API_URL: 'http://127.0.0.1:1' });
  expect(away['platform']).toMatch(/^problem: .*127\.0\.0\.1:1.*firewall/u);
  expect(away['api-key']).toMatch(/^skipped/u);
});

it('an API server that refuses the token leaves the platform to be checked', async () => {
  kube.access.revokeToken(FAKE_TOKEN);
  try {
    const found = await examine();
    expect(found['api-server']).toMatch(/^problem: .*401.*credentials/u);
    expect(found['identity']).toMatch(/^skipped/u);
    expect(found['api-key']).toMatch(/^ok/u);
  } finally {
    kube.access.addToken(FAKE_TOKEN, 'agent');
  }
});

it('a configuration that cannot be used is the only problem, unknown variables are warnings', async () => {
  const broken = await examine({ API_URL: 'nonsense', PAGE_SIZE: 'many' });
  expect(broken['config']).toMatch(/^problem: [\s\S]*API_URL[\s\S]*PAGE_SIZE/u);
  expect(broken['platform']).toBe('skipped: not checked: the configuration is not usable | ');
  expect((await examine({ API_KEE: 'x' }))['config']).toMatch(/^warning: .*API_KEE/u);
});

it('a provider that the nodes contradict is a problem with a cure', async () => {
  const found = await examine({ PROVIDER: 'eks', GKE_REGION: 'r' });
  expect(found['identity']).toMatch(/^problem: .*different providers.*agent\.provider/u);
});
