import { expect, test } from 'vitest';
import { applyOver, isApply } from './apply-patch.ts';

test('an apply is told by its content type', () => {
  expect(['application/apply-patch+yaml', 'application/apply-patch+yaml; charset=utf-8'].map(isApply)).toEqual([
    true,
    true,
  ]);
  expect(['application/merge-patch+json', ''].map(isApply)).toEqual([false, false]);
});

test('what is applied is added, and another value is a conflict unless it is forced', () => {
  const before = { data: { a: '1', b: '2' }, list: [1] };
  expect(applyOver(before, { data: { a: '1', c: '3' } }, { isForced: false })).toEqual({
    data: { a: '1', b: '2', c: '3' },
    list: [1],
  });
  for (const [applied, path] of [
    [{ data: { a: 'x' } }, '.data.a'],
    [{ list: [2] }, '.list'],
    [{ data: 'text' }, '.data'],
  ] as const) {
    const body = expect.objectContaining({ code: 409, message: expect.stringContaining(path) as string });
    expect(() => applyOver(before, applied, { isForced: false })).toThrow(expect.objectContaining({ body }));
  }
  expect(applyOver(before, { data: { a: 'x' }, list: [2] }, { isForced: true })).toEqual({
    data: { a: 'x', b: '2' },
    list: [2],
  });
});
