import { expect, test } from 'vitest';
import { describeBytes, statusWords } from './status-words.ts';

const NOW = Date.parse('2026-11-30T04:12:00.000Z');

test.each([
  ['clusterId', 'c1', 'cluster id', 'c1'],
  ['lastEventAt', '2026-11-30T04:11:48.243Z', 'last event', '2026-11-30T04:11:48Z, 12 s ago'],
  ['created at', '2026-11-30T04:13:00Z', 'created', '2026-11-30T04:13:00Z, in 60 s'],
  ['limitBytes', 33_554_432, 'limit', '32 MiB'],
  ['CustomData bytes', 569, 'CustomData', '569 B'],
  ['bytes', 2_441, 'bytes', '2.4 KiB'],
  ['ageSeconds', 0.84, 'age', '0.8 s'],
  ['clock error in seconds', 0, 'clock error', '0 s'],
  ['marked', true, 'marked', 'yes'],
  ['deleted', false, 'deleted', 'no'],
  ['restarts', 0, 'restarts', '0'],
  ['NODE_NAME', 'n', 'NODE_NAME', 'n'],
  ['last refusal', '', 'last refusal', ''],
  ['position', '2026', 'position', '2026'],
  ['problem', null, 'problem', ''],
] as const)('%s = %s is read as %s: %s', (field, value, name, text) => {
  expect(statusWords(field, value, NOW)).toEqual({ name, text });
});

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1 KiB'],
  [102_400, '100 KiB'],
  [1_610_612_736, '1.5 GiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(describeBytes(bytes)).toBe(text);
});
