import { expect, test } from 'vitest';
import { ApiKeys } from './api-keys.ts';

test('a key that was named is accepted and no other, until the keys are replaced', () => {
  const keys = new ApiKeys(['old']);
  expect([keys.has('old'), keys.has('new'), keys.has('')]).toEqual([true, false, false]);
  keys.replace(['new']);
  expect([keys.has('old'), keys.has('new'), keys.has('')]).toEqual([false, true, false]);
});

test('any key is accepted when none was named, but a missing one is not', () => {
  const keys = new ApiKeys();
  expect([keys.has('any'), keys.has('')]).toEqual([true, false]);
});
