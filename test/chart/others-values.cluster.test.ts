/** Values files of the public charts, and other releases beside this one: nothing is passed over in silence. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { keyOf } from '../stages/chart/rendered-objects.ts';

let helm: Helm;
beforeAll(async () => {
  helm = await createHelm(4);
});
afterAll(() => helm?.[Symbol.dispose]());

const json = (values: object): string[] =>
  Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);

/** Keys of the public charts with something behind each: by their own names, as their documentation lists them. */
const THEIRS = {
  agent: {
    additionalEnv: { PPROF_PORT: '6060' },
    additionalSecretEnv: { A: 'b' },
    affinity: { nodeAffinity: {} },
    allowReadIngress: true,
    allowReadRBAC: true,
    apiKeySecretRef: 'castai-credentials',
    apiURL: 'https://api.cast.ai',
    clusterVPA: { enabled: true },
    containerSecurityContext: { readOnlyRootFilesystem: true },
    createNamespace: true,
    deploymentAnnotations: { a: 'b' },
    dnsPolicy: 'Default',
    envFrom: [{ secretRef: { name: 'a' } }],
    hostNetwork: { enabled: true },
    imagePullSecrets: [{ name: 'a' }],
    metadataStore: { enabled: true },
    monitor: { resources: { requests: { cpu: '100m' } } },
    nameOverride: 'a',
    namespace: 'castai-agent',
    nodeSelector: { a: 'b' },
    podAnnotations: { a: 'b' },
    podDisruptionBudget: { enabled: true },
    podLabels: { a: 'b' },
    priorityClass: { enabled: true },
    rbac: { enabled: true },
    replicaCount: 2,
    resources: { requests: { cpu: '100m' } },
    securityContext: { runAsUser: 65_532 },
    serviceAccount: { create: true },
    tolerations: [{ operator: 'Exists' }],
    topologySpreadConstraints: [{ maxSkew: 1 }],
    trustedCACert: 'PEM',
    trustedCACertSecretRef: 'ca',
  },
  'spot handler': {
    castai: { apiURL: 'https://api.cast.ai', clusterID: 'c', provider: 'aws' },
    phase2Permissions: true,
    priorityClassName: 'system-node-critical',
    updateStrategy: { type: 'OnDelete' },
    useHostNetwork: true,
  },
  // What the evictor's chart has besides those of the agent's.
  evictor: {
    aggressiveMode: true,
    configMapLabels: { a: 'b' },
    customConfig: { evictionConfig: [] },
    cycleInterval: '1m',
    dryRun: false,
    kubernetesClient: { rateLimiter: { qps: 100, burst: 200 } },
    liveMigration: { enabled: false },
    managedByCASTAI: true,
    maxNodesToEvictPerCycle: 20,
    nodeGracePeriodMinutes: 5,
    overrideEnvFrom: false,
    scopedMode: false,
    service: { port: 8080 },
    woop: { enabled: true },
  },
  'umbrella chart': {
    autoscaler: { 'castai-agent': { replicaCount: 2 } },
    'autoscaler-anywhere': { 'castai-agent': {} },
    'autoscaler-openshift': { 'castai-agent': {} },
    'castai-cluster-agent': { global: { apiKey: '' } },
    'castai-evictor': { replicaCount: 1 },
    'castai-kvisor': { enabled: true },
    kent: { enabled: false },
    tags: { readonly: true },
  },
} as const;

test.each(Object.entries(THEIRS))(
  'every key of the public %s is answered by name with what to set',
  async (_, keys) => {
    const install = ['template', 'r', CHART, '--kube-version', '1.37.2', '--set', 'apiKeySecret.name=k'];
    const { code, stderr } = await helm.run(...install, ...json(keys));
    expect(code).not.toBe(0);
    const answered = [...stderr.matchAll(/\* (?<key>[\w.-]+) is a key of another chart\.\s+(?<todo>[^\n]+)/gu)];
    const told = new Map(answered.map((match) => [match.groups?.['key'], match.groups?.['todo'] ?? '']));
    expect(new Set(told.keys())).toEqual(new Set(Object.keys(keys)));
    for (const [key, todo] of told) expect(`${key}: ${todo}`).toMatch(/: (?:Set|Take it out|Its|What)\b/u);
  },
);

test('agent and DaemonSets can be releases of one namespace, whatever else they make', async () => {
  const all = {
    apiKey: 'x',
    clusterId: 'c',
    'trustedCa.pem': 'PEM',
    'openshift.enabled': true,
    'networkPolicy.enabled': true,
    monitoring: {
      podMonitor: { enabled: true },
      platformScrape: { enabled: true },
      rules: { enabled: true, inhibition: { enabled: true } },
      dashboards: { enabled: true },
    },
  };
  const names = async (values: object): Promise<string[]> =>
    (await helm.template(...json({ ...all, ...values }))).map(keyOf);
  const agent = await names({});
  const spot = await names({ 'agent.enabled': false, 'spotHandler.enabled': true });
  const keys = ['example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo='];
  const aks = await names({ 'agent.enabled': false, aksInitData: { enabled: true, platformKeys: keys } });
  expect(Math.min(agent.length, spot.length, aks.length)).toBeGreaterThan(8);
  const everything = [...agent, ...spot, ...aks];
  expect(everything.filter((name, index) => everything.indexOf(name) !== index)).toEqual([]);
});
