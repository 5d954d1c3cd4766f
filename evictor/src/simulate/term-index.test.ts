import { expect, test } from 'vitest';
import type { Requirement } from '../view/label-selector.ts';
import { TermIndex } from './term-index.ts';

const held = (name: string, selector: Requirement[] | undefined) => ({
  name,
  namespace: 'shop',
  term: { selector, topologyKey: 'zone', namespaces: [], namespaceSelector: undefined },
});
const index = new TermIndex([
  held('web', [{ key: 'app', operator: 'In', values: ['web'] }]),
  held('web or db', [
    { key: 'tier', operator: 'Exists', values: [] },
    { key: 'app', operator: 'In', values: ['web', 'db', 'db'] },
  ]),
  held('not web', [{ key: 'app', operator: 'NotIn', values: ['web'] }]),
  held('anybody', []),
  held('nobody', undefined),
  held('no value', [{ key: 'app', operator: 'In', values: [] }]),
  held('an object', [{ key: 'constructor', operator: 'In', values: ['Object'] }]),
]);
const about = (labels: Record<string, string>): string[] => index.maybeAbout({ labels }).map(({ name }) => name);

test('a term that wants a label is found by it, and one that wants none is always found', () => {
  expect(about({ app: 'web' })).toEqual(['not web', 'anybody', 'web', 'web or db']);
  expect(about({ app: 'db' })).toEqual(['not web', 'anybody', 'web or db']);
  expect(about({ app: 'queue' })).toEqual(['not web', 'anybody']);
  expect(about({})).toEqual(['not web', 'anybody']);
});
