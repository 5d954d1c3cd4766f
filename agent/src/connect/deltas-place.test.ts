import { expect, it } from 'vitest';
import { deltasPlace } from './deltas-place.ts';

const place = (deltasConfigMap: string | undefined, podNamespace?: string): unknown =>
  deltasPlace({ deltasConfigMap, podNamespace, serviceAccountDir: '/nowhere' });

it('is the ConfigMap of this name in the own namespace, none where none is named, and a problem where no namespace is known', () => {
  expect(place('points', 'ns')).toEqual({ namespace: 'ns', name: 'points' });
  expect(place(undefined)).toBe(undefined);
  expect(() => place('points')).toThrow('DELTAS_CONFIG_MAP is set and no namespace is known for it');
});
