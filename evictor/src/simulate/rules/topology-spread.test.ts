import { expect, test } from 'vitest';
import { hinderedBy, letsOnto } from '../../testing/judge-places.ts';
import { node, pod } from '../../testing/objects.ts';
import { topologySpreadRule } from './topology-spread.ts';

const NODES = [
  node('a1', { labels: { zone: 'a' } }),
  node('a2', { labels: { zone: 'a' } }),
  node('b1', { labels: { zone: 'b' } }),
  node('c1', { labels: { zone: 'c', pool: 'x' }, taints: [{ key: 't', effect: 'NoSchedule' }] }),
  node('nowhere'),
];
const spread = (rule: Record<string, unknown>): Record<string, unknown> => ({
  topologySpreadConstraints: [
    {
      topologyKey: 'zone',
      maxSkew: 1,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'web' } },
      ...rule,
    },
  ],
});
const question = (objects: readonly ReturnType<typeof pod>[], gone = ['a1']) => ({
  rule: topologySpreadRule,
  objects: [...NODES, ...objects],
  pod: 'p',
  gone,
});
const notPool = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'DoesNotExist' }] }],
    },
  },
};
const p = (rule: Record<string, unknown>, wishes: Record<string, unknown> = {}): ReturnType<typeof pod> =>
  pod('p', 'a1', { ...spread(rule), ...wishes });
const web = (name: string, at: string, wishes: Record<string, unknown> = {}): ReturnType<typeof pod> =>
  pod(name, at, wishes);

test.each<readonly [string, ReturnType<typeof pod>[], string[]]>([
  ['only where there are fewest', [p({}), web('b', 'b1')], ['a2', 'c1']],
  ['back into its own zone when all are even without it', [p({}), web('b', 'b1'), web('c', 'c1')], ['a2']],
  ['a larger skew', [p({ maxSkew: 2 }), web('b', 'b1')], ['a2', 'b1', 'c1']],
  [
    'a wish keeps it off nowhere',
    [p({ whenUnsatisfiable: 'ScheduleAnyway' }), web('b', 'b1')],
    ['a2', 'b1', 'c1', 'nowhere'],
  ],
  [
    'too few domains count as an empty one more',
    [p({ minDomains: 4 }), web('a', 'a2'), web('b', 'b1'), web('c', 'c1')],
    [],
  ],
  [
    'nodes that its own selector rules out are not counted',
    [p({}, { affinity: notPool }), web('a', 'a2'), web('b', 'b1')],
    ['a2', 'b1', 'c1'],
  ],
  [
    'unless it says so',
    [p({ nodeAffinityPolicy: 'Ignore' }, { affinity: notPool }), web('a', 'a2'), web('b', 'b1')],
    ['c1'],
  ],
  ['tainted nodes are counted', [p({}), web('a', 'a2'), web('b', 'b1')], ['c1']],
  ['unless it says so, too', [p({ nodeTaintsPolicy: 'Honor' }), web('a', 'a2'), web('b', 'b1')], ['a2', 'b1', 'c1']],
  ['pods of another namespace are not counted', [p({}), web('b', 'b1', { namespace: 'other' })], ['a2', 'b1', 'c1']],
  [
    'matchLabelKeys counts the same revision only',
    [p({ matchLabelKeys: ['rev'] }, { labels: { rev: '2' } }), web('b', 'b1', { labels: { rev: '1' } })],
    ['a2', 'b1', 'c1'],
  ],
])('%s', (_name, objects, expected) => {
  expect(letsOnto(question(objects))).toEqual(expected);
});

test('the node that goes stays as an empty domain, and tilts the others', () => {
  const rule = { topologyKey: 'kubernetes.io/hostname' };
  const others = [web('a', 'a2'), web('b', 'b1'), web('c', 'c1'), web('n', 'nowhere')];
  expect(letsOnto(question([p(rule), ...others]))).toEqual([]);
  expect(letsOnto(question([p({ ...rule, maxSkew: 2 }), ...others]))).toEqual(['a2', 'b1', 'c1', 'nowhere']);
});

test('what leaves other nodes lowers the fewest, and not what a domain has', () => {
  const objects = [p({}), web('b', 'b1'), web('c', 'c1')];
  expect(letsOnto(question(objects, ['a1', 'b1']))).toEqual(['a2']);
  expect(letsOnto(question([...objects, web('a', 'a2')], ['a1', 'b1']))).toEqual([]);
});

test('others that are counted can fill domains up, those that take fewest first', () => {
  const objects = [p({ maxSkew: 2 }), web('b', 'b1')];
  // a and c take two more each before they are too full, b takes one.
  expect(hinderedBy(question(objects), [])).toBe(0);
  expect(hinderedBy(question(objects), [web('x', 'a1')])).toBe(1);
  expect(hinderedBy(question(objects), [web('x', 'a1'), web('y', 'a1')])).toBe(1);
  expect(hinderedBy(question(objects), [web('x', 'a1'), web('y', 'a1'), web('z', 'a1')])).toBe(2);
  expect(hinderedBy(question(objects), [web('x', 'a1', { app: 'db' })])).toBe(0);
});

test('what is on a node that is not ready may be gone tomorrow: it makes nothing fewest', () => {
  const away = node('away', { labels: { zone: 'b' } });
  away['status'] = { conditions: [{ type: 'Ready', status: 'Unknown' }] };
  const objects = [node('home', { labels: { zone: 'a' } }), node('x', { labels: { zone: 'a' } }), away];
  const moved = pod('p', 'home', spread({}));
  const asked = {
    rule: topologySpreadRule,
    objects: [...objects, moved, web('x', 'x'), web('y', 'away')],
    pod: 'p',
  };
  expect(letsOnto(asked)).toEqual([]);
});

test('a pod of a DaemonSet on the node that goes is counted in its zone until the node is deleted', () => {
  const daemon = web('d', 'a1', { owner: { kind: 'DaemonSet', name: 'd' } });
  expect(letsOnto(question([p({}), web('b', 'b1'), daemon]))).toEqual(['c1']);
});
