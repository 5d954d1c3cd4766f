import { expect, test } from 'vitest';
import type { FindingCounts } from '../../store/finding-count.ts';
import { findingsSection, foundObjectsSection } from './findings-section.ts';

const query = (words: Record<string, string>): URLSearchParams => new URLSearchParams(words);

test('rules and their namespaces are told with most objects first, ties by name', async () => {
  const counts: FindingCounts['counts'] = [
    { rule: 'host-pid', namespace: 'kube-system', objects: 2 },
    { rule: 'latest-tag', namespace: '', objects: 1 },
    { rule: 'latest-tag', namespace: 'a', objects: 1 },
    { rule: 'latest-tag', namespace: 'shop', objects: 5 },
    { rule: 'host-ipc', namespace: 'shop', objects: 2 },
  ];
  const asked: string[] = [];
  const section = findingsSection({
    findings: async (cluster) => {
      asked.push(cluster);
      return { judged: 9, broken: 8, counts };
    },
  });
  expect(await section(query({ cluster: 'c1' }))).toEqual({
    judged: 9,
    broken: 8,
    rules: [
      {
        key: 'latest-tag',
        objects: 7,
        namespaces: [
          { key: 'shop', objects: 5 },
          { key: '', objects: 1 },
          { key: 'a', objects: 1 },
        ],
      },
      { key: 'host-ipc', objects: 2, namespaces: [{ key: 'shop', objects: 2 }] },
      { key: 'host-pid', objects: 2, namespaces: [{ key: 'kube-system', objects: 2 }] },
    ],
  });
  expect(asked).toEqual(['c1']);
});

test('objects of a rule and namespace are told, at most a hundred', async () => {
  const object = { kind: 'Pod', namespace: 'shop', name: 'a' };
  const section = foundObjectsSection({
    foundObjects: async (cluster, wanted) => (wanted.limit === 100 && cluster === 'c1' ? [object] : []),
  });
  const words = { cluster: 'c1', rule: 'host-pid', namespace: 'shop' };
  expect(await section(query(words))).toEqual({ objects: [object] });
  expect(await section(query({}))).toEqual({ objects: [] });
});
