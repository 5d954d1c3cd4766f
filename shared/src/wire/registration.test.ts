import { describe, expect, it } from 'vitest';
import { type ClusterRegistration, toRegistrationBody } from './registration.ts';

describe('registration', () => {
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
      expect(toRegistrationBody(input)).toEqual({ ...none, ...expected });
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
    f(
      { name: 'home', provider: { kind: 'anywhere', clusterName: 'home', kubeSystemNamespaceId: 'u' } },
      { name: 'home', anywhere: { clusterName: 'home', kubeSystemNamespaceId: 'u' } },
    );
  });
});
