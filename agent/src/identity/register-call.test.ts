import { expect, it } from 'vitest';
import { registerCall } from './register-call.ts';
import type { ClusterRegistration } from './registration.ts';

const HOME: ClusterRegistration = {
  name: 'home',
  provider: { kind: 'anywhere', clusterName: 'home', kubeSystemNamespaceId: 'u' },
};

it('puts the identity under the name of its provider and null under every other', () => {
  const none = {
    id: '00000000-0000-0000-0000-000000000000',
    eks: null,
    gke: null,
    kops: null,
    aks: null,
    openshift: null,
    anywhere: null,
    self_hosted_with_ec2_nodes: null,
  };
  const f = (input: ClusterRegistration, expected: Record<string, unknown>): void => {
    const { path, body } = registerCall(input);
    expect({ path, body }).toEqual({ path: '/v1/kubernetes/external-clusters', body: { ...none, ...expected } });
  };
  f(
    { name: '', provider: { kind: 'aks', region: 'westeurope', nodeResourceGroup: 'mc', subscriptionId: 's' } },
    { name: '', aks: { region: 'westeurope', nodeResourceGroup: 'mc', subscriptionId: 's' } },
  );
  f(
    {
      name: 'shop',
      provider: { kind: 'eks', clusterName: 'shop', region: 'eu-central-1', accountId: '012345678901' },
    },
    { name: 'shop', eks: { clusterName: 'shop', region: 'eu-central-1', accountId: '012345678901' } },
  );
  f(
    { name: 'g', provider: { kind: 'gke', region: 'r', projectId: 'p', clusterName: 'g', location: 'r-a' } },
    { name: 'g', gke: { region: 'r', projectId: 'p', clusterName: 'g', location: 'r-a' } },
  );
  const kops = { cloud: 'aws', region: 'r', clusterName: 'k', stateStore: 's' };
  f({ id: 'u-1', name: 'k', provider: { kind: 'kops', ...kops } }, { id: 'u-1', name: 'k', kops });
  const openshift = { cloud: 'aws', region: 'r', clusterName: 'o', internalId: 'i' };
  f({ id: 'u-1', name: 'o', provider: { kind: 'openshift', ...openshift } }, { id: 'u-1', name: 'o', openshift });
  const own = { clusterName: 's', region: 'r', accountId: '012345678901' };
  f(
    { name: 's', provider: { kind: 'self_hosted_with_ec2_nodes', ...own } },
    { name: 's', self_hosted_with_ec2_nodes: own },
  );
  f(HOME, { name: 'home', anywhere: { clusterName: 'home', kubeSystemNamespaceId: 'u' } });
});

it('takes an answer without an id for no success', () => {
  const f = (answer: Record<string, unknown>, expected: unknown): void => {
    expect([answer, registerCall(HOME).parse(new Map(Object.entries(answer)))]).toEqual([answer, expected]);
  };
  f({ id: 'c-1', organizationId: 'o-1' }, { valid: true, value: { id: 'c-1', organizationId: 'o-1' } });
  f({ id: 'c-1' }, { valid: true, value: { id: 'c-1', organizationId: '' } });
  for (const answer of [{}, { id: '' }, { id: 7 }]) {
    f(answer, { valid: false, problem: 'a registration without a cluster id' });
  }
});
