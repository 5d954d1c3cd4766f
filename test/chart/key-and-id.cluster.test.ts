/** Where the programs have the API key and the cluster's id from. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { workloadsIn } from '../stages/chart/rendered-objects.ts';

let helm: Helm;
beforeAll(async () => {
  helm = await createHelm(4);
});
afterAll(() => helm?.[Symbol.dispose]());

const BOTH = { spotHandler: { enabled: true } };

/** Of each program: its environment's entries for key and id, and whether a Secret is mounted for the key. */
async function sourcesOf(values: object): Promise<Record<string, unknown>> {
  const sets = Object.entries({ clusterId: 'c', ...values }).flatMap(([key, value]) => [
    '--set-json',
    `${key}=${JSON.stringify(value)}`,
  ]);
  return Object.fromEntries(
    workloadsIn(await helm.template(...sets)).map(({ metadata, spec }) => {
      const [container] = spec.template.spec.containers;
      const { env = [], volumeMounts = [] } = container ?? {};
      const wanted = env.filter(({ name }) => ['API_KEY', 'API_KEY_FILE', 'CLUSTER_ID'].includes(name));
      const mounted = volumeMounts.some(({ name }) => name === 'api-key');
      const isVolume = spec.template.spec.volumes.some(({ name }) => name === 'api-key');
      expect(isVolume).toBe(mounted);
      return [metadata?.name, [...wanted.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]), mounted]];
    }),
  );
}

test('a key that a CSI driver or an agent writes needs no Secret', async () => {
  const volume = { name: 'vault', csi: { driver: 'secrets-store.csi.k8s.io' } };
  const agent = { extraVolumes: [volume], extraVolumeMounts: [{ name: 'vault', mountPath: '/vault' }] };
  const file = ['API_KEY_FILE', '/vault/key'];
  expect(await sourcesOf({ apiKeyFile: '/vault/key', agent })).toEqual({
    'castai-agent': [file, ['CLUSTER_ID', 'c'], false],
  });
  // A program with a Secret of its own keeps it.
  const spotHandler = { enabled: true, apiKeySecret: { name: 's' } };
  expect(await sourcesOf({ apiKeyFile: '/vault/key', agent, spotHandler })).toEqual({
    'castai-agent': [file, ['CLUSTER_ID', 'c'], false],
    'castai-spot-handler': [['API_KEY_FILE', '/var/run/castai/api-key/key'], ['CLUSTER_ID', 'c'], true],
  });
});

test('a key that a variable or a source of variables brings is left to them', async () => {
  expect(await sourcesOf({ agent: { extraEnv: [{ name: 'API_KEY_FILE', value: '/vault/key' }] } })).toEqual({
    'castai-agent': [['API_KEY_FILE', '/vault/key'], ['CLUSTER_ID', 'c'], false],
  });
  const key = { secretKeyRef: { name: 's', key: 'k' } };
  expect(await sourcesOf({ extraEnv: [{ name: 'API_KEY', valueFrom: key }], ...BOTH })).toEqual({
    'castai-agent': [['API_KEY', key], ['CLUSTER_ID', 'c'], false],
    'castai-spot-handler': [['API_KEY', key], ['CLUSTER_ID', 'c'], false],
  });
  expect(await sourcesOf({ agent: { extraEnvFrom: [{ secretRef: { name: 'all' } }] } })).toEqual({
    'castai-agent': [['CLUSTER_ID', 'c'], false],
  });
});

test("the cluster's id can come from an object that is made later: the agent does not wait for it, the others do", async () => {
  const reference = { name: 'castai-agent-metadata', key: 'CLUSTER_ID' };
  const apiKeySecret = { name: 'k' };
  const idOf = (sources: Record<string, unknown>, name: string): unknown =>
    (sources[name] as [string, unknown][]).find(([variable]) => variable === 'CLUSTER_ID')?.[1];
  for (const [kind, field] of [
    ['configMap', 'configMapKeyRef'],
    ['secret', 'secretKeyRef'],
  ] as const) {
    const clusterIdFrom = { [kind]: { name: 'castai-agent-metadata' } };
    const sources = await sourcesOf({ apiKeySecret, clusterId: '', clusterIdFrom, ...BOTH });
    expect(idOf(sources, 'castai-agent')).toEqual({ [field]: { ...reference, optional: true } });
    expect(idOf(sources, 'castai-spot-handler')).toEqual({ [field]: { ...reference, optional: false } });
    const told = await sourcesOf({ apiKeySecret, clusterId: 'c', clusterIdFrom, ...BOTH });
    expect(idOf(told, 'castai-spot-handler')).toBe('c');
  }
});

test('a program without any key is refused, with both ways out', async () => {
  const install = [
    'template',
    'castai',
    CHART,
    '--kube-version',
    '1.37.2',
    '--set',
    'clusterId=c,spotHandler.enabled=true',
  ];
  const agentHasOne = ['--set', 'agent.extraEnv[0].name=API_KEY,agent.extraEnv[0].value=x'];
  const { code, stderr } = await helm.run(...install, ...agentHasOne);
  expect(code).not.toBe(0);
  expect(stderr).toContain('there is no API key');
  expect(stderr).toContain('apiKeyFile');
});
