import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RIGHTS_HINT } from '@castai/shared/kube/classify-kube.ts';
import { expect, it } from 'vitest';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import type { Said } from '@castai/shared/verdict/said.ts';
import { type InitDataFacts, initDataTroubles } from './init-data-troubles.ts';

const WELL: InitDataFacts = {
  apiServer: 'https://10.0.0.1/',
  platform: 'https://platform.example/',
  folder: '/var/lib/waagent',
  key: undefined,
  kube: undefined,
  data: undefined,
  answer: undefined,
  trust: [],
  times: [],
  startWaitsFor: [],
};
const said = (code: Said['code'], message: string, hint = ''): Said => ({ code, message, hint });
const short = ({ cause, severity, why, address, cure }: Trouble): string =>
  `${cause} | ${severity} | ${why} | ${address} | ${cure}`;
const of = (subject: 'node' | 'records', what: Said) => ({ ...what, subject });
const f = (more: Partial<InitDataFacts>, ...expected: string[]): void => {
  const troubles = initDataTroubles({ ...WELL, ...more });
  expect(troubles.map(short)).toEqual(expected);
  const pages = troubles.map(({ runbook }) => runbook).filter((page) => page !== '');
  expect(pages.filter((page) => !existsSync(join(import.meta.dirname, '../../..', page)))).toEqual([]);
};

it('a clock that is not that of others is told: the platform takes no data from the future', () => {
  const address = 'https://platform.example/';
  f(
    { times: [{ whose: 'the platform', address, aheadMs: 3_600_000 }] },
    `clock | degraded | the clock of this machine is 1 h ahead of that of the platform | ${address} | look at the time service of this machine (chrony, systemd-timesyncd)`,
  );
});

it('what keeps the data from the platform is the key, the platform, the API server, or the data, each with what to do', () => {
  f({});
  f(
    { key: said('CONFIG_FILE_UNREADABLE', 'no such file', 'mount it') },
    'api-key | blocked | no such file |  | mount it',
  );
  const again = 'it is tried again by itself; if it stays, ask the platform';
  f(
    { answer: { kind: 'UNAVAILABLE', detail: 'HTTP 503' } },
    `platform | blocked | HTTP 503 | https://platform.example/ | ${again}`,
  );
  f(
    { answer: { kind: 'UNAUTHORIZED', detail: 'HTTP 401', hint: 'another key', keyChanged: false } },
    'api-key | blocked | HTTP 401 | https://platform.example/ | another key',
  );
  f(
    { answer: { kind: 'UNKNOWN_CLUSTER', detail: 'HTTP 404', hint: 'copy the id' } },
    'cluster-id | blocked | HTTP 404 | https://platform.example/ | copy the id',
  );
  f(
    { answer: { kind: 'UNKNOWN_CLUSTER', detail: 'HTTP 404' } },
    'cluster-id | blocked | HTTP 404 | https://platform.example/ | give the id of this cluster, from the console of the platform, in CLUSTER_ID',
  );
  f(
    { kube: of('records', said('KUBE_UNREACHABLE', 'the API server cannot be reached: ECONNREFUSED')) },
    'api-server | blocked | ECONNREFUSED | https://10.0.0.1/ | check that the API server runs, and that no network policy or firewall keeps this pod from it',
  );
  f(
    { kube: of('node', said('KUBE_FORBIDDEN', 'HTTP 403', RIGHTS_HINT)) },
    'node | blocked | HTTP 403 | https://10.0.0.1/ | grant get on nodes to the service account: the chart makes the ClusterRole',
  );
  f(
    { kube: of('records', said('KUBE_FORBIDDEN', 'HTTP 403', RIGHTS_HINT)) },
    'records | blocked | HTTP 403 | https://10.0.0.1/ | let the service account use the Lease of its pool and the ConfigMap of deliveries in its namespace: the chart makes the Role',
  );
  f(
    { data: { ...said('INIT_DATA_UNUSABLE', 'no file', 'mount it'), kind: 'ovf-env-missing' } },
    'node-data | blocked | ovf-env-missing: no file | /var/lib/waagent | mount it',
  );
  f(
    { data: { ...said('INIT_DATA_UNUSABLE', 'not JSON'), kind: 'settings-malformed' } },
    'node-data | blocked | settings-malformed: not JSON | /var/lib/waagent | it is read again when it changes; if it stays, look at it on the node: the Azure agent writes it when the machine is made',
  );
});

it('certificates that cannot be used degrade it, and so does a start that is not done', () => {
  f(
    { trust: [said('CONFIG_INVALID', 'no certificate', 'repair it')] },
    'trust | degraded | no certificate |  | repair it',
  );
  f({ startWaitsFor: ['cluster: not asked yet'] }, 'starting | degraded | cluster: not asked yet |  | ');
});
