import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { findObject, workloadsIn } from '../stages/chart/rendered-objects.ts';

let helm: Helm;
beforeAll(async () => {
  helm = await createHelm(4);
});
afterAll(() => helm?.[Symbol.dispose]());

interface Rule {
  readonly ports?: readonly { readonly port: number }[];
  readonly toCIDR?: readonly string[];
  readonly toFQDNs?: readonly { readonly matchName: string }[];
  readonly toEndpoints?: readonly unknown[];
  readonly toEntities?: readonly string[];
  readonly toPorts?: readonly { readonly ports: readonly { readonly port: string }[] }[];
}

const ON = ['apiKeySecret.name=k', 'networkPolicy.enabled=true'];

async function egress(kind: string, sets: readonly string[], name = 'castai-agent'): Promise<Rule[]> {
  const bools = sets.filter((set) => /=(?:true|false)$/u.test(set)).flatMap((set) => ['--set', set]);
  const strings = sets.filter((set) => !/=(?:true|false)$/u.test(set)).flatMap((set) => ['--set-string', set]);
  const on = ON.flatMap((set) => ['--set', set]);
  const objects = await helm.template(...on, ...bools, ...strings);
  return (findObject(objects, kind, name)['spec'] as { egress: Rule[] }).egress;
}

test.each([
  ['apiUrl=https://api.cast.ai', 443],
  ['apiUrl=https://api.cast.ai:8443/some/path', 8443],
  ['apiUrl=http://platform2', 80],
  ['apiUrl=https://platform2', 443],
  ['apiUrl=https://10.1.2.3', 443],
  ['apiUrl=https://[fd00::5]', 443],
  ['apiUrl=https://[fd00::5]:9443', 9443],
  ['proxy.http=HTTPS://squid01', 443],
  ['proxy.https=http://10.0.0.5', 80],
  ['proxy.https=http://squid01', 80],
  ['proxy.https=https://squid01', 443],
  ['proxy.https=proxy.example:3128', 3128],
  ['proxy.https=10.0.0.5:3128', 3128],
  ['proxy.https=http://user:p4ss@squid01:3128/', 3128],
  ['proxy.https=http://user:1234@squid01', 80],
  ['proxy.http=[fd00::5]:3128', 3128],
])('of %s the policies open port %d, whatever digits its host has', async (set, port) => {
  const isPlatform = set.startsWith('apiUrl');
  // A port that only a scheme or a URL can have opened is not among those of the API server.
  const narrow = 'networkPolicy.apiServerPorts={6443}';
  const bools = ['--set', [...ON, narrow].join(',')];
  const objects = await helm.template(
    ...bools,
    '--set-string',
    isPlatform ? set : `apiUrl=https://a.example:1443,${set}`,
  );
  const [, rest] = (findObject(objects, 'NetworkPolicy', 'castai-agent')['spec'] as { egress: Rule[] }).egress;
  const opened = rest?.ports?.map((one) => one.port);
  expect(opened).toEqual(isPlatform ? [6443, port] : [6443, 1443, port]);
});

test('cilium is given a range for an address, and a name for a name', async () => {
  const to = async (apiUrl: string): Promise<unknown> => {
    const rules = await egress('CiliumNetworkPolicy', ['networkPolicy.flavor=cilium', `apiUrl=${apiUrl}`]);
    return rules
      .filter((rule) => rule.toCIDR !== undefined || rule.toFQDNs !== undefined)
      .map((rule) => [rule.toCIDR ?? rule.toFQDNs?.[0]?.matchName, rule.toPorts?.[0]?.ports[0]?.port]);
  };
  expect(await to('https://10.1.2.3')).toEqual([[['10.1.2.3/32'], '443']]);
  expect(await to('https://[fd00::5]:8443')).toEqual([[['fd00::5/128'], '8443']]);
  expect(await to('https://10.1.2.3.example')).toEqual([['10.1.2.3.example', '443']]);
});

test('names can be asked for where OpenShift listens, on the node, and on any port that is set', async () => {
  const portsOf = async (...sets: string[]): Promise<unknown> =>
    (await egress('NetworkPolicy', sets))[0]?.ports?.map(({ port }) => port);
  expect(await portsOf()).toEqual([53, 53]);
  expect(await portsOf('openshift.enabled=true')).toEqual([53, 53, 5353, 5353]);
  const cilium = await egress('CiliumNetworkPolicy', ['networkPolicy.flavor=cilium', 'openshift.enabled=true']);
  const ofDns = cilium.filter((rule) => rule.toPorts?.[0]?.ports.some(({ port }) => port === '5353') === true);
  expect(ofDns.map((rule) => rule.toEndpoints?.length ?? rule.toEntities)).toEqual([2, ['host', 'remote-node']]);
});

test('what helm test finds is what the agent would: same way out, class and nodes, and no other labels than its own', async () => {
  for (const flavor of ['kubernetes', 'cilium']) {
    const kind = flavor === 'cilium' ? 'CiliumNetworkPolicy' : 'NetworkPolicy';
    const sets = [`networkPolicy.flavor=${flavor}`, 'proxy.https=http://squid01:3128'];
    expect(await egress(kind, sets, 'castai-doctor')).toEqual(await egress(kind, sets));
  }
  const objects = await helm.template('--set', [...ON, 'agent.nodeSelector.pool=system'].join(','));
  const agent = workloadsIn(objects)[0]?.spec.template.spec;
  const doctor = findObject(objects, 'Pod', 'castai-doctor');
  for (const field of ['priorityClassName', 'nodeSelector', 'tolerations', 'serviceAccountName', 'volumes']) {
    expect([field, (doctor['spec'] as Record<string, unknown>)[field]]).toEqual([field, agent?.[field]]);
  }
  expect(doctor.metadata?.['labels']).toMatchObject({ 'app.kubernetes.io/name': 'castai-doctor' });
  const policy = findObject(objects, 'NetworkPolicy', 'castai-doctor')['spec'] as { podSelector: unknown };
  expect(policy.podSelector).toEqual({
    matchLabels: { 'app.kubernetes.io/name': 'castai-doctor', 'app.kubernetes.io/instance': 'castai' },
  });
});

test('a quota names the system classes wherever pods have one, and only there', async () => {
  const classesOf = async (namespace: string, ...sets: string[]): Promise<unknown> => {
    const text = await helm.must(
      'template',
      'castai',
      CHART,
      '--kube-version',
      '1.37.2',
      '--namespace',
      namespace,
      ...['apiKeySecret.name=k', ...sets].flatMap((set) => ['--set', set]),
    );
    return (
      [...text.matchAll(/system-(?:cluster|node)-critical$/gmu)].length > 0 && text.includes('kind: ResourceQuota')
    );
  };
  expect(await classesOf('castai-agent')).toBe(true);
  expect(await classesOf('kube-system')).toBe(false);
  expect(await classesOf('castai-agent', 'agent.priorityClassName=mine')).toBe(false);
  expect(await classesOf('castai-agent', 'priorityClassQuota.create=false')).toBe(false);
});
