import { expect, test } from 'vitest';
import { letsOnto } from '../../testing/judge-places.ts';
import { node, pod } from '../../testing/objects.ts';
import { taintsRule } from './taints.ts';

const taint = (key: string, value: string, effect: string): Record<string, unknown> => ({
  taints: [{ key, value, effect }],
});
const NODES = [
  node('home'),
  node('execute', taint('a', '1', 'NoExecute')),
  node('free'),
  node('prefer', taint('a', '1', 'PreferNoSchedule')),
  node('schedule', taint('a', '1', 'NoSchedule')),
];

test.each<readonly [string, unknown[], string[]]>([
  ['no toleration', [], ['free', 'prefer']],
  ['the key with its value', [{ key: 'a', value: '1' }], ['execute', 'free', 'prefer', 'schedule']],
  ['the key with another value', [{ key: 'a', value: '2' }], ['free', 'prefer']],
  ['the key alone', [{ key: 'a', operator: 'Exists' }], ['execute', 'free', 'prefer', 'schedule']],
  ['one effect', [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }], ['free', 'prefer', 'schedule']],
  ['everything', [{ operator: 'Exists' }], ['execute', 'free', 'prefer', 'schedule']],
  ['an empty key without Exists, which means nothing', [{ operator: 'Equal', value: '1' }], ['free', 'prefer']],
  ['an operator of a newer API', [{ key: 'a', operator: 'Gt', value: '0' }], ['free', 'prefer']],
])('%s', (_name, tolerations, expected) => {
  expect(
    letsOnto({ rule: () => taintsRule, objects: [...NODES, pod('p', 'home', { tolerations })], pod: 'p' }),
  ).toEqual(expected);
});
