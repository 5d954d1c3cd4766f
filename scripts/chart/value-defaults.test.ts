import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { DEFAULTS_FILE, valueDefaults } from './value-defaults.ts';

test('the defaults that the chart carries are those of values.yaml (else: npm run generate)', () => {
  expect(readFileSync(DEFAULTS_FILE, 'utf8')).toBe(valueDefaults());
});

test('an object whose keys are free has none, because null takes it out', () => {
  const { agent, global, monitoring } = parse(valueDefaults()) as Record<string, Record<string, unknown>>;
  expect([agent?.['livenessProbe'], agent?.['port'], global?.['imageRegistry']]).toEqual([{}, 9877, '']);
  expect(monitoring?.['podMonitor']).toMatchObject({ enabled: false, interval: '30s', labels: {} });
});
