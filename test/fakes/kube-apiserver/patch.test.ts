import { expect, test } from 'vitest';
import { applyPatch, jsonPatch, mergePatch } from './patch.ts';

test('a merge patch merges objects, replaces the rest and removes with null', () => {
  const f = (target: unknown, patch: unknown, expected: unknown) => expect(mergePatch(target, patch)).toEqual(expected);
  f({ a: 1, b: { c: 2, d: 3 } }, { b: { c: null, e: 4 } }, { a: 1, b: { d: 3, e: 4 } });
  f({ list: [1, 2] }, { list: [3] }, { list: [3] });
  f({ a: 'text' }, { a: { b: 1 } }, { a: { b: 1 } });
  f(undefined, { a: { b: null } }, { a: {} });
});

test('a JSON patch adds, removes, replaces and tests in a copy', () => {
  const target = { list: ['a', 'c'], 'with/slash': 1 };
  const patched = jsonPatch(target, [
    { op: 'test', path: '/list', value: ['a', 'c'] },
    { op: 'add', path: '/list/1', value: 'b' },
    { op: 'add', path: '/list/-', value: 'd' },
    { op: 'replace', path: '/with~1slash', value: 2 },
    { op: 'remove', path: '/list/0' },
    { op: 'test', path: '/absent', value: null },
  ]);
  expect(patched).toEqual({ list: ['b', 'c', 'd'], 'with/slash': 2 });
  expect(target).toEqual({ list: ['a', 'c'], 'with/slash': 1 });
});

test.for([
  [{ op: 'test', path: '/a', value: 2 }],
  [{ op: 'remove', path: '/absent' }],
  [{ op: 'add', path: '/absent/-', value: 1 }],
  [{ op: 'remove', path: '/list/7' }],
])('%j is a 422', ([operation]) => {
  const refused = expect.objectContaining({ code: 422, reason: 'Invalid' });
  expect(() => jsonPatch({ a: 1, list: [] }, [operation])).toThrow(expect.objectContaining({ body: refused }));
});

test('other kinds of patches are a 415', () => {
  const refused = expect.objectContaining({ code: 415 });
  expect(() => applyPatch('application/strategic-merge-patch+json', {}, {})).toThrow(
    expect.objectContaining({ body: refused }),
  );
});
