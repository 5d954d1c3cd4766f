import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '@castai/shared/errors.ts';
import { RIGHTS_HINT } from '@castai/shared/kube/classify-kube.ts';
import { expect, it } from 'vitest';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import type { Said } from '@castai/shared/verdict/said.ts';
import { type SpotFacts, type SpotHeard, spotTroubles } from './spot-troubles.ts';

const QUIET: SpotHeard = { sources: new Map(), cold: new Map(), trust: new Map(), node: undefined, report: undefined };
const WELL: SpotFacts = {
  apiServer: 'https://10.0.0.1/',
  platform: 'https://platform.example/',
  metadataService: 'http://169.254.169.254/',
  blindness: undefined,
  key: undefined,
  isNodeDeleted: false,
  patchError: undefined,
  waitingReports: 0,
  clockErrorMs: 0,
  times: [],
  heard: QUIET,
  startWaitsFor: [],
};
const away: Said = { code: 'KUBE_UNREACHABLE', message: 'the API server cannot be reached: ECONNREFUSED', hint: '' };
const short = ({ cause, severity, why, address }: Trouble): string => `${cause} | ${severity} | ${why} | ${address}`;
const seen: Trouble[] = [];
const f = (more: Partial<SpotFacts>, ...expected: string[]): void => {
  const troubles = spotTroubles({ ...WELL, ...more });
  seen.push(...troubles);
  expect(troubles.map(short)).toEqual(expected);
};
const heard = (more: Partial<SpotHeard>): { heard: SpotHeard } => ({ heard: { ...QUIET, ...more } });

it('only a spot handler that would not hear of a notice is blocked; platform and API server each leave the other', () => {
  f({});
  const deaf = 'metadata-service | blocked';
  f({ blindness: 'no answer for 60 s' }, `${deaf} | no answer for 60 s | http://169.254.169.254/`);
  const sources = new Map([['instance-action', { code: 'INTERNAL', message: 'HTTP 403', hint: 'ask' } as const]]);
  f({ blindness: 'no answer', ...heard({ sources }) }, `${deaf} | HTTP 403 | http://169.254.169.254/`);
  // One source of several that fails is none yet: blindness says when it counts.
  f(heard({ sources }));
  const cold = new Map([['platform', { code: 'INTERNAL', message: 'ENOTFOUND', hint: '' } as const]] as const);
  f(heard({ cold }), 'platform | degraded | ENOTFOUND | https://platform.example/');
  f(heard({ node: away }), 'api-server | degraded | ECONNREFUSED | https://10.0.0.1/');
  const forbidden = { code: 'KUBE_FORBIDDEN', message: 'HTTP 403', hint: RIGHTS_HINT } as const;
  f(heard({ node: forbidden }), 'node | degraded | HTTP 403 | https://10.0.0.1/');
  expect(seen.at(-1)?.cure).toContain('grant get, watch and patch on nodes');
  const patchOf = (code: ErrorCode) => ({ patchError: { code, message: 'in its words', hint: '' } });
  f(patchOf('KUBE_FORBIDDEN'), 'node | degraded | in its words | https://10.0.0.1/');
  expect(seen.at(-1)?.cure).toContain('patch on nodes');
  // Nothing that the chart gives helps against a webhook, or against a server that does not answer.
  f(patchOf('KUBE_SERVER_ERROR'), 'node | degraded | in its words | https://10.0.0.1/');
  expect(seen.at(-1)?.cure).toContain('admission webhook');
  f(patchOf('KUBE_UNREACHABLE'), 'api-server | degraded | in its words | https://10.0.0.1/');
  expect(seen.at(-1)?.cure).toContain('network policy');
});

it('what the platform said of a notice counts while one waits', () => {
  const report = { kind: 'UNAUTHORIZED', detail: 'HTTP 401', keyChanged: false } as const;
  f(heard({ report }));
  f({ waitingReports: 1, ...heard({ report }) }, 'api-key | degraded | HTTP 401 | https://platform.example/');
  const busy = { kind: 'UNAVAILABLE', detail: 'HTTP 503' } as const;
  f({ waitingReports: 1, ...heard({ report: busy }) }, 'platform | degraded | HTTP 503 | https://platform.example/');
  const strange = { kind: 'UNKNOWN_CLUSTER', detail: 'HTTP 404' } as const;
  const unknown = 'cluster-id | degraded | HTTP 404 | https://platform.example/';
  f({ waitingReports: 1, ...heard({ report: strange }) }, unknown);
  expect(seen.at(-1)?.cure).toContain('CLUSTER_ID');
});

it('a clock that is off, a node that is gone, a key, certificates, and the start', () => {
  f({ clockErrorMs: 30_000 });
  // The provider's is behind, so ours is ahead.
  const provider = 'that of the metadata service';
  const address = 'http://169.254.169.254/';
  f(
    { clockErrorMs: -31_000 },
    `clock | degraded | the clock of this machine is 31 s ahead of ${provider} | ${address}`,
  );
  f({ clockErrorMs: 31_000 }, `clock | degraded | the clock of this machine is 31 s behind ${provider} | ${address}`);
  const times = [{ whose: 'the platform', address: 'https://platform.example/', aheadMs: 60_000 }];
  f(
    { times },
    'clock | degraded | the clock of this machine is 60 s ahead of that of the platform | https://platform.example/',
  );
  f(
    { clockErrorMs: 5_000, times },
    `clock | degraded | the clock of this machine is 60 s ahead of that of the platform, and as ${provider} | https://platform.example/`,
  );
  f(
    { isNodeDeleted: true },
    'node | degraded | the node object is gone: nothing can be marked, and notices are still reported | https://10.0.0.1/',
  );
  f(
    { key: { code: 'CONFIG_FILE_UNREADABLE', message: 'no such file', hint: 'mount it' } },
    'api-key | degraded | no such file | ',
  );
  const trust = new Map([['platform', { code: 'CONFIG_INVALID', message: 'no certificate', hint: '' } as const]]);
  f(heard({ trust }), 'trust | degraded | platform: no certificate | ');
  f({ startWaitsFor: ['metadata service: none'] }, 'starting | degraded | metadata service: none | ');
});

it('each says what to do, and names a page that is there', () => {
  const told = seen.filter(({ cause }) => cause !== 'starting' && cause !== 'trust');
  expect(told.filter(({ cure }) => cure === '')).toEqual([]);
  const root = join(import.meta.dirname, '../../..');
  expect(told.filter(({ runbook }) => !existsSync(join(root, runbook)))).toEqual([]);
});
