import { expect, test } from 'vitest';
import { describeVerdict } from './describe-verdict.ts';

test('a verdict in one line has all that is to be said of it', () => {
  const ok = {
    state: 'ok',
    since: '2026-11-21T06:00:00.000Z',
    cause: '',
    why: '',
    address: '',
    cure: '',
    runbook: '',
    others: 0,
  } as const;
  expect(describeVerdict(ok)).toBe('verdict: ok since 2026-11-21T06:00:00.000Z');
  const away = { ...ok, state: 'blocked', cause: 'platform', why: 'HTTP 503', address: 'https://a/' } as const;
  expect(describeVerdict({ ...away, cure: 'wait', others: 2 })).toBe(
    'verdict: blocked since 2026-11-21T06:00:00.000Z: platform (https://a/): HTTP 503; wait; and 2 more',
  );
  expect(describeVerdict({ ...away, address: '' })).toBe(
    'verdict: blocked since 2026-11-21T06:00:00.000Z: platform: HTTP 503',
  );
});
