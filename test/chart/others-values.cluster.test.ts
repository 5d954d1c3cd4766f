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
  // The same of the cluster controller's.
  'cluster controller': {
    autoscaling: { enabled: true },
    enableTopologySpreadConstraints: true,
    k8sApiClient: { rateLimit: { burst: 400, qps: 200 } },
    leaderElectionEnabled: true,
    leaderElectionLeaseDuration: '15s',
    leaderElectionRenewDeadline: '10s',
    maxActionsInProgress: 1000,
    pdb: { enabled: true },
    pdbMinAvailable: 1,
    replicas: 2,
    workloadAutoscaling: { enabled: true },
  },
  'umbrella chart': {
    autoscaler: { 'castai-agent': { replicaCount: 2 } },
    'autoscaler-anywhere': { 'castai-agent': {} },
    'autoscaler-openshift': { 'castai-agent': {} },
    'castai-cluster-agent': { global: { apiKey: '' } },
    'castai-cluster-controller': { replicas: 2 },
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

/**
 * Keys below those of the public charts, one by one: a text that is then in what is rendered, `answered` by the message about another chart, or
 * why nothing comes of it.
 */
const SUB_KEYS: readonly (readonly [
  path: string,
  value: unknown,
  is: { gives: string } | 'answered' | { ignored: string },
])[] = [
  ['agent.replicas', 2, { gives: 'maxUnavailable: 1' }],
  ['replicaCount', 2, 'answered'],
  ['image.repository', 'a.example/agent', 'answered'],
  ['image.tag', 'v9', { gives: ':v9' }],
  ['image.pullPolicy', 'Always', { gives: 'imagePullPolicy: Always' }],
  ['commonLabels', { team: 'a-team' }, { gives: 'team: a-team' }],
  ['commonAnnotations', { note: 'a-note' }, { gives: 'note: a-note' }],
  ['fullnameOverride', 'other', { gives: 'name: other-agent' }],
  ['apiKey', 'a-key-of-theirs', { gives: 'a-key-of-theirs' }],
  ['provider', 'gke', { gives: 'value: gke' }],
  ['rbac.enabled', false, 'answered'],
  ['rbac.configmapsReadAccessNamespaces', ['kube-system'], 'answered'],
  ['serviceAccount.create', false, 'answered'],
  ['serviceAccount.name', 'a', 'answered'],
  ['serviceAccount.annotations', { a: 'b' }, 'answered'],
  ['clusterVPA.enabled', false, 'answered'],
  ['clusterVPA.repository', 'a', 'answered'],
  ['clusterVPA.version', 'v1', 'answered'],
  ['clusterVPA.pollPeriodSeconds', 300, 'answered'],
  ['clusterVPA.resources', {}, 'answered'],
  ['clusterVPA.configOverride', '', 'answered'],
  ['clusterVPA.affinityOverride', {}, 'answered'],
  ['monitor.resources', {}, 'answered'],
  ['additionalEnv.PPROF_PORT', '6060', 'answered'],
  ['additionalSecretEnv.A', 'b', 'answered'],
  ['grpcURL', 'grpc.example:443', 'answered'],
  ['priorityClass.name', 'a', 'answered'],
  ['hostNetwork.enabled', true, 'answered'],
  ['metadataStore.enabled', true, 'answered'],
  ['metadataStore.createConfigMap', true, 'answered'],
  ['metadataStore.configMapName', 'a', 'answered'],
  ['metadataStore.configMapNamespace', 'a', 'answered'],
  ['extraVolumes', [{ name: 'a' }], 'answered'],
  ['extraVolumeMounts', [{ name: 'a' }], 'answered'],
  ['openshift.scc.enabled', true, 'answered'],
  ['openshift.scc.priority', 5, 'answered'],
  ['openshift.scc.useRestrictedProfile', true, 'answered'],
  ['global.castai.apiURL', 'https://api.example', { gives: 'https://api.example' }],
  ['global.castai.apiKeySecretRef', 'a-secret', { gives: 'secretName: a-secret' }],
  ['global.castai.apiKey', 'a-key-of-theirs', { gives: 'a-key-of-theirs' }],
  ['global.castai.provider', 'gke', { gives: 'value: gke' }],
  ['global.castai.grpcURL', 'grpc.example:443', { ignored: 'everything goes over apiUrl' }],
  ['global.imagePullSecrets', ['a-pull-secret'], { gives: 'name: a-pull-secret' }],
  [
    'global',
    { castai: { provider: 'gke' }, tolerations: [{ key: 'a-taint', operator: 'Exists' }] },
    { gives: 'key: a-taint' },
  ],
  [
    'global.tolerations',
    [{ key: 'a-taint' }],
    { ignored: "of another parent than the vendor's umbrella chart they are the parent's business" },
  ],
  ['global.registry', 'registry.other', { gives: 'registry.other' }],
  [
    'global.commonLabels',
    { team: 'theirs' },
    { ignored: "they are for the children of the cluster controller's chart" },
  ],
  ['global.commonAnnotations', { note: 'theirs' }, { ignored: 'the same' }],
  ['global.azure.images.agent.digest', 'sha256:0', { ignored: 'it is of an image of the public charts' }],
  ['global.azure.images.cpva.image', 'a', { ignored: 'there is no second container' }],
  [
    'extraObjects',
    [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'an-extra' } }],
    { gives: 'name: an-extra' },
  ],
];

test('every key below the keys of the public charts has an effect, an answer, or a reason why it has none', async () => {
  const render = async (keys: Record<string, unknown>): Promise<string> => {
    const paths = Object.keys(keys).join(' ');
    const needed = /apiKey/u.test(paths) ? {} : { 'apiKeySecret.name': 'k' };
    const image = paths.includes('registry') ? {} : { 'image.registry': 'registry.example' };
    const { stdout, stderr } = await helm.run('template', 'r', CHART, ...json({ ...keys, ...needed, ...image }));
    return stdout + stderr;
  };
  const answered = SUB_KEYS.filter(([, , is]) => is === 'answered').map(([path, value]) => [path, value] as const);
  const answers = await render(Object.fromEntries(answered));
  const told = [...answers.matchAll(/\* (?<key>[\w.-]+) is a key of another chart\./gu)].map(
    ({ groups }) => groups?.['key'],
  );
  expect(answered.filter(([path]) => !told.some((key) => `${path}.`.startsWith(`${key}.`)))).toEqual([]);
  const plain = await render({});
  const outcomes = [];
  for (const [path, value, is] of SUB_KEYS) {
    if (is === 'answered') continue;
    const text = await render({ [path]: value });
    if ('gives' in is) outcomes.push([path, text.includes(is.gives) && !plain.includes(is.gives)]);
    else outcomes.push([path, text === plain]);
  }
  expect(outcomes.filter(([, isSo]) => isSo !== true)).toEqual([]);
});

test('tolerations of the umbrella chart count for every component, those that were added later, too', async () => {
  const { stdout } = await helm.run(
    'template',
    'r',
    CHART,
    '--set',
    'evictor.enabled=true,platform.enabled=true,image.registry=registry.example',
    ...json({ global: { castai: { provider: 'gke' }, tolerations: [{ key: 'a-taint', operator: 'Exists' }] } }),
  );
  const tolerant = stdout.split('\n---\n').filter((text) => /^kind: (?:Deployment|DaemonSet)$/mu.test(text));
  expect(tolerant.map((text) => text.includes('key: a-taint'))).toEqual([true, true, true]);
});

test('agent and DaemonSets can be releases of one namespace, whatever else they make', async () => {
  const all = {
    apiKey: 'x',
    clusterId: 'c',
    'trustedCa.pem': '-----BEGIN CERTIFICATE-----',
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
