import { expect, it } from 'vitest';
import { uidOf } from './kube-item.ts';

it('tells an object by its uid, and one that has none, or an empty one, by its name', () => {
  expect(uidOf({ name: 'a', namespace: 'n', uid: 'u' })).toBe('u');
  expect(uidOf({ name: 'a', namespace: 'n' })).toBe('n/a');
  expect(uidOf({ name: 'a', namespace: 'n', uid: '' })).toBe('n/a');
  expect(uidOf({ name: 'a', uid: '' })).toBe('/a');
});
