import { describe, expect, it } from 'vitest';
import { type Answer, classifyFailure, classifyResponse, type SuccessBody } from './classify-response.ts';
import type { ErrorBody } from './error-body.ts';
import type { Verdict } from './transport.ts';

const nowMs = Date.UTC(2026, 10, 21);
const invalid: SuccessBody<string> = { valid: false, problem: 'a body that cannot be decoded' };

function verdictOf(status: number, more: Partial<Answer<string>> = {}): Verdict {
  const outcome = classifyResponse<string>({ status, success: invalid, nowMs, ...more });
  if (outcome.ok) throw new Error(`HTTP ${status} was taken for a success`);
  return outcome.verdict;
}

const said = (code: string, more: Partial<ErrorBody> = {}): { error: ErrorBody } => ({
  error: { code, message: 'words', ...more },
});

describe('classify response', () => {
  it('takes a checked 2xx for a success', () => {
    const success = { valid: true, value: 'ack' } as const;
    for (const status of [200, 201, 204, 299]) {
      expect(classifyResponse({ status, success, nowMs })).toEqual({ ok: true, value: 'ack' });
    }
  });

  it('never takes another status for a success, even with a body that would be one', () => {
    const success = { valid: true, value: 'ack' } as const;
    for (const status of [100, 101, 199, 300, 304, 307, 400, 404, 409, 500, 503]) {
      expect({ status, ok: classifyResponse({ status, success, nowMs }).ok }).toEqual({ status, ok: false });
    }
  });

  it('has a verdict for every status from 100 to 599 and for what is no status', () => {
    const special = new Map<number, Verdict['kind']>([
      [400, 'REJECTED'],
      [401, 'UNAUTHORIZED'],
      [403, 'UNAUTHORIZED'],
      [408, 'UNAVAILABLE'],
      [413, 'TOO_LARGE'],
      [415, 'UNSUPPORTED_ENCODING'],
      [422, 'REJECTED'],
      [425, 'UNAVAILABLE'],
      [429, 'UNAVAILABLE'],
      [511, 'INTERFERENCE'],
    ]);
    const expected = (status: number): Verdict['kind'] =>
      special.get(status) ?? (status < 500 ? 'INTERFERENCE' : 'UNAVAILABLE');
    for (let status = 100; status <= 599; status += 1) {
      const verdict = verdictOf(status);
      expect([status, verdict.kind]).toEqual([status, expected(status)]);
      expect(verdict).toMatchObject({ status, detail: expect.stringContaining(`HTTP ${status}`) as string });
    }
    for (const status of [0, -1, 99, 600, 999, 1e9, Number.NaN]) {
      expect([status, verdictOf(status).kind]).toEqual([status, 'INTERFERENCE']);
    }
  });

  it('goes by the code only where the protocol defines one', () => {
    const f = (input: [status: number, code: string], expected: Verdict['kind']): void => {
      expect([input, verdictOf(input[0], said(input[1])).kind]).toEqual([input, expected]);
    };
    f([409, 'FENCED'], 'FENCED');
    f([409, 'NOT_LEADER'], 'NOT_LEADER');
    f([409, 'GAP'], 'GAP');
    f([409, 'UNKNOWN_EPOCH'], 'UNKNOWN_EPOCH');
    f([409, 'UNKNOWN_CLUSTER'], 'INTERFERENCE');
    f([409, 'fenced'], 'INTERFERENCE');
    f([409, ''], 'INTERFERENCE');
    f([404, 'UNKNOWN_CLUSTER'], 'UNKNOWN_CLUSTER');
    f([404, 'FENCED'], 'INTERFERENCE');
    f([410, 'UNKNOWN_EPOCH'], 'INTERFERENCE');
    f([403, 'FENCED'], 'UNAUTHORIZED');
    f([503, 'FENCED'], 'UNAVAILABLE');
    f([400, 'GAP'], 'REJECTED');
  });

  it('hands on the seq that the platform expects, if it says one', () => {
    expect(verdictOf(409, said('GAP', { expectedSeq: 12 }))).toEqual({
      kind: 'GAP',
      expectedSeq: 12,
      status: 409,
      detail: 'HTTP 409 GAP: words',
    });
    expect(verdictOf(409, said('NOT_LEADER', { seenTransitions: 7 }))).toMatchObject({ seenTransitions: 7 });
    expect(verdictOf(409, said('FENCED', { openedBy: 'i-1' }))).toMatchObject({ openedBy: 'i-1' });
    expect(verdictOf(409, said('FENCED'))).not.toHaveProperty('openedBy');
    expect(verdictOf(409, said('GAP'))).toEqual({ kind: 'GAP', status: 409, detail: 'HTTP 409 GAP: words' });
  });

  it('offers gzip after zstd was refused, and nothing after gzip', () => {
    expect(verdictOf(415, { encoding: 'zstd' })).toMatchObject({ kind: 'UNSUPPORTED_ENCODING', next: 'gzip' });
    expect(verdictOf(415, { encoding: 'gzip' })).not.toHaveProperty('next');
    expect(verdictOf(415)).not.toHaveProperty('next');
  });

  it('concludes of a refused dictionary only that it goes without', () => {
    const next = { kind: 'UNSUPPORTED_ENCODING', next: 'zstd' };
    for (const status of [400, 403, 406, 415, 422, 501]) {
      expect([status, verdictOf(status, { encoding: 'dcz' })]).toMatchObject([status, next]);
    }
    expect(verdictOf(415, { encoding: 'dcz', ...said('UNSUPPORTED_ENCODING') })).toMatchObject(next);
    expect(verdictOf(400, { encoding: 'dcz', ...said('UNDECODABLE') })).toMatchObject(next);
    // What the platform has read it refuses for another reason, and what is no refusal of a body says nothing of it.
    expect(verdictOf(400, { encoding: 'dcz', ...said('BAD_ENTRY') }).kind).toBe('REJECTED');
    expect(verdictOf(403, { encoding: 'dcz', ...said('FORBIDDEN') }).kind).toBe('UNAUTHORIZED');
    for (const [status, kind] of [
      [401, 'UNAUTHORIZED'],
      [413, 'TOO_LARGE'],
      [429, 'UNAVAILABLE'],
      [503, 'UNAVAILABLE'],
    ] as const) {
      expect([status, verdictOf(status, { encoding: 'dcz' }).kind]).toEqual([status, kind]);
    }
  });

  it('carries Retry-After of any answer as milliseconds', () => {
    const f = (input: [status: number, header: string], expected: number | undefined): void => {
      expect([input, verdictOf(input[0], { retryAfter: input[1] }).retryAfterMs]).toEqual([input, expected]);
    };
    f([503, '3'], 3_000);
    f([429, 'Sat, 21 Nov 2026 00:01:00 GMT'], 60_000);
    f([503, '86400'], 600_000);
    f([403, '40'], 40_000);
    f([503, 'later'], undefined);
  });

  it('tells a stranger’s refusal from the platform’s', () => {
    expect(verdictOf(400, said('BAD_ENTRY'))).toEqual({
      kind: 'REJECTED',
      byPlatform: true,
      status: 400,
      detail: 'HTTP 400 BAD_ENTRY: words',
    });
    for (const status of [400, 401, 403, 413, 415, 422]) {
      const hint = expect.stringMatching(/prox|box on the way/u) as string;
      expect([status, verdictOf(status)]).toEqual([status, expect.objectContaining({ byPlatform: false, hint })]);
      expect([status, verdictOf(status, said('X'))]).toEqual([status, expect.objectContaining({ byPlatform: true })]);
    }
    expect(verdictOf(403, said('POD_TOKEN_REFUSED')).hint).toContain('POD_TOKEN_FILE');
    expect(verdictOf(401, said('UNAUTHENTICATED')).hint).toContain('API_KEY_FILE');
    expect(verdictOf(403).hint).toContain('firewalls');
  });

  it('says where a redirect leads to, without path and query, which may hold tokens', () => {
    const f = (input: string | undefined, expected: string): void => {
      expect(verdictOf(302, { location: input }).detail).toBe(expected);
    };
    f('https://login.example.com/hotspot?token=secret', 'HTTP 302 to https://login.example.com');
    f('/login', 'HTTP 302 to a relative address');
    f(undefined, 'HTTP 302 to nowhere');
    expect(verdictOf(307).hint).toContain('API_URL');
  });

  it('marks a 200 that is an ack of another batch', () => {
    const success = { valid: false, problem: 'an ack of something else', ackMismatch: true } as const;
    expect(verdictOf(200, { success })).toMatchObject({ kind: 'INTERFERENCE', ackMismatch: true });
    expect(verdictOf(200)).toMatchObject({ kind: 'INTERFERENCE', ackMismatch: false });
    expect(verdictOf(500, { success })).not.toHaveProperty('ackMismatch');
  });

  it('calls a failed attempt no answer', () => {
    const failure = { kind: 'refused', code: 'ECONNREFUSED', detail: 'nobody there', hint: 'look' } as const;
    expect(classifyFailure(failure)).toEqual({
      ok: false,
      verdict: { kind: 'NO_ANSWER', failure, detail: 'nobody there', hint: 'look' },
    });
  });
});
