import { expect, test } from 'vitest';
import { clusterIdentity } from './cluster-identity.ts';

const ZERO = '00000000-0000-0000-0000-000000000000';

test.each([
  [
    { id: ZERO, name: '', aks: { region: 'westeurope', nodeResourceGroup: 'MC_a', subscriptionId: 's' }, eks: null },
    { provider: 'aks', identity: 'aks/s/MC_a/westeurope', name: 'MC_a' },
  ],
  [
    { id: ZERO, name: 'n', gke: { region: 'r', projectId: 'p', clusterName: 'c', location: 'r-a' } },
    { provider: 'gke', identity: 'gke/p/r/c', name: 'n' },
  ],
  [
    { id: 'ks-uid', name: '', kops: { cloud: 'aws', region: 'r', clusterName: 'c', stateStore: 's' } },
    { provider: 'kops', identity: 'kops/ks-uid/aws/r/c', name: 'c' },
  ],
  [
    { id: 'ks-uid', name: '', openshift: { cloud: 'aws', region: 'r', clusterName: 'c', internalId: 'i' } },
    { provider: 'openshift', identity: 'openshift/ks-uid/i', name: 'c' },
  ],
  [
    { id: ZERO, name: '', anywhere: { clusterName: '', kubeSystemNamespaceId: 'ks-uid' } },
    { provider: 'anywhere', identity: 'anywhere/ks-uid', name: 'anywhere' },
  ],
  [
    { id: ZERO, name: 'n', self_hosted_with_ec2_nodes: { clusterName: 'c', region: 'r', accountId: 'a' } },
    { provider: 'self_hosted_with_ec2_nodes', identity: 'self_hosted_with_ec2_nodes/a/r/c', name: 'n' },
  ],
])('registration %#: what identifies the cluster', (body, expected) => {
  expect(clusterIdentity(body)).toEqual(expected);
});

test('a registration without a provider, with two, or with a field missing says so', () => {
  expect(() => clusterIdentity({ id: ZERO, eks: null })).toThrow('one of eks, gke, aks');
  expect(() => clusterIdentity({ eks: {}, aks: {} })).toThrow('only one provider may be set, found eks and aks');
  expect(() => clusterIdentity({ anywhere: { kubeSystemNamespaceId: '' } })).toThrow(
    'anywhere.kubeSystemNamespaceId must be a non-empty string',
  );
});
