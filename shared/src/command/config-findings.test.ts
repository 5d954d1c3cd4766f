import { expect, test } from 'vitest';
import { CastaiError } from '../errors.ts';
import { configFailed, configFindings } from './config-findings.ts';

test('a configuration without a warning is fine', () => {
  expect(configFindings([])).toEqual([{ id: 'config', severity: 'ok', detail: 'every option is valid', cure: '' }]);
});

test('each warning about a configuration is one of the doctor', () => {
  const cure = 'correct the name, or take the variable out';
  expect(configFindings(['API_KEEY: did you mean API_KEY?', 'LOG_LEVEl is unknown'])).toEqual([
    { id: 'config', severity: 'warning', detail: 'API_KEEY: did you mean API_KEY?', cure },
    { id: 'config', severity: 'warning', detail: 'LOG_LEVEl is unknown', cure },
  ]);
});

test('behind a configuration that cannot be used nothing is looked at, and the report says so', () => {
  const error = new CastaiError('CONFIG_INVALID', 'API_URL is no address', { hint: 'correct it' });
  const detail = 'not checked: the configuration is not usable';
  expect(configFailed(error, ['platform', 'api-key'])).toEqual([
    { id: 'config', severity: 'problem', detail: 'API_URL is no address', cure: 'correct it' },
    { id: 'platform', severity: 'skipped', detail, cure: '' },
    { id: 'api-key', severity: 'skipped', detail, cure: '' },
  ]);
});
