import { expect, test } from 'vitest';
import { platformIdentity } from './platform-identity.ts';

const machine = { names: ['vm-1'], providerId: 'azure:///vm-1' };

test('the node says who it is once it is known, even that it has no providerID', () => {
  expect(platformIdentity({ nodeId: 'node-1', providerId: 'azure:///vm-2' }, machine)).toEqual({
    nodeId: 'node-1',
    providerId: 'azure:///vm-2',
  });
  expect(platformIdentity({ nodeId: 'node-1', providerId: undefined }, machine)).toEqual({
    nodeId: 'node-1',
    providerId: undefined,
  });
});

test('until then the metadata service stands in, as far as it has answered', () => {
  expect(platformIdentity(undefined, machine)).toEqual({ nodeId: '', providerId: 'azure:///vm-1' });
  expect(platformIdentity(undefined, undefined)).toEqual({ nodeId: '', providerId: undefined });
});

test('a node that nobody has named yet does not hide what the metadata service says', () => {
  expect(platformIdentity({ nodeId: '', providerId: undefined }, machine)).toEqual({
    nodeId: '',
    providerId: 'azure:///vm-1',
  });
});
