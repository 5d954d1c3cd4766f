import { expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { CastaiError } from '../errors.ts';
import { askInTime, serverFailed } from './examine-server.ts';
import { KubeError } from './kube-error.ts';

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });

it('waits ten seconds for an answer and no longer, and says what it is that does not answer', async () => {
  const clock = new ManualClock();
  const asked = askInTime(clock, never, new AbortController().signal).catch((error: unknown) => error);
  await clock.advance(10_000);
  expect(await asked).toMatchObject({
    code: 'KUBE_UNREACHABLE',
    message: 'it does not answer within 10 s',
    hint: expect.stringContaining('nobody answers') as unknown,
  });
  await expect(askInTime(clock, async () => 7, new AbortController().signal)).resolves.toBe(7);
});

it('has a cure for a server that is away, and leaves the words of everything else', () => {
  const away = new KubeError('KUBE_UNREACHABLE', 'the API server cannot be reached: connect ECONNREFUSED 10.0.0.1:443');
  expect(serverFailed(away, 'https://10.0.0.1')).toEqual({
    id: 'api-server',
    severity: 'problem',
    detail: 'https://10.0.0.1: the API server cannot be reached: connect ECONNREFUSED 10.0.0.1:443',
    cure: 'check that the API server runs, and that no network policy or firewall keeps this pod from it',
  });
  const told = new CastaiError('KUBE_UNREACHABLE', 'it hangs', { hint: 'look at it' });
  expect(serverFailed(told, undefined)).toMatchObject({ detail: 'it hangs', cure: 'look at it' });
  expect(serverFailed(new TypeError('x is undefined'), '')).toMatchObject({ cure: 'report it as a bug' });
});
