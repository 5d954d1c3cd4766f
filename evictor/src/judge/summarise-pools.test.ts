import { expect, test } from 'vitest';
import { node } from '../testing/objects.ts';
import { type NodeRecord, readNode } from '../view/node-record.ts';
import { viewInterners } from '../view/view-interners.ts';
import type { DriftFinding } from './judge-drift.ts';
import { summarisePools } from './summarise-pools.ts';

function record(name: string, pool: string, { kubelet = 'v1.37.2', image = '' } = {}): NodeRecord {
  const object = node(name, {
    labels: { agentpool: pool, ...(image === '' ? {} : { 'kubernetes.azure.com/node-image-version': image }) },
  });
  object['status'] = { nodeInfo: { kubeletVersion: kubelet } };
  return readNode(object, viewInterners());
}

const finding = (name: string, pool: string, reason: DriftFinding['reason']): DriftFinding => ({
  node: name,
  pool,
  reason,
  detail: '',
});

test('a pool is as bad as the worst of its nodes, and each of its reasons is counted', () => {
  const nodes = [
    record('a', 'blue', { kubelet: 'v1.35.9', image: 'AKSUbuntu-2204gen2containerd-202604.01.0' }),
    record('b', 'blue', { image: 'AKSUbuntu-2204gen2containerd-202605.20.0' }),
    record('c', 'amber', { kubelet: 'v1.38.0' }),
  ];
  const findings = [finding('a', 'blue', 'kubelet_minor'), finding('a', 'blue', 'image_old')];
  const since = new Map([['blue', 5]]);
  expect(summarisePools({ nodes, controlPlane: 'v1.37.2', findings, mixedSinceMs: since })).toEqual([
    {
      pool: 'amber',
      nodes: 1,
      minorSkew: -1,
      makes: 1,
      oldestImageAtMs: undefined,
      newestImageAtMs: undefined,
      mixedSinceMs: undefined,
      renew: new Map(),
    },
    {
      pool: 'blue',
      nodes: 2,
      minorSkew: 2,
      makes: 2,
      oldestImageAtMs: Date.parse('2026-04-01'),
      newestImageAtMs: Date.parse('2026-05-20'),
      mixedSinceMs: 5,
      renew: new Map([
        ['kubelet_minor', 1],
        ['image_old', 1],
      ]),
    },
  ]);
});

test('of what cannot be read nothing is told, and a pool without nodes is no pool', () => {
  const [pool] = summarisePools({
    nodes: [record('a', 'blue', { kubelet: 'unknown', image: 'my-image' })],
    controlPlane: 'v1.37.2',
    findings: [],
    mixedSinceMs: new Map([['gone', 5]]),
  });
  expect(pool).toMatchObject({ pool: 'blue', minorSkew: undefined, oldestImageAtMs: undefined });
  expect(summarisePools({ nodes: [], controlPlane: 'v1.37.2', findings: [], mixedSinceMs: new Map() })).toEqual([]);
});

test('a virtual kubelet is of no pool', () => {
  const virtual = record('v', 'blue', { kubelet: 'v1.19.10-vk-azure-aci-1.6.2' });
  const nodes = [record('a', 'blue'), { ...virtual, labels: { ...virtual.labels, type: 'virtual-kubelet' } }];
  const [pool] = summarisePools({ nodes, controlPlane: 'v1.37.2', findings: [], mixedSinceMs: new Map() });
  expect(pool).toMatchObject({ pool: 'blue', nodes: 1, minorSkew: 0, makes: 1 });
});
