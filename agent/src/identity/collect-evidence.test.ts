import { expect, it } from 'vitest';
import { collectEvidence } from './collect-evidence.ts';

const reading = (answers: Record<string, Record<string, unknown>>) => ({
  get: async (path: string): Promise<Record<string, unknown>> => answers[path] ?? {},
});
const SIGNAL = new AbortController().signal;

it('reads some nodes of each kind that tells something, each once, and the uid of kube-system', async () => {
  const client = reading({
    '/api/v1/namespaces/kube-system': { metadata: { name: 'kube-system', uid: 'u-1' } },
    '/api/v1/nodes?limit=20': {
      items: [
        {
          metadata: { name: 'a', labels: { zone: '1' } },
          spec: { providerID: 'aws:///z/i-1', taints: [{ key: 'node.cloudprovider.kubernetes.io/uninitialized' }] },
        },
        { metadata: { name: 'b', labels: { type: 'virtual-kubelet' } } },
      ],
    },
    '/api/v1/nodes?limit=20&labelSelector=alpha.eksctl.io%2Fcluster-name': {
      items: [{ metadata: { name: 'y', labels: { 'alpha.eksctl.io/cluster-name': 'shop' } } }],
    },
    '/api/v1/nodes?limit=20&labelSelector=eks.amazonaws.com%2Fnodegroup': { items: [{ metadata: { name: 'y' } }] },
    '/api/v1/nodes?limit=20&labelSelector=kubernetes.azure.com%2Fcluster': { items: [{ metadata: { name: 'a' } }] },
    '/api/v1/nodes?limit=20&labelSelector=cloud.google.com%2Fgke-nodepool': {
      items: [{ metadata: { name: 'z', labels: { 'eks.amazonaws.com/compute-type': 'fargate' } } }],
    },
  });
  expect(await collectEvidence(client, { provider: 'eks' }, SIGNAL)).toEqual({
    nodes: [
      { name: 'a', providerId: 'aws:///z/i-1', labels: { zone: '1' }, isUninitialized: true, isVirtual: false },
      { name: 'b', providerId: '', labels: { type: 'virtual-kubelet' }, isUninitialized: false, isVirtual: true },
      {
        name: 'y',
        providerId: '',
        labels: { 'alpha.eksctl.io/cluster-name': 'shop' },
        isUninitialized: false,
        isVirtual: false,
      },
      {
        name: 'z',
        providerId: '',
        labels: { 'eks.amazonaws.com/compute-type': 'fargate' },
        isUninitialized: false,
        isVirtual: false,
      },
    ],
    kubeSystemUid: 'u-1',
    overrides: { provider: 'eks' },
  });
});

it('takes what is not as expected for missing', async () => {
  const client = reading({
    '/api/v1/namespaces/kube-system': { metadata: 'x' },
    '/api/v1/nodes?limit=20': {
      items: [null, 5, { metadata: { name: 7, labels: { a: 1 } }, spec: { taints: [null] } }],
    },
  });
  const empty = { name: '', providerId: '', labels: {}, isUninitialized: false, isVirtual: false };
  expect(await collectEvidence(client, {}, SIGNAL)).toEqual({
    nodes: [empty, empty, empty],
    kubeSystemUid: '',
    overrides: {},
  });
});

it('does not ask for nodes when the operator gives the id', async () => {
  const paths: string[] = [];
  const client = {
    get: async (path: string): Promise<Record<string, unknown>> => {
      paths.push(path);
      return { metadata: { uid: 'u-1' } };
    },
  };
  expect(await collectEvidence(client, { clusterId: 'c-9' }, SIGNAL)).toMatchObject({
    nodes: [],
    kubeSystemUid: 'u-1',
  });
  expect(paths).toEqual(['/api/v1/namespaces/kube-system']);
});
