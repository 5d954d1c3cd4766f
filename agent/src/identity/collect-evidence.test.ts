import { expect, it } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { collectEvidence } from './collect-evidence.ts';

const reading = (answers: Record<string, Record<string, unknown>>) => ({
  get: async (path: string): Promise<Record<string, unknown>> => answers[path] ?? {},
});
const NO_OPENSHIFT = { internalId: '', infrastructureName: '', cloud: '', region: '' };
const SIGNAL = new AbortController().signal;

it('reads some nodes of each kind that tells something, each once, and the uid of kube-system', async () => {
  const client = reading({
    '/api/v1/namespaces/kube-system': {
      metadata: { name: 'kube-system', uid: 'u-1', annotations: { 'addons.k8s.io/core': '{}', other: 7 } },
    },
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
    kubeSystemAnnotations: { 'addons.k8s.io/core': '{}' },
    openshift: NO_OPENSHIFT,
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
    kubeSystemAnnotations: {},
    openshift: NO_OPENSHIFT,
    overrides: {},
  });
});

it('reads what OpenShift says of itself', async () => {
  const openshift = async (platformStatus: object): Promise<unknown> => {
    const client = reading({
      '/apis/config.openshift.io/v1/clusterversions/version': { spec: { clusterID: 'in-1' } },
      '/apis/config.openshift.io/v1/infrastructures/cluster': {
        status: { infrastructureName: 'shop-x7k2p', platformStatus },
      },
    });
    return (await collectEvidence(client, {}, SIGNAL)).openshift;
  };
  const own = { internalId: 'in-1', infrastructureName: 'shop-x7k2p' };
  expect(await openshift({ type: 'AWS', aws: { region: 'eu-west-1' } })).toEqual({
    ...own,
    cloud: 'aws',
    region: 'eu-west-1',
  });
  expect(await openshift({ type: 'GCP', gcp: { projectID: 'p', region: 'r' } })).toEqual({
    ...own,
    cloud: 'gcp',
    region: 'r',
  });
  expect(await openshift({ type: 'Azure', azure: { cloudName: 'x' } })).toEqual({ ...own, cloud: 'azure', region: '' });
  expect(await openshift({ type: 'BareMetal' })).toEqual({ ...own, cloud: '', region: '' });
});

it('takes what is not there, or may not be read, of OpenShift for nothing said, and a server in trouble for trouble', async () => {
  const failing = (code: 'KUBE_NOT_FOUND' | 'KUBE_FORBIDDEN' | 'KUBE_UNREACHABLE') => ({
    get: async (path: string): Promise<Record<string, unknown>> => {
      if (path.includes('openshift')) throw new KubeError(code, 'no');
      return {};
    },
  });
  for (const code of ['KUBE_NOT_FOUND', 'KUBE_FORBIDDEN'] as const) {
    expect((await collectEvidence(failing(code), {}, SIGNAL)).openshift).toEqual(NO_OPENSHIFT);
  }
  await expect(collectEvidence(failing('KUBE_UNREACHABLE'), {}, SIGNAL)).rejects.toThrow('no');
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
