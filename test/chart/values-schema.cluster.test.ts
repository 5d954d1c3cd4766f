import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCHEMA_FILE } from '../../scripts/chart/fill-schema.ts';
import { startCluster } from '../cluster/cluster.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { servedTypes } from './served-types.ts';

let helms: readonly Helm[];
beforeAll(async () => {
  // One after the other: each build uses every core.
  helms = [await createHelm(4)];
  helms = [...helms, await createHelm(3)];
});
afterAll(() => {
  for (const helm of helms ?? []) helm[Symbol.dispose]();
});

test('the types in the schema are those of the API server (else: npm run kubernetes-types)', async () => {
  await using cluster = await startCluster();
  const { definitions } = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as { definitions: Record<string, unknown> };
  const { feed, identity, ...ofKubernetes } = definitions;
  expect([feed, identity]).not.toContain(undefined);
  expect(ofKubernetes).toEqual(await servedTypes(cluster));
});

/** What both Helms say of one value besides those that are needed; empty: they take it. */
async function said(path: string, value: unknown): Promise<string[]> {
  const needed = { 'apiKeySecret.name': 'k', clusterId: 'c', 'spotHandler.enabled': true };
  const sets = Object.entries({ ...needed, [path]: value });
  const args = sets.flatMap(([key, one]) => ['--set-json', `${key}=${JSON.stringify(one)}`]);
  return Promise.all(
    helms.map(async (helm) =>
      helm.render(...args).then(
        () => '',
        (error: unknown) => String(error),
      ),
    ),
  );
}

const TERM = { key: 'a', operator: 'In', values: ['b'] };
const nodeAffinity = (term: unknown): unknown => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [term] }] },
  },
});

test.each<[path: string, wrong: unknown, says: RegExp, right: unknown]>([
  ['agent.resources', { limit: { memory: '1Gi' } }, /'limit' not allowed/u, { limits: { memory: '1Gi' } }],
  ['agent.resources.limits', { memmory: '1Gi' }, /'memmory' not allowed/u, { 'nvidia.com/gpu': 1 }],
  ['agent.resources.limits', { memory: '300MB' }, /limits\/memory/u, { memory: '300M', cpu: 0.5 }],
  ['agent.resources.limits', { cpu: '1 core' }, /limits\/cpu/u, { cpu: '1500m' }],
  ['agent.resources.requests', { cpu: -1 }, /requests\/cpu/u, { cpu: 2 }],
  ['agent.resources', { requests: { cpu: '2' }, limits: { cpu: '1500m' } }, /requests\.cpu of 2 is more/u, {}],
  ['agent.tolerations', [{ keey: 'a', operator: 'Exists' }], /'keey' not allowed/u, [{ key: 'a', operator: 'Exists' }]],
  ['agent.tolerations', [{ operator: 'Exits' }], /tolerations\/0/u, [{ operator: 'Exists' }]],
  ['agent.tolerations', [{ key: 'a', value: 1 }], /tolerations\/0\/value/u, [{ key: 'a', value: '1', effect: null }]],
  ['agent.tolerations', [{ value: 'a' }], /'key'/u, [{ key: 'a' }]],
  ['agent.tolerations', [{ key: 'a', operator: 'Exists', value: 'b' }], /value/u, [{ key: 'a', value: 'b' }]],
  [
    'agent.tolerations',
    [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 3 }],
    /effect/u,
    [{ key: 'a', effect: 'NoExecute', tolerationSeconds: 3 }],
  ],
  ['spotHandler.livenessProbe', { httpget: { port: 1 } }, /'httpget' not allowed/u, { failureThreshold: 3 }],
  ['spotHandler.livenessProbe.tcpSocket', { port: 1 }, /httpGet and tcpSocket/u, null],
  ['spotHandler.livenessProbe.httpGet', null, /has no handler/u, { path: '/', port: 'admin' }],
  ['spotHandler.readinessProbe', { periodSeconds: '10s' }, /periodSeconds/u, { periodSeconds: 10 }],
  ['agent.extraVolumes', [{ name: 'a', secret: { name: 'b' } }], /'name' not allowed/u, [{ name: 'a' }]],
  ['agent.extraVolumes', [{ name: 'A_b' }], /extraVolumes\/0\/name/u, [{ name: '{{ .Release.Name }}-a' }]],
  [
    'agent.extraVolumes',
    [{ name: 'a', emptyDir: {}, secret: { secretName: 'b' } }],
    /maxProperties/u,
    [{ name: 'a', secret: { secretName: 'b' } }],
  ],
  ['agent.extraVolumeMounts', [{ name: 'a', path: '/a' }], /'path' not allowed/u, [{ name: 'a', mountPath: '/a' }]],
  ['agent.initContainers', [{ name: 'a' }], /image/u, [{ name: 'a', image: 'b', env: [{ name: 'c' }] }]],
  ['agent.extraContainers', [{ name: 'a', image: 'b', imagePullPolicy: 'always' }], /imagePullPolicy/u, []],
  ['agent.extraEnvFrom', [{ secret: { name: 'a' } }], /'secret' not allowed/u, [{ secretRef: { name: 'a' } }]],
  ['agent.extraEnv', [{ name: 'A', valueFrom: { secretRef: { name: 'a' } } }], /'secretRef' not allowed/u, []],
  ['agent.extraEnv', [{ name: 'A', value: 'b', valueFrom: {} }], /maxProperties/u, [{ name: 'A', value: 'b' }]],
  ['agent.affinity', { nodeAffinty: {} }, /'nodeAffinty' not allowed/u, nodeAffinity(TERM)],
  [
    'agent.affinity',
    nodeAffinity({ ...TERM, operator: 'in' }),
    /operator/u,
    nodeAffinity({ ...TERM, operator: 'NotIn' }),
  ],
  [
    'agent.affinity',
    nodeAffinity({ ...TERM, values: [] }),
    /minItems/u,
    nodeAffinity({ key: 'a', operator: 'Exists' }),
  ],
  ['agent.topologySpreadConstraints', [{ topologyKey: 'zone' }], /maxSkew/u, []],
  ['agent.nodeSelector', { 'a b': 'c' }, /'a b' not allowed/u, { 'a.example/b': '' }],
  ['agent.podLabels', { team: 'a b' }, /podLabels\/team/u, { team: 'a-b' }],
  ['agent.podAnnotations', { 'a/b/c': 'x' }, /'a\/b\/c' not allowed/u, { 'Vault.example/b': 'any text' }],
  ['agent.podSecurityContext', { runAsUSer: 1 }, /'runAsUSer' not allowed/u, { runAsUser: 1 }],
  ['agent.securityContext', { privileged: true }, /allowPrivilegeEscalation/u, { privileged: false }],
  ['agent.dnsConfig', { nameserver: ['1.1.1.1'] }, /'nameserver' not allowed/u, { nameservers: ['fd00::a'] }],
  [
    'agent.dnsConfig',
    { nameservers: ['dns.example'] },
    /nameservers\/0/u,
    { options: [{ name: 'ndots', value: '1' }] },
  ],
  ['agent.hostAliases', [{ ip: 'host' }], /hostAliases\/0\/ip/u, [{ ip: '10.0.0.1', hostnames: ['a'] }]],
  ['networkPolicy.metricsFrom', [{ podSelctor: {} }], /'podSelctor' not allowed/u, [{ podSelector: {} }]],
  ['networkPolicy', { flavor: 'cilium', metricsFrom: [{ podSelector: {} }] }, /'podSelector' not allowed/u, {}],
  ['networkPolicy.extraEgress', [{ port: [] }], /'port' not allowed/u, [{ ports: [{ port: 'dns', protocol: 'UDP' }] }]],
  ['identity', { EKS_ACCOUNT: '1' }, /'EKS_ACCOUNT' not allowed/u, { EKS_ACCOUNT_ID: '1' }],
  ['identity', { API_URL: 'x' }, /'API_URL' not allowed/u, { KOPS_CLUSTER_NAME: 'a' }],
  ['agent.skipFeeds', ['pods'], /skipFeeds\/0/u, ['services']],
  ['aksInitData.platformKeys', ['k'], /platformKeys\/0/u, []],
  ['aksInitData.refreshPeriod', '5s', /refreshPeriod/u, '24h30m'],
  ['aksInitData', { enabled: true, platformKeys: [] }, /no key to seal to/u, { enabled: false }],
  ['proxy.https', 'socks5://a', /proxy\/https/u, 'user:p%40ss@proxy.example:3128'],
  ['monitoring.podMonitor.interval', '1 minute', /podMonitor\/interval/u, '1m30s'],
  ['monitoring.rules.alerts', { CastaiAgentAbsent: { for: '5 min' } }, /CastaiAgentAbsent\/for/u, {}],
  ['monitoring.rules.runbookBase', 'docs', /runbookBase/u, 'https://docs.example/'],
  ['spotHandler.maxUnavailable', 0, /maxUnavailable/u, '25%'],
  ['spotHandler.updateStrategy', { type: 'Recreate' }, /updateStrategy\/type/u, { type: 'OnDelete' }],
  ['agent.updateStrategy', { type: 'OnDelete' }, /updateStrategy\/type/u, { type: 'Recreate' }],
  ['serverless', 'gcp', /serverless/u, ''],
  ['apiKeySecret.name', 'My_Secret', /apiKeySecret\/name/u, '1e3'],
  ['spotHandler.priorityClassName', 'High', /priorityClassName/u, ''],
])('%s: %j is refused before anything is installed, and %s', async (path, wrong, says, right) => {
  for (const text of await said(path, wrong)) expect(text).toMatch(says);
  expect(await said(path, right)).toEqual(['', '']);
});
