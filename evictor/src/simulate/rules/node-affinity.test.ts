import { expect, test } from 'vitest';
import { letsOnto } from '../../testing/judge-places.ts';
import { node, pod } from '../../testing/objects.ts';
import { nodeAffinityRule } from './node-affinity.ts';

const NODES = [
  node('home'),
  node('a', { labels: { zone: '1', disk: 'ssd', size: '8', serial: '9223372036854775808' } }),
  node('b', { labels: { zone: '2', size: '16' } }),
  node('c', { labels: { zone: '3', size: 'large' } }),
];

const required = (...nodeSelectorTerms: unknown[]): Record<string, unknown> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const expression = (key: string, operator: string, ...values: string[]): Record<string, unknown> =>
  required({ matchExpressions: [{ key, operator, values }] });

test.each<readonly [string, Record<string, unknown>, string[]]>([
  ['nothing asked', {}, ['a', 'b', 'c']],
  ['a selector', { nodeSelector: { zone: '1' } }, ['a']],
  ['a selector with two labels', { nodeSelector: { zone: '1', disk: 'hdd' } }, []],
  ['In', expression('zone', 'In', '1', '2'), ['a', 'b']],
  ['NotIn, which an absent label meets', expression('disk', 'NotIn', 'ssd'), ['b', 'c']],
  ['Exists', expression('disk', 'Exists'), ['a']],
  ['DoesNotExist', expression('disk', 'DoesNotExist'), ['b', 'c']],
  ['Gt, which no word meets', expression('size', 'Gt', '9'), ['b']],
  ['Lt', expression('size', 'Lt', '9'), ['a']],
  ['Gt of a label that is no number of 64 bits, which nothing meets', expression('serial', 'Gt', '9'), []],
  ['Lt of one', expression('serial', 'Lt', '9'), []],
  ['Gt with two bounds, which nothing meets', expression('size', 'Gt', '1', '2'), []],
  [
    'two terms, of which any is enough',
    required(
      { matchExpressions: [{ key: 'zone', operator: 'In', values: ['1'] }] },
      { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['c'] }] },
    ),
    ['a', 'c'],
  ],
  ['a term without conditions, which matches no node', required({}), []],
  ['no terms, which match no node', required(), []],
  [
    'the name of a node that is not it',
    required({ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['a'] }] }),
    ['b', 'c'],
  ],
  [
    'selector and affinity, which must both match',
    { nodeSelector: { zone: '2' }, ...expression('size', 'Gt', '9') },
    ['b'],
  ],
])('%s', (_name, spec, expected) => {
  expect(letsOnto({ rule: () => nodeAffinityRule, objects: [...NODES, pod('p', 'home', spec)], pod: 'p' })).toEqual(
    expected,
  );
});
