import { describe, expect, it } from 'vitest';
import type { IdentityOverrides } from './evidence.ts';
import type { ClusterRegistration, ProviderIdentity } from './registration.ts';
import { encodeIdentity, parseIdentity } from './remembered-identity.ts';

const IDENTITIES: { readonly [Kind in ProviderIdentity['kind']]: ProviderIdentity & { readonly kind: Kind } } = {
  eks: { kind: 'eks', clusterName: 'shop', region: 'eu-central-1', accountId: '123456789012' },
  gke: { kind: 'gke', region: 'europe-west3', projectId: 'p', clusterName: 'shop', location: 'europe-west3-a' },
  aks: { kind: 'aks', region: 'westeurope', nodeResourceGroup: 'MC_shop', subscriptionId: 's' },
  kops: { kind: 'kops', cloud: 'aws', region: 'eu-central-1', clusterName: 'shop', stateStore: 'b' },
  openshift: { kind: 'openshift', cloud: 'aws', region: 'eu-central-1', clusterName: 'shop', internalId: 'i' },
  self_hosted_with_ec2_nodes: {
    kind: 'self_hosted_with_ec2_nodes',
    clusterName: 'shop',
    region: 'eu-central-1',
    accountId: '123456789012',
  },
  anywhere: { kind: 'anywhere', clusterName: '', kubeSystemNamespaceId: 'u-1' },
};
const EKS: ClusterRegistration = { name: 'shop', provider: IDENTITIES.eks };
const SAID: IdentityOverrides = { eksAccountId: '123456789012' };
const ground = (kubeSystemUid: string, overrides: IdentityOverrides) => ({ kubeSystemUid, overrides });

describe('a remembered identity', () => {
  it('of any provider is read as it was written', () => {
    for (const provider of Object.values(IDENTITIES)) {
      for (const registration of [
        { name: 'shop', provider },
        { id: 'u-1', name: '', provider },
      ]) {
        const text = encodeIdentity(registration, ground('u-1', SAID));
        expect(parseIdentity(text, ground('u-1', SAID))).toEqual(registration);
      }
    }
  });

  it('is good for the same cluster only, and while the operator says the same', () => {
    const text = encodeIdentity(EKS, ground('u-1', SAID));
    expect(parseIdentity(text, ground('u-2', SAID))).toBeUndefined();
    for (const other of [
      {},
      { ...SAID, eksClusterName: 'other' },
      { eksAccountId: '1' },
      { ...SAID, provider: 'eks' as const },
    ]) {
      expect(parseIdentity(text, ground('u-1', other))).toBeUndefined();
    }
    expect(parseIdentity(encodeIdentity(EKS, ground('', SAID)), ground('', SAID))).toBeUndefined();
  });

  it('says nothing of what is no word about the identity, such as the key', () => {
    const text = encodeIdentity(EKS, ground('u-1', { ...SAID, apiKey: 'canary' } as IdentityOverrides));
    expect(text).not.toContain('canary');
  });

  it('that cannot be read is none', () => {
    const whole = encodeIdentity(EKS, ground('u-1', SAID));
    const broken = [
      '',
      'null',
      '[]',
      '{}',
      whole.slice(0, -1),
      whole.replace('"eks"', '"moon"'),
      whole.replace('"eks"', '"toString"'),
      whole.replace('"eks"', '"gke"'),
      whole.replace('"region":"eu-central-1"', '"region":5'),
      whole.replace('"region":"eu-central-1",', ''),
      whole.replace('"region"', '"more":"x","region"'),
      whole.replace('"name":"shop",', ''),
    ];
    for (const text of broken) expect(parseIdentity(text, ground('u-1', SAID))).toBeUndefined();
  });
});
