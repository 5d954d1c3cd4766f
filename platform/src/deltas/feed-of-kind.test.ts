import { expect, test } from 'vitest';
import { feedOfKind } from './feed-of-kind.ts';

test('an object belongs to the feed of its kind, in the version that it says or that existing agents read', () => {
  const f = (kind: string, apiVersion: string): unknown => {
    const { group, version, resource } = feedOfKind(kind, apiVersion);
    return `${group}/${version}/${resource}`;
  };
  expect(f('Pod', '')).toBe('/v1/pods');
  expect(f('Pod', 'v1')).toBe('/v1/pods');
  expect(f('Deployment', '')).toBe('apps/v1/deployments');
  expect(f('HorizontalPodAutoscaler', '')).toBe('autoscaling/v1/horizontalpodautoscalers');
  expect(f('HorizontalPodAutoscaler', 'autoscaling/v2')).toBe('autoscaling/v2/horizontalpodautoscalers');
  expect(f('NodePool', 'karpenter.sh/v1beta1')).toBe('karpenter.sh/v1beta1/nodepools');
  expect(f('PodMetrics', '')).toBe('metrics.k8s.io/v1beta1/pods');
});

test('a kind that is not known has the plural that its controller would give it', () => {
  const kinds = ['Gadget', 'Proxy', 'Gateway', 'Class', 'constructor'];
  expect(kinds.map((kind) => feedOfKind(kind, 'x.y/v1').resource)).toEqual([
    'gadgets',
    'proxies',
    'gateways',
    'classes',
    'constructors',
  ]);
  expect(feedOfKind('Gadget', '')).toEqual({ group: '', version: '', resource: 'gadgets', kind: 'Gadget' });
});
