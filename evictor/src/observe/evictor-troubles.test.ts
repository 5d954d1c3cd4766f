import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { UnreadableObject } from '@castai/shared/kube/json/unreadable-object.ts';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import { RIGHTS_HINT } from '@castai/shared/kube/classify-kube.ts';
import type { Said } from '@castai/shared/verdict/said.ts';
import { expect, test } from 'vitest';
import { type EvictorFacts, type EvictorHeard, evictorTroubles } from './evictor-troubles.ts';

const LIVE = [
  { feed: 'nodes', phase: 'live', state: 'SYNCED' },
  { feed: 'pods', phase: 'live', state: 'SYNCED' },
] as const;
const QUIET: EvictorHeard = {
  feeds: new Map(),
  unreadable: new Map(),
  lease: undefined,
  version: undefined,
  window: undefined,
  claims: undefined,
  files: undefined,
  report: undefined,
  trust: new Map(),
};
const REFUSED: Said = { code: 'KUBE_UNREACHABLE', message: 'connect ECONNREFUSED', hint: '' };
const FORBIDDEN: Said = { code: 'KUBE_FORBIDDEN', message: 'HTTP 403', hint: 'grant it' };
const BIG: UnreadableObject = {
  reason: 'TOO_LARGE',
  kind: 'Pod',
  namespace: 'shop',
  name: 'big',
  uid: 'u',
  resourceVersion: '1',
  place: '',
};

/** All that any test has brought about. */
const seen: Trouble[] = [];

function told(facts: Partial<Omit<EvictorFacts, 'heard'>>, heard: Partial<EvictorHeard> = {}): string[] {
  const all = {
    apiServer: 'https://10.0.0.1',
    platform: 'https://platform.example/',
    isLooking: true,
    leadership: { problem: '' },
    feeds: LIVE,
    missing: [],
    times: [],
    startWaitsFor: [],
    ...facts,
    heard: { ...QUIET, ...heard },
  };
  const troubles = evictorTroubles(all);
  seen.push(...troubles);
  return troubles.map(({ cause, severity, why, subjects }) =>
    [cause, severity, why, subjects.join(' ')].filter((part) => part !== '').join(' | '),
  );
}

test('all is well, and of a standby too', () => {
  expect(told({})).toEqual([]);
  expect(told({ feeds: [] })).toEqual([]);
});

test('an API server that is away is one trouble, however many feeds lag and the lease with them', () => {
  const feeds = LIVE.map((one) => ({ ...one, state: 'DEGRADED: KUBE_UNREACHABLE' }));
  const heard = { feeds: new Map([['nodes', REFUSED]]), lease: REFUSED, version: REFUSED };
  expect(told({ feeds, leadership: { problem: 'away' } }, heard)).toEqual([
    'api-server | blocked | connect ECONNREFUSED | nodes pods',
  ]);
});

test('one feed of two that lags is a degraded API server, and so is a version that it does not tell', () => {
  const feeds = [LIVE[0], { ...LIVE[1], state: 'DEGRADED: KUBE_WATCHDOG' }];
  expect(told({ feeds })).toEqual(['api-server | degraded | KUBE_WATCHDOG | pods']);
  expect(told({}, { version: REFUSED })).toEqual(['api-server | degraded | connect ECONNREFUSED']);
  // At a start that hangs it is the version that is given up first: nothing is known all the same.
  const listing = LIVE.map((feed) => ({ ...feed, phase: 'listing', state: '' }) as const);
  expect(told({ feeds: listing }, { version: REFUSED })).toEqual(['api-server | blocked | connect ECONNREFUSED']);
});

test('of a standby an API server that is away is told by its lease alone', () => {
  expect(told({ feeds: [], leadership: { problem: 'away' } }, { lease: REFUSED })).toEqual([
    'api-server | blocked | connect ECONNREFUSED',
  ]);
});

test('words about the lease, or about an object, count only while there is a problem', () => {
  expect(told({}, { lease: FORBIDDEN, unreadable: new Map([['pods', BIG]]) })).toEqual([]);
});

test('a lease that may not be used keeps it from its work', () => {
  expect(told({ feeds: [], leadership: { problem: 'HTTP 403' } }, { lease: FORBIDDEN })).toEqual([
    'lease | blocked | HTTP 403',
  ]);
});

test('without one collection nothing is concluded', () => {
  const feeds = [LIVE[0], { feed: 'pods', phase: 'forbidden', state: 'FORBIDDEN' } as const];
  expect(told({ feeds, missing: ['pods'] })).toEqual([
    'feeds | blocked | FORBIDDEN: the service account may not list and watch pods (1 of 2) | pods',
  ]);
  const broken = [LIVE[0], { ...LIVE[1], state: 'DEGRADED: KUBE_SERVER_ERROR' }];
  expect(told({ feeds: broken })).toEqual(['feed-api | blocked | pods: KUBE_SERVER_ERROR | pods']);
});

test('an object that cannot be read is named', () => {
  expect(told({ missing: ['pods'] }, { unreadable: new Map([['pods', BIG]]) })).toEqual([
    'unreadable-objects | blocked | pods: shop/big: TOO_LARGE | pods',
  ]);
});

test('a version that may not be asked for costs the reports of drift alone', () => {
  expect(told({}, { version: FORBIDDEN })).toEqual([
    'discovery | degraded | the version of the control plane is not known: HTTP 403',
  ]);
  expect(told({}, { window: FORBIDDEN })).toEqual([
    'discovery | degraded | the next maintenance window is not known: HTTP 403',
  ]);
});

test('files that cannot be used any more cost what is new in them', () => {
  const files = {
    code: 'CONFIG_INVALID',
    message: 'RULES_FILE=/r cannot be used: it is no YAML',
    hint: 'write rules',
  } as const;
  expect(told({}, { files })).toEqual([
    'config | degraded | what was read before is used still: RULES_FILE=/r cannot be used: it is no YAML',
  ]);
  expect(seen.at(-1)?.cure).toBe('write rules');
});

test('what Karpenter says of its nodes is missed, and nothing else is', () => {
  expect(told({}, { claims: FORBIDDEN })).toEqual([
    'discovery | degraded | which nodes Karpenter calls drifted is not known: HTTP 403',
  ]);
});

test('of a right that is missing for version or window the cure names what gives it', () => {
  const missing: Said = { code: 'KUBE_FORBIDDEN', message: 'HTTP 403', hint: RIGHTS_HINT };
  const cureOf = (heard: Partial<EvictorHeard>): string | undefined => {
    told({}, heard);
    return seen.at(-1)?.cure;
  };
  expect(cureOf({ window: missing })).toMatch(/ConfigMap.* Role \(evictor\.maintenanceConfigMap/u);
  expect(cureOf({ claims: missing })).toMatch(/nodeclaims\.karpenter\.sh.*evictor\.rbac\.create/u);
  expect(cureOf({ window: { ...missing, code: 'KUBE_STREAM_BROKEN', hint: 'see what writes it' } })).toBe(
    'see what writes it',
  );
  expect(cureOf({ version: missing })).toMatch(/get \/version/u);
});

test('a platform that does not take the report has an older one, and nothing else is wrong', () => {
  const key = { kind: 'UNAUTHORIZED', detail: 'HTTP 401', keyChanged: false } as const;
  expect(told({}, { report: key })).toEqual(['api-key | degraded | HTTP 401']);
  expect(told({}, { report: { kind: 'UNKNOWN_CLUSTER', detail: 'HTTP 404' } })).toEqual([
    'cluster-id | degraded | HTTP 404',
  ]);
  expect(told({}, { report: { kind: 'UNAVAILABLE', detail: 'HTTP 503' } })).toEqual(['platform | degraded | HTTP 503']);
  // A standby has none to tell.
  expect(told({ isLooking: false, feeds: [] }, { report: key })).toEqual([]);
});

test('a clock that is not that of others', () => {
  const times = [{ whose: 'the API server', address: 'https://10.0.0.1', aheadMs: 86_400_000 }];
  expect(told({ times })).toEqual([
    'clock | degraded | the clock of this machine is 1 d ahead of that of the API server',
  ]);
});

test('certificates that cannot be used, and a start that is not done', () => {
  const trust = new Map([
    ['API server', { code: 'CREDENTIALS_UNREADABLE', message: 'no certificate', hint: '' } as const],
  ]);
  expect(told({ startWaitsFor: ['report: not yet'] }, { trust })).toEqual([
    'trust | degraded | API server: no certificate | API server',
    'starting | degraded | report: not yet',
  ]);
});

/** No alert of the evictor is about these, so there is no page. */
const WITHOUT_ALERT: ReadonlySet<string> = new Set([
  'starting',
  'config',
  'trust',
  'api-key',
  'cluster-id',
  'platform',
  'clock',
]);

test('each that an alert is about names a page that is there', () => {
  const ours = seen.filter(({ cause }) => !WITHOUT_ALERT.has(cause));
  const root = join(import.meta.dirname, '../../..');
  expect(ours.filter(({ runbook }) => runbook === '' || !existsSync(join(root, runbook)))).toEqual([]);
  expect(new Set(ours.map(({ cause }) => cause))).toEqual(
    new Set(['api-server', 'discovery', 'feed-api', 'feeds', 'lease', 'unreadable-objects']),
  );
});
