import { expect, test } from 'vitest';
import { startTrouble, startWaits, trustTrouble } from './common-troubles.ts';

test('the start waits until nothing keeps the program from being ready, and is not asked about afterwards', () => {
  const reasons = [['platform: no answer', 'feeds: 2'], ['feeds: 1'], [], ['platform: gone']];
  const waits = startWaits(() => reasons.shift() ?? ['never asked']);
  expect([waits(), waits(), waits(), waits()]).toEqual([['platform: no answer', 'feeds: 2'], ['feeds: 1'], [], []]);
  expect(reasons).toEqual([['platform: gone']]);
});

test('a start that waits is a trouble in the words of readiness', () => {
  expect(startTrouble(['platform: no answer', 'feeds: 2'])).toEqual({
    cause: 'starting',
    severity: 'degraded',
    why: 'platform: no answer; feeds: 2',
    address: '',
    cure: '',
    runbook: '',
    subjects: [],
  });
  expect(startTrouble([])).toBeUndefined();
});

test('of several files of certificates that cannot be used the first is quoted, and all are named', () => {
  const said = (message: string) => ({ code: 'CREDENTIALS_UNREADABLE', message, hint: 'mount it' }) as const;
  const trust = new Map([
    ['platform', said('no such file')],
    ['proxy', said('no certificate in it')],
  ]);
  expect(trustTrouble(trust)).toEqual({
    cause: 'trust',
    severity: 'degraded',
    why: 'platform: no such file',
    address: '',
    cure: 'mount it',
    runbook: '',
    subjects: ['platform', 'proxy'],
  });
  expect(trustTrouble(new Map())).toBeUndefined();
});
