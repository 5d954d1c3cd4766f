import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RIGHTS_HINT } from '@castai/shared/kube/classify-kube.ts';
import { describe, expect, it } from 'vitest';
import { type ControllerFacts, controllerTroubles } from './controller-troubles.ts';

const well: ControllerFacts = {
  apiServer: 'https://10.0.0.1/',
  platform: 'https://platform.test/',
  leadership: { problem: '', role: 'leader' },
  lease: undefined,
  records: undefined,
  key: undefined,
  answer: undefined,
  trust: new Map(),
  times: [],
  startWaitsFor: [],
};
const causes = (more: Partial<ControllerFacts>): string[] =>
  controllerTroubles({ ...well, ...more }).map(({ severity, cause, why }) => `${severity} ${cause}: ${why}`);
const pagesOf = (more: Partial<ControllerFacts>): string[] =>
  controllerTroubles({ ...well, ...more }).map(({ runbook }) => runbook);
const forbidden = { code: 'KUBE_FORBIDDEN', message: 'no', hint: '' } as const;
const away = { code: 'KUBE_UNREACHABLE', message: 'no route', hint: '' } as const;

describe('what is wrong with the controller', () => {
  it('is a clock that is not that of others', () => {
    const times = [{ whose: 'the platform', address: 'https://platform.test/', aheadMs: -60_000 }];
    const why = 'the clock of this machine is 60 s behind that of the platform';
    expect(causes({ times })).toEqual([`degraded clock: ${why}`]);
  });

  it('is nothing while it works, and what the start waits for before', () => {
    expect(causes({})).toEqual([]);
    expect(causes({ startWaitsFor: ['lease: not read yet'] })).toEqual(['degraded starting: lease: not read yet']);
  });

  it('is degraded while the platform is away, and blocked when it refuses the key or the id', () => {
    const answer = { detail: 'HTTP 503', retryAfterMs: 0 };
    expect(causes({ answer: { ...answer, kind: 'UNAVAILABLE' } })).toEqual(['degraded platform: HTTP 503']);
    const refused = { ...answer, kind: 'UNAUTHORIZED', keyChanged: false } as const;
    expect(causes({ answer: refused })).toEqual(['blocked api-key: HTTP 503']);
    expect(causes({ answer: { ...answer, kind: 'UNKNOWN_CLUSTER' } })).toEqual(['blocked cluster-id: HTTP 503']);
    const key = { code: 'CONFIG_FILE_UNREADABLE', message: 'the file is gone', hint: 'mount it' } as const;
    expect(causes({ key, answer: refused })).toEqual(['blocked api-key: the file is gone']);
  });

  it('is blocked by whatever keeps it from its lease or its records; an API server that is away is one trouble', () => {
    expect(causes({ leadership: { problem: 'x', role: 'standby' }, lease: forbidden })).toEqual(['blocked lease: no']);
    expect(causes({ lease: forbidden })).toEqual([]);
    expect(causes({ records: forbidden })).toEqual([
      'blocked records: no action is begun, because records and switch cannot be used: no',
    ]);
    expect(causes({ records: away, leadership: { problem: 'x', role: 'leader' }, lease: away })).toEqual([
      'blocked api-server: no route',
    ]);
  });

  it('names a page that is there', () => {
    const answer = { kind: 'UNAVAILABLE', detail: 'HTTP 503' } as const;
    const leadership = { problem: 'x', role: 'leader' } as const;
    const pages = [
      { key: forbidden },
      { answer },
      { records: forbidden },
      { leadership, lease: forbidden },
      { leadership, lease: away },
    ].flatMap(pagesOf);
    expect(pages.map((page) => existsSync(join(import.meta.dirname, '../../..', page)))).toEqual(pages.map(() => true));
    expect(pages).toHaveLength(5);
    expect(pages).not.toContain('');
  });

  it('is told with what gives the right where one is missing', () => {
    const records = { code: 'KUBE_FORBIDDEN', message: 'HTTP 403', hint: RIGHTS_HINT } as const;
    expect(controllerTroubles({ ...well, records })[0]?.cure).toMatch(
      /ConfigMaps .* \(clusterController\.rbac\.create\)/u,
    );
  });

  it('is not what was said of records and platform when it led, while another one leads', () => {
    const leadership = { problem: '', role: 'standby' } as const;
    const answer = { kind: 'UNAVAILABLE', detail: 'HTTP 503' } as const;
    for (const records of [forbidden, away]) expect(causes({ leadership, records, answer })).toEqual([]);
    expect(causes({ leadership, key: forbidden, lease: forbidden })).toEqual(['blocked api-key: no']);
  });
});
