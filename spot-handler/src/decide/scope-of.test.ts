import { expect, test } from 'vitest';
import { scopeOf } from './scope-of.ts';

test('a notice concerns the machines that it names, in any spelling', () => {
  const f = (resources: readonly string[] | undefined, own: readonly string[], expected: string): void => {
    expect([resources, scopeOf(resources === undefined ? {} : { resources }, own)]).toEqual([resources, expected]);
  };
  f(['set_3'], ['set_3'], 'own');
  f(['SET_3'], ['set_3'], 'own');
  f(['set_2', 'set_3'], ['set_3'], 'own');
  f(['set_2'], ['set_3'], 'foreign');
  // `set_3` is in `set_30`, and is another machine.
  f(['set_30'], ['set_3'], 'foreign');
  f([], ['set_3'], 'foreign');
  f(['set_3'], [], 'unknown');
  f(undefined, [], 'own');
});
