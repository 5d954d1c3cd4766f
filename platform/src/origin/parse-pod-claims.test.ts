import { expect, test } from 'vitest';
import { parsePodClaims } from './parse-pod-claims.ts';

/** As kube-apiserver 1.36 writes it. */
const BOUND = {
  namespace: 'castai-agent',
  node: { name: 'n-1', uid: 'u-n' },
  pod: { name: 'p-1', uid: 'u-p' },
  serviceaccount: { name: 'castai-spot-handler', uid: 'u-s' },
};

test('the claims of a pod’s token name account, pod and node', () => {
  expect(parsePodClaims({ 'kubernetes.io': BOUND })).toEqual({
    namespace: 'castai-agent',
    account: 'castai-spot-handler',
    pod: { name: 'p-1', uid: 'u-p' },
    node: { name: 'n-1', uid: 'u-n' },
  });
});

test('before Kubernetes 1.30 there is no node', () => {
  const { node: _node, ...older } = BOUND;
  expect(parsePodClaims({ 'kubernetes.io': older }).node).toBeUndefined();
  expect(parsePodClaims({ 'kubernetes.io': { ...BOUND, node: { name: 'n-1' } } }).node).toBeUndefined();
});

test.each([
  [{}, 'it is no token of a Kubernetes service account'],
  [{ 'kubernetes.io': 'x' }, 'it is no token of a Kubernetes service account'],
  [{ 'kubernetes.io': { ...BOUND, namespace: undefined } }, 'it names no service account'],
  [{ 'kubernetes.io': { ...BOUND, serviceaccount: { name: '', uid: 'u' } } }, 'it names no service account'],
  [{ 'kubernetes.io': { ...BOUND, pod: undefined } }, 'it is not bound to a pod'],
  [{ 'kubernetes.io': { ...BOUND, pod: { name: 'p-1', uid: '' } } }, 'it is not bound to a pod'],
])('%j is refused: %s', (payload, message) => {
  expect(() => parsePodClaims(payload)).toThrow(new RangeError(message));
});
