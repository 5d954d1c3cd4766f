import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import { expect, it } from 'vitest';
import { type NodeResult, nodeResultOf } from './node-result.ts';

it('tells from the error of an action what became of it; what nobody expected is an error', () => {
  const f = (code: KubeErrorCode, expected: NodeResult): void =>
    expect([code, nodeResultOf(new KubeError(code, 'no'))]).toEqual([code, expected]);
  f('KUBE_CONFLICT', 'conflict');
  // A test of the patch failed: another writer was faster.
  f('KUBE_INVALID', 'conflict');
  f('KUBE_FORBIDDEN', 'forbidden');
  f('KUBE_UNAUTHORIZED', 'unauthorized');
  f('KUBE_NOT_FOUND', 'not_found');
  f('KUBE_UNREACHABLE', 'unreachable');
  f('KUBE_SERVER_ERROR', 'error');
  expect(nodeResultOf(new TypeError('a bug'))).toBe('error');
});
