import { expect, test } from 'vitest';
import { HELP, parseRigOptions } from './options.ts';

test('faults may stand anywhere among the arguments of the platform', () => {
  const drop = '{"action":{"type":"drop"}}';
  const slow = '{"action":{"type":"delay","ms":5}}';
  expect(parseRigOptions(['--fault', drop, '--port', '0', '--fault', slow, '--history'])).toMatchObject({
    port: 0,
    history: true,
    faults: [{ action: { type: 'drop' } }, { action: { type: 'delay', ms: 5 } }],
  });
});

test('help is asked for, and names the faults beside the arguments of the platform', () => {
  expect(parseRigOptions(['--help'])).toBeUndefined();
  expect(HELP).toContain('--fault ');
  expect(HELP).toContain('--port ');
});

test.each([
  [['--fault', 'drop'], '--fault must be JSON, not drop'],
  [['--fault'], '--fault must be JSON, not '],
  [['--port', 'http'], '--port must be a whole number'],
])('%j is refused', (args, message) => {
  expect(() => parseRigOptions(args)).toThrow(message);
});
