import { expect, it } from 'vitest';
import { parseProviderId } from './provider-id.ts';

const f = (providerId: string, expected: ReturnType<typeof parseProviderId>): void => {
  expect({ providerId, parsed: parseProviderId(providerId) }).toEqual({ providerId, parsed: expected });
};

it('reads scale sets and single machines of Azure, in any spelling', () => {
  const machine = { cloud: 'azure', subscriptionId: '0b1f-42', resourceGroup: 'mc_shop' } as const;
  f(
    'azure:///subscriptions/0b1f-42/resourceGroups/mc_shop/providers/Microsoft.Compute/virtualMachineScaleSets/a/virtualMachines/0',
    machine,
  );
  f('azure:///subscriptions/0B1F-42/resourcegroups/mc_shop/providers/Microsoft.Compute/virtualMachines/aks-x', machine);
});

it('reads AWS and Google Cloud', () => {
  f('aws:///eu-central-1a/i-0123456789abcdef0', { cloud: 'aws', zone: 'eu-central-1a' });
  f('gce://shop-prod/europe-west3-a/gke-shop-pool-1-7c1d2e3f-x1yz', {
    cloud: 'gcp',
    projectId: 'shop-prod',
    zone: 'europe-west3-a',
  });
});

it('gives nothing for any other', () => {
  f('', undefined);
  f('kind://docker/kind/kind-control-plane', undefined);
  f('azure://0b1f', undefined);
  f('aws:///', undefined);
  f('gce://project', undefined);
  f('eks-hybrid:///eu-central-1/shop/mi-0123', undefined);
});
