import { expect, test } from 'vitest';
import { listWindow, parseListQuery } from './list-window.ts';

interface Row {
  readonly name: string;
  readonly size: number;
}
const rows: readonly Row[] = [
  { name: 'Alpha', size: 2 },
  { name: 'beta', size: 9 },
  { name: 'gamma', size: 2 },
  { name: 'delta', size: 5 },
];
const shape = {
  text: ({ name, size }: Row) => `${name} ${size}`,
  columns: { name: ({ name }: Row) => name, size: ({ size }: Row) => size },
};
const ask = (query: string) => {
  const { rows: found, ...counts } = listWindow(rows, parseListQuery(new URLSearchParams(query)), shape);
  return { ...counts, names: found.map(({ name }) => name) };
};

test('a list is filtered and sorted as a whole, and only the part in sight is given', () => {
  expect(ask('')).toEqual({ total: 4, matching: 4, from: 0, names: ['Alpha', 'beta', 'gamma', 'delta'] });
  expect(ask('from=1&count=2')).toEqual({ total: 4, matching: 4, from: 1, names: ['beta', 'gamma'] });
  expect(ask('filter=TA')).toEqual({ total: 4, matching: 2, from: 0, names: ['beta', 'delta'] });
  expect(ask('filter=a+2')).toEqual({ total: 4, matching: 2, from: 0, names: ['Alpha', 'gamma'] });
  expect(ask('sort=-size&count=2')).toEqual({ total: 4, matching: 4, from: 0, names: ['beta', 'delta'] });
});

test('what is equal in the column that sorts keeps its order', () => {
  expect(ask('sort=size').names).toEqual(['Alpha', 'gamma', 'delta', 'beta']);
  expect(ask('sort=-size').names).toEqual(['beta', 'delta', 'Alpha', 'gamma']);
});

test('a part behind the end is moved to where there is something', () => {
  expect(ask('filter=beta&from=700')).toEqual({ total: 4, matching: 1, from: 0, names: ['beta'] });
  expect(ask('filter=nothing&from=3')).toEqual({ total: 4, matching: 0, from: 0, names: [] });
});

test.each([
  'from=-1',
  'count=x',
  'sort=__proto__',
  'sort=constructor',
  'sort=-',
  'from=1e9',
  'filter=+++',
  'count=99999999999',
])('what makes no sense is as if it were not there: %s', (query) => {
  expect(ask(query).names).toEqual(['Alpha', 'beta', 'gamma', 'delta']);
});

test('nobody is given more than 200 rows at once', () => {
  const many = Array.from({ length: 500 }, (_, index) => ({ name: `n${index}`, size: index }));
  expect(listWindow(many, parseListQuery(new URLSearchParams('count=400')), shape).rows).toHaveLength(200);
});
