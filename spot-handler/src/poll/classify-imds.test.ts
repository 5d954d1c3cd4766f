import { describe, expect, it } from 'vitest';
import { classifyImds } from './classify-imds.ts';

const DATE = 'Sat, 21 Nov 2026 09:00:00 GMT';
const answer = (status: number, text = '{}', headers: Record<string, string> = { date: DATE }) =>
  classifyImds({ isAnswered: true, status, headers: new Map(Object.entries(headers)), text });

describe('an answer of a metadata service', () => {
  it('is a body, with the time of the service', () => {
    expect(answer(200, '{"Events":[]}')).toEqual({ is: 'body', text: '{"Events":[]}', hostTimeMs: Date.parse(DATE) });
    expect(answer(200, '{}', {})).toEqual({ is: 'body', text: '{}', hostTimeMs: undefined });
    // JavaScript finds a year in nearly anything, and a notice would be judged by it.
    for (const date of ['yesterday', '0', '-5', '2026-11-21T09:00:00Z'])
      expect(answer(200, '{}', { date })).toMatchObject({ hostTimeMs: undefined });
  });

  it('is that there is none', () => {
    expect(answer(404)).toEqual({ is: 'absent', hostTimeMs: Date.parse(DATE) });
  });

  it('without a body tells nothing, least of all that there are no events', () => {
    for (const text of ['', ' \n'])
      expect(answer(200, text)).toMatchObject({ is: 'unknown', unknown: { reason: 'empty' } });
  });

  it('of any other status tells nothing, each for its own reason', () => {
    const f = (status: number, reason: string): void => {
      expect([status, answer(status)]).toMatchObject([status, { is: 'unknown', unknown: { isKnown: false, reason } }]);
    };
    f(400, 'bad_request');
    f(405, 'bad_request');
    f(401, 'unauthorized');
    f(403, 'forbidden');
    f(410, 'updating');
    f(429, 'throttled');
    f(500, 'server_error');
    f(503, 'server_error');
    f(204, 'unexpected');
    f(302, 'unexpected');
    f(418, 'unexpected');
  });

  it('says how long it wants to be left alone, by the clock of the service where it is a date', () => {
    expect(answer(429, '', { 'retry-after': '7' })).toMatchObject({ unknown: { retryAfterMs: 7_000 } });
    const later = 'Sat, 21 Nov 2026 09:00:05 GMT';
    expect(answer(503, '', { date: DATE, 'retry-after': later })).toMatchObject({ unknown: { retryAfterMs: 5_000 } });
  });

  it('that never came tells why', () => {
    const never = { isAnswered: false as const, detail: 'ECONNREFUSED' };
    expect(classifyImds({ ...never, isTimeout: false })).toMatchObject({
      unknown: { reason: 'network', detail: 'ECONNREFUSED' },
    });
    expect(classifyImds({ ...never, isTimeout: true })).toMatchObject({ unknown: { reason: 'timeout' } });
  });
});
