import { describe, expect, it } from 'vitest';
import { baseImage, classifyNode } from './classify-node.ts';

const node = (labels: Record<string, string>): ReturnType<typeof classifyNode> =>
  classifyNode({
    metadata: { name: 'n', uid: 'u-1', creationTimestamp: '2026-08-01T00:00:00Z', labels },
    status: { nodeInfo: { architecture: 'arm64', kubeletVersion: 'v1.33.2' } },
  });
const AKS = {
  'kubernetes.azure.com/agentpool': 'pool1',
  'kubernetes.azure.com/node-image-version': 'AKSUbuntu-2204gen2containerd-202607.13.0',
  'kubernetes.azure.com/os-sku': 'Ubuntu',
  'kubernetes.io/os': 'linux',
};

describe('judging a node', () => {
  it('takes Linux nodes of AKS agent pools', () => {
    expect(node(AKS)).toEqual({
      kind: 'eligible',
      node: {
        uid: 'u-1',
        createdAtMs: Date.UTC(2026, 7, 1),
        agentPool: 'pool1',
        architecture: 'arm64',
        nodeImage: 'AKSUbuntu-2204gen2containerd-202607.13.0',
        kubeletVersion: 'v1.33.2',
        osSku: 'Ubuntu',
      },
    });
  });

  it('keeps of each text what anybody needs, so that what goes into the record of deliveries comes out of it again', () => {
    const long = 'x'.repeat(100_000);
    const verdict = classifyNode({
      metadata: {
        name: 'n',
        uid: long,
        creationTimestamp: long,
        labels: { ...AKS, 'kubernetes.azure.com/os-sku': long },
      },
      status: { nodeInfo: { architecture: long, kubeletVersion: long } },
    });
    if (verdict.kind !== 'eligible') throw new Error('it is none of ours');
    const { uid, architecture, kubeletVersion, osSku, createdAtMs } = verdict.node;
    expect([uid, architecture, kubeletVersion, osSku].map(({ length }) => length)).toEqual([256, 256, 256, 256]);
    expect(createdAtMs).toBe(0);
  });

  it('leaves out what the platform, Karpenter or somebody else made', () => {
    const f = (labels: Record<string, string>, exclusion: string): void =>
      expect(node(labels)).toEqual({ kind: 'excluded', exclusion });
    f({ ...AKS, 'provisioner.cast.ai/managed-by': 'cast.ai' }, 'made-by-platform');
    f({ ...AKS, 'provisioner.cast.ai/node-id': 'x' }, 'made-by-platform');
    f({ ...AKS, 'karpenter.sh/nodepool': 'default' }, 'karpenter');
    f({ ...AKS, 'karpenter.azure.com/sku-name': 'Standard_D2' }, 'karpenter');
    f({ ...AKS, type: 'virtual-kubelet' }, 'virtual');
    f({ ...AKS, 'kubernetes.io/os': 'windows' }, 'not-linux');
    f({ 'kubernetes.io/os': 'linux' }, 'not-aks');
    f({ 'kubernetes.azure.com/agentpool': 'pool1' }, 'not-linux');
    f({}, 'not-aks');
  });

  it('takes a node that the platform marked for its data to be read, as long as AKS made it', () => {
    expect(node({ ...AKS, 'provisioner.cast.ai/aks-init-data': 'true' }).kind).toBe('eligible');
  });
});

describe('name of a node image', () => {
  it('loses the date of a live patch, and nothing else', () => {
    const f = (image: string, expected: string): void => expect(baseImage(image)).toBe(expected);
    f('AKSUbuntu-2204gen2containerd-202410.27.0-2024.11.05', 'AKSUbuntu-2204gen2containerd-202410.27.0');
    f('AKSUbuntu-2204gen2containerd-202410.27.0', 'AKSUbuntu-2204gen2containerd-202410.27.0');
    f('AKSUbuntu-1804gen2containerd-2022.10.03', 'AKSUbuntu-1804gen2containerd-2022.10.03');
    f('AKSUbuntu-1804gen2containerd-2022.10.03-2022.11.01', 'AKSUbuntu-1804gen2containerd-2022.10.03');
    f('AKSAzureLinux-V3gen2-202607.13.0-2026.07.20', 'AKSAzureLinux-V3gen2-202607.13.0');
    f('', '');
  });
});
