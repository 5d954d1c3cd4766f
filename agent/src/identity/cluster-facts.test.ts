import { expect, it } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { readClusterFacts } from './cluster-facts.ts';

const never = new AbortController().signal;
const NAMESPACE = { metadata: { name: 'kube-system', uid: 'u-1' } };
const VERSION = { major: '1', minor: '36', gitVersion: 'v1.36.3-gke.1' };

const read = (answers: Readonly<Record<string, Record<string, unknown>>>) =>
  readClusterFacts({ get: (path) => Promise.resolve(answers[path] ?? {}) }, never);

it('tells the cluster by the uid of kube-system, and the whole version', async () => {
  expect(await read({ '/api/v1/namespaces/kube-system': NAMESPACE, '/version': VERSION })).toEqual({
    clusterUid: 'u-1',
    kubernetesVersion: 'v1.36.3-gke.1',
  });
});

it('doubts the address when what answers is no API server', async () => {
  const unknown = { code: 'IDENTITY_UNKNOWN', hint: 'is this address really that of a Kubernetes API server?' };
  await expect(read({})).rejects.toMatchObject(unknown);
  await expect(read({ '/api/v1/namespaces/kube-system': NAMESPACE })).rejects.toMatchObject(unknown);
  const nameless = { metadata: { name: 'kube-system' } };
  await expect(read({ '/api/v1/namespaces/kube-system': nameless, '/version': VERSION })).rejects.toMatchObject(
    unknown,
  );
});

it('passes on what the API server says', async () => {
  const refused = new KubeError('KUBE_FORBIDDEN', 'namespaces "kube-system" is forbidden');
  await expect(readClusterFacts({ get: () => Promise.reject(refused) }, never)).rejects.toBe(refused);
});
