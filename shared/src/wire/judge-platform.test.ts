import { expect, it } from 'vitest';
import type { Verdict } from './transport.ts';
import { judgePlatform, type PlatformProbe } from './judge-platform.ts';

const PROBE: PlatformProbe = { address: 'https://platform.example/', isIdGiven: false };
const judge = (verdict: Verdict, probe = PROBE) =>
  judgePlatform({ ok: false, verdict }, probe).map(({ id, severity, cure }) => `${id} ${severity} ${cure}`.trim());

it('a platform that does not know the cluster has accepted the key', () => {
  expect(judge({ kind: 'UNKNOWN_CLUSTER', detail: 'HTTP 404' })).toEqual(['platform ok', 'api-key ok']);
  expect(judgePlatform({ ok: true, value: {} }, PROBE).map(({ severity }) => severity)).toEqual(['ok', 'ok']);
});

it('an id that the operator gave has to be known', () => {
  const unknown = { kind: 'UNKNOWN_CLUSTER', detail: 'HTTP 404' } as const;
  const [, , found] = judge(unknown, { ...PROBE, isIdGiven: true, registers: true });
  expect(found).toMatch(/^cluster-id problem take CLUSTER_ID out/u);
  // Without one the others do not even start.
  const [, , needed] = judge(unknown, { ...PROBE, isIdGiven: true });
  expect(needed).toMatch(/^cluster-id problem give the id of this cluster/u);
});

it('a refused key is a problem of the key alone', () => {
  const verdict = { kind: 'UNAUTHORIZED', keyChanged: false, detail: 'HTTP 401', hint: 'check it' } as const;
  expect(judge(verdict)).toEqual(['platform ok', 'api-key problem check it']);
});

it('a busy platform is a warning, one that is not there a problem, each with a cure', () => {
  expect(judge({ kind: 'UNAVAILABLE', detail: 'HTTP 503' })).toEqual([
    'platform warning wait a minute and look again; if it stays, ask the platform',
    'api-key skipped',
  ]);
  const failure = { kind: 'dns', code: 'ENOTFOUND', detail: 'no such host' } as const;
  expect(judge({ kind: 'NO_ANSWER', failure, detail: 'no such host' })[0]).toMatch(/^platform problem check that/u);
});

it('what is not found or refuses behind a proxy is the proxy, and the cure says so', () => {
  const probe = { ...PROBE, proxy: 'http://proxy.example:3128' };
  const f = (kind: 'refused' | 'dns' | 'tls' | 'timeout', expected: RegExp): void => {
    const failure = { kind, code: 'E', detail: 'no' } as const;
    const [first] = judgePlatform({ ok: false, verdict: { kind: 'NO_ANSWER', failure, detail: 'no' } }, probe);
    expect(first?.detail).toBe('https://platform.example/ through the proxy http://proxy.example:3128: no');
    expect(first?.cure).toMatch(expected);
  };
  f('refused', /^the proxy http:\/\/proxy\.example:3128 is not reached: check that HTTPS_PROXY/u);
  f('dns', /^the proxy http:\/\/proxy\.example:3128 is not reached/u);
  f('tls', /^check that outgoing/u);
  f('timeout', /^check that outgoing/u);
});
