import { describe, expect, it } from 'vitest';
import { classifyAnswer, classifyStatus, classifyTransport } from './classify-kube.ts';
import type { KubeError } from './kube-error.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 12, 0, 0);

interface AnswerInput {
  path?: string;
  contentType?: string;
  retryAfter?: string;
  body?: unknown;
}

function answer(status: number, input: AnswerInput = {}): KubeError {
  const { path = '/apis/apps/v1/deployments', contentType = 'application/json', retryAfter, body = '' } = input;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return classifyAnswer({ path, status, contentType, retryAfter, body: Buffer.from(text), nowMs: NOW_MS });
}

const status = (code: number, rest: object = {}): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  code,
  ...rest,
});

describe('an answer of the API server', () => {
  it.each<[number, object, string]>([
    [400, { reason: 'BadRequest', message: 'continue key is not valid' }, 'KUBE_BAD_REQUEST'],
    [401, { reason: 'Unauthorized' }, 'KUBE_UNAUTHORIZED'],
    [
      403,
      { reason: 'Forbidden', message: 'pods is forbidden: User "system:serviceaccount:a:b" cannot list' },
      'KUBE_FORBIDDEN',
    ],
    [
      403,
      { reason: 'Forbidden', message: 'pods is forbidden: User "system:anonymous" cannot list' },
      'KUBE_UNAUTHORIZED',
    ],
    [404, { reason: 'NotFound' }, 'KUBE_NOT_FOUND'],
    [405, { reason: 'MethodNotAllowed' }, 'KUBE_METHOD_NOT_ALLOWED'],
    [406, { reason: 'NotAcceptable' }, 'KUBE_NOT_ACCEPTABLE'],
    [409, { reason: 'AlreadyExists' }, 'KUBE_CONFLICT'],
    [410, { reason: 'Expired' }, 'KUBE_EXPIRED'],
    [415, { reason: 'UnsupportedMediaType' }, 'KUBE_BAD_REQUEST'],
    [422, { reason: 'Invalid' }, 'KUBE_INVALID'],
    [429, { reason: 'TooManyRequests' }, 'KUBE_THROTTLED'],
    [500, { reason: 'InternalError', message: 'parsing failed: invalid syntax' }, 'KUBE_SERVER_ERROR'],
    [
      500,
      { message: 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax' },
      'KUBE_BAD_REQUEST',
    ],
    [500, { message: 'etcdserver: request timed out' }, 'KUBE_SERVER_ERROR'],
    [503, { reason: 'ServiceUnavailable' }, 'KUBE_SERVER_ERROR'],
    [504, { reason: 'Timeout' }, 'KUBE_SERVER_ERROR'],
    [
      504,
      { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
      'KUBE_TOO_LARGE_RESOURCE_VERSION',
    ],
    [
      500,
      { reason: 'Timeout', message: 'Timeout: Too large resource version: 9, current: 5' },
      'KUBE_TOO_LARGE_RESOURCE_VERSION',
    ],
  ])('%i %j means %s', (code, rest, expected) => {
    const error = answer(code, { body: status(code, rest) });
    expect([error.code, error.status]).toEqual([expected, code]);
  });

  it.each([
    [302, 'KUBE_SERVER_ERROR'],
    [404, 'KUBE_NOT_FOUND'],
    [407, 'KUBE_BAD_REQUEST'],
    [410, 'KUBE_EXPIRED'],
    [503, 'KUBE_SERVER_ERROR'],
  ])('%i without a Status means %s and quotes nothing of the page', (code, expected) => {
    const error = answer(code, { contentType: 'text/plain', body: '404 page not found\n' });
    expect(error).toMatchObject({
      code: expected,
      status: code,
      message: `the API server answered ${code}: without a reason`,
    });
  });

  it('is not what a load balancer, a portal or another API says of the cluster, whatever its status', () => {
    for (const code of [403, 404, 409]) {
      for (const [contentType, body] of [
        ['text/html', '<html>default backend - 404</html>'],
        ['text/plain', 'default backend - 404, secret'],
        ['application/json', '{"message":"no Route matched with those values"}'],
        ['application/json', '{"kind":"Status","code":4'],
      ] as const) {
        const error = answer(code, { contentType, body });
        expect(error).toMatchObject({
          code: 'KUBE_SERVER_ERROR',
          status: code,
          message: `${code} came from something that is not the API server`,
          hint: expect.stringContaining('load balancer') as string,
        });
      }
    }
  });

  it('is not what says of something that every API server serves that nobody does', () => {
    const f = (path: string, expected: string): void => {
      const error = answer(404, { path, contentType: 'text/plain; charset=utf-8', body: '404 page not found\n' });
      expect([path, error.code]).toEqual([path, expected]);
    };
    for (const path of ['/api', '/apis', '/apis?timeout=30s', '/version', '/api/v1/nodes/a', '/api/v1/pods?limit=1'])
      f(path, 'KUBE_SERVER_ERROR');
    // Of these it is the API server's own answer where a definition is not there, or a version is served no more.
    for (const path of ['/apis/apps/v1beta1/deployments', '/apis/karpenter.sh/v1/nodepools', '/apis/metrics.k8s.io'])
      f(path, 'KUBE_NOT_FOUND');
    const absent = answer(404, { path: '/api/v1/nodes/a', body: status(404, { reason: 'NotFound' }) });
    expect(absent.code).toBe('KUBE_NOT_FOUND');
  });

  it('of a webhook that refuses is a refusal, whatever its code, unless it wants to be asked later or fails', () => {
    const by = (code: number): string =>
      answer(code, {
        body: status(code, { reason: 'NotFound', message: 'admission webhook "a.b" denied the request: no' }),
      }).code;
    for (const code of [400, 401, 403, 404, 405, 409, 410, 422])
      expect([code, by(code)]).toEqual([code, 'KUBE_FORBIDDEN']);
    expect([by(429), by(500), by(503)]).toEqual(['KUBE_THROTTLED', 'KUBE_SERVER_ERROR', 'KUBE_SERVER_ERROR']);
  });

  it('blames our rights for a 403 only where the authorizer does', () => {
    const f = (message: string, isBlamed: boolean): void => {
      const error = answer(403, { body: status(403, { reason: 'Forbidden', message }) });
      expect([message, error.hint?.includes('RBAC') ?? false]).toEqual([message, isBlamed]);
    };
    f('pods "a" is forbidden: User "system:serviceaccount:a:b" cannot create resource "pods/eviction"', true);
    f('', true);
    f('unable to create new content in namespace a because it is being terminated', false);
    f('admission webhook "a.example.com" denied the request: the pod will be moved', false);
    f('pods "a" is forbidden: exceeded quota: compute', false);
  });

  it('survives a JSON body that is cut off or something else', () => {
    for (const body of ['{"kind":"Status","code":4', '[]', '"x"', 'null', '{"kind":"Pod"}']) {
      expect(answer(404, { body })).toMatchObject({ code: 'KUBE_SERVER_ERROR', reason: undefined });
    }
    const odd = '{"kind":"Status","details":7,"metadata":[]}';
    expect(answer(404, { body: odd })).toMatchObject({ code: 'KUBE_NOT_FOUND', reason: undefined });
  });

  it.each([
    ['1', undefined, 1000],
    ['30', 5, 30_000],
    ['Sat, 21 Nov 2026 12:00:07 GMT', undefined, 7000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', undefined, 0],
    ['99999', undefined, 600_000],
    ['soon', undefined, undefined],
    [undefined, 3, 3000],
    [undefined, 99_999, 600_000],
    [undefined, 0, undefined],
    [undefined, undefined, undefined],
  ])('Retry-After %j with %j in the Status asks for %j ms', (retryAfter, retryAfterSeconds, expected) => {
    const body = status(429, { details: { retryAfterSeconds } });
    expect(answer(429, { body, ...(retryAfter === undefined ? {} : { retryAfter }) }).retryAfterMs).toBe(expected);
  });

  it('keeps the continue token of an expired one', () => {
    expect(answer(410, { body: status(410, { reason: 'Expired', metadata: { continue: 'next' } }) })).toMatchObject({
      code: 'KUBE_EXPIRED',
      continueToken: 'next',
    });
    expect(answer(410, { body: status(410) }).continueToken).toBeUndefined();
  });

  it('shows the message in one bounded line', () => {
    const { message } = answer(422, { body: status(422, { message: `first\nsecond ${'x'.repeat(5000)}` }) });
    expect(message).toMatch(/^the API server answered 422: first second x+…$/);
    expect(message.length).toBeLessThan(400);
  });

  it('does not repeat the text of a 5xx, which may be a webhook quoting an object', () => {
    const body = status(500, { reason: 'InternalError', message: 'conversion failed: {"password":"hunter2"}' });
    expect(answer(500, { body }).message).toBe('the API server answered 500: InternalError');
  });

  it('repeats the own sentence of the API server about a conversion webhook that is gone', () => {
    const message =
      'conversion webhook for karpenter.sh/v1, Kind=NodePool failed: Post "https://karpenter.svc/": service "karpenter" not found';
    const body = status(500, { reason: 'InternalError', message });
    expect(answer(500, { body }).message).toBe(`the API server answered 500: ${message}`);
  });
});

describe('a Status in a stream', () => {
  it('counts only when it is a failure', () => {
    expect(classifyStatus(status(410))).toMatchObject({ code: 'KUBE_EXPIRED', status: 410 });
    expect(classifyStatus({ kind: 'Status', status: 'Success' })).toBeUndefined();
    expect(classifyStatus({ kind: 'Pod', code: 410 })).toBeUndefined();
    expect(classifyStatus(null)).toBeUndefined();
  });
});

describe('a failing connection', () => {
  it('is UNREACHABLE with the code of the failure and the cause', () => {
    const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
    expect(classifyTransport(cause)).toMatchObject({
      code: 'KUBE_UNREACHABLE',
      message: 'the API server cannot be reached: other side closed (UND_ERR_SOCKET)',
      cause,
      hint: undefined,
    });
  });

  it.each([
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('has a hint about the CA for %s', (code) => {
    expect(classifyTransport(Object.assign(new Error('x'), { code })).hint).toContain('CA');
  });

  it('leaves a KubeError alone', () => {
    const error = answer(401);
    expect(classifyTransport(error)).toBe(error);
  });
});
