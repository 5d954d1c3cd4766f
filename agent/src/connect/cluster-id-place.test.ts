import { expect, test } from 'vitest';
import { clusterIdPlace } from './cluster-id-place.ts';

const place = (clusterIdConfigMap: string | undefined, podNamespace?: string): unknown =>
  clusterIdPlace({ clusterIdConfigMap, podNamespace, serviceAccountDir: '/nowhere' });

test('a ConfigMap is named with its key or without, and is in the namespace of the pod', () => {
  expect(place(undefined)).toBeUndefined();
  expect(place('ids', 'ns')).toEqual({ namespace: 'ns', name: 'ids', key: 'CLUSTER_ID' });
  expect(place('ids/cluster.id', 'ns')).toEqual({ namespace: 'ns', name: 'ids', key: 'cluster.id' });
  expect(() => place('ids')).toThrow('CLUSTER_ID_CONFIG_MAP is set and no namespace is known for it');
});
