import { expect, it } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { AwsToken } from './aws-token.ts';
import type { ImdsAnswer, ImdsRequest } from './imds-client.ts';

const HOUR_MS = 3_600_000;
const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';
const { signal } = new AbortController();

const given = (text: string, ttlSeconds: string): ImdsAnswer => ({
  isAnswered: true,
  status: 200,
  headers: new Map([[TTL, ttlSeconds]]),
  text,
});
const status = (code: number): ImdsAnswer => ({ isAnswered: true, status: code, headers: new Map(), text: '' });
const SILENT: ImdsAnswer = { isAnswered: false, isTimeout: true, detail: 'no answer within 2 s' };

/** A token of a service that gives these answers, the last one for ever. */
function tokenOf(...answers: readonly [ImdsAnswer, ...ImdsAnswer[]]) {
  const clock = new ManualClock();
  const requests: ImdsRequest[] = [];
  const send = async (request: ImdsRequest): Promise<ImdsAnswer> => {
    requests.push(request);
    return answers[Math.min(requests.length, answers.length) - 1] ?? answers[0];
  };
  return { token: new AwsToken({ client: { send }, clock }), clock, requests };
}

it('is asked for once, for six hours, by looks that begin together and by those that follow', async () => {
  const { token, requests } = tokenOf(given('t-1\n', '21600'));
  const [first, second] = await Promise.all([token.get(signal), token.get(signal)]);
  expect([first, second, await token.get(signal)]).toEqual([
    { isKnown: true, value: 't-1' },
    { isKnown: true, value: 't-1' },
    { isKnown: true, value: 't-1' },
  ]);
  expect(requests).toEqual([
    { method: 'PUT', path: '/latest/api/token', headers: { [TTL]: '21600' }, timeoutMs: 20_000 },
  ]);
});

it('is replaced when four fifths of the life that the service gave it are over', async () => {
  const { token, clock, requests } = tokenOf(given('t-1', '3600'), given('t-2', '3600'));
  await token.get(signal);
  await clock.advance(0.8 * HOUR_MS - 1);
  expect(await token.get(signal)).toEqual({ isKnown: true, value: 't-1' });
  await clock.advance(1);
  expect(await token.get(signal)).toEqual({ isKnown: true, value: 't-2' });
  expect(requests).toHaveLength(2);
});

it('lives as long as was asked for when the service does not say', async () => {
  const { token, clock, requests } = tokenOf(given('t-1', 'soon'), given('t-2', 'soon'));
  await token.get(signal);
  await clock.advance(0.8 * 6 * HOUR_MS - 1);
  await token.get(signal);
  expect(requests).toHaveLength(1);
  await clock.advance(1);
  expect(await token.get(signal)).toEqual({ isKnown: true, value: 't-2' });
});

it('goes on being used while the service gives no new one, and is asked for at each look', async () => {
  const { token, clock, requests } = tokenOf(given('t-1', '3600'), status(503), SILENT, given('t-2', '3600'));
  await token.get(signal);
  await clock.advance(HOUR_MS);
  expect(await token.get(signal)).toEqual({ isKnown: true, value: 't-1' });
  expect(await token.get(signal)).toEqual({ isKnown: true, value: 't-1' });
  expect(await token.get(signal)).toEqual({ isKnown: true, value: 't-2' });
  expect(requests).toHaveLength(4);
});

it('is asked for anew when it was refused, but not because of one that is not in use any more', async () => {
  const { token, requests } = tokenOf(given('t-1', '3600'), given('t-2', '3600'));
  await token.get(signal);
  token.forget('t-0');
  expect(await token.get(signal)).toEqual({ isKnown: true, value: 't-1' });
  token.forget('t-1');
  expect(await token.get(signal)).toEqual({ isKnown: true, value: 't-2' });
  expect(requests).toHaveLength(2);
});

it('says what to do when there is none', async () => {
  const unknownOf = async (answer: ImdsAnswer): Promise<unknown> => {
    const result = await tokenOf(answer).token.get(signal);
    return result.isKnown ? result : result.unknown;
  };
  expect(await unknownOf(SILENT)).toMatchObject({
    reason: 'timeout',
    detail: 'no session token: no answer within 2 s',
    hint: expect.stringContaining('HttpPutResponseHopLimit'),
  });
  expect(await unknownOf(status(403))).toMatchObject({
    reason: 'forbidden',
    hint: expect.stringContaining('HttpEndpoint'),
  });
  expect(await unknownOf(status(404))).toEqual({ isKnown: false, reason: 'not_found', detail: 'HTTP 404 for a token' });
  expect(await unknownOf(status(500))).toEqual({
    isKnown: false,
    reason: 'server_error',
    detail: 'no session token: HTTP 500',
  });
});

it('is nothing that a header could not carry, and is asked for again after that', async () => {
  for (const page of ['<html>\n<p>busy</p>', 'tökén', 'x'.repeat(100_000)]) {
    const { token } = tokenOf(given(page, '21600'), given('t-1', '21600'));
    expect(await token.get(signal)).toEqual({
      isKnown: false,
      unknown: { isKnown: false, reason: 'unexpected', detail: 'what was given for a token is none' },
    });
    expect(await token.get(signal)).toEqual({ isKnown: true, value: 't-1' });
  }
});
