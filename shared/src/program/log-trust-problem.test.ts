import { expect, test } from 'vitest';
import { CastaiError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { logTrustProblem } from './log-trust-problem.ts';

test('a CA file that broke is said at most so often for each destination, and that it is good again each time', () => {
  const said: string[] = [];
  const line = (message: string): void => void said.push(message);
  const throttled = (key: string, everyMs: number): Logger =>
    ({ warn: (message: string) => line(`${key} every ${String(everyMs)}: ${message}`) }) as Logger;
  const log = { logger: { info: line, throttled }, everyMs: 60_000 };
  logTrustProblem(log, 'platform', new CastaiError('CONFIG_INVALID', 'no certificate in it'));
  logTrustProblem(log, 'platform', undefined);
  expect(said).toEqual([
    'trust platform every 60000: the CA file for the platform has changed and cannot be used: the certificates read before are',
    'the CA file for the platform can be used again',
  ]);
});
