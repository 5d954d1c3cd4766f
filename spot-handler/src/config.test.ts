import { expect, test } from 'vitest';
import { parseOptions } from '@castai/shared/config/env.ts';
import { describeOptions } from '@castai/shared/config/option-table.ts';
import {
  checkSpotHandlerConfig,
  cloudOf,
  modeOf,
  policyOf,
  SPOT_HANDLER_OPTIONS,
  type SpotHandlerConfig,
} from './config.ts';
import type { DecidePolicy } from './decide/interruption-signals.ts';

const REQUIRED = { API_KEY: 'key', API_URL: 'https://api.example.com', CLUSTER_ID: 'c', NODE_NAME: 'n' };

function configOf(environment: Readonly<Record<string, string>> = {}): SpotHandlerConfig {
  const readFile = (): string => {
    throw new Error('no file is read');
  };
  const source = { environment: { ...REQUIRED, ...environment }, readFile };
  return parseOptions(SPOT_HANDLER_OPTIONS, source, checkSpotHandlerConfig).config;
}

test('marks by default; MODE wins over its older name', () => {
  const f = (environment: Record<string, string>, expected: string): void => {
    expect([environment, modeOf(configOf(environment))]).toEqual([environment, expected]);
  };
  f({}, 'mark');
  f({ PHASE2_PERMISSIONS: 'true' }, 'mark');
  f({ PHASE2_PERMISSIONS: 'false' }, 'report');
  f({ MODE: 'evict', PHASE2_PERMISSIONS: 'false' }, 'evict');
});

test('a freeze and what nobody knows are not acted on unless asked for', () => {
  const kinds = [...policyOf(configOf()).actOn];
  expect(kinds).toEqual(['preempt', 'stop', 'hibernate', 'terminate', 'redeploy', 'reboot', 'retire', 'rebalance']);
  expect([...policyOf(configOf({ EVENT_TYPES: 'Freeze, OTHER' })).actOn]).toEqual(['freeze', 'other']);
});

test('what is done about a notice follows from the mode', () => {
  const f = (environment: Readonly<Record<string, string>>, expected: Partial<DecidePolicy>): void => {
    expect(policyOf(configOf(environment))).toMatchObject(expected);
  };
  f({ MODE: 'report' }, { marks: false, evicts: false, acknowledges: false, markAheadMs: 900_000 });
  f({}, { marks: true, evicts: false, acknowledges: false });
  f(
    { MODE: 'evict', ACKNOWLEDGE_EVENTS: 'true', MARK_AHEAD_SECONDS: '0' },
    { marks: true, evicts: true, acknowledges: true, markAheadMs: 0 },
  );
});

test('a cloud may be named by its Kubernetes service', () => {
  expect(['azure', 'aks', 'eks', 'GKE'].map((provider) => cloudOf(configOf({ PROVIDER: provider })))).toEqual([
    'azure',
    'azure',
    'aws',
    'gcp',
  ]);
  expect(cloudOf(configOf())).toBeUndefined();
});

test('events are only approved where pods are evicted', () => {
  expect(() => configOf({ ACKNOWLEDGE_EVENTS: 'true', CLUSTER_ID: '' })).toThrow(
    /CLUSTER_ID is not set[^]*ACKNOWLEDGE_EVENTS=true needs MODE=evict, but MODE is mark/u,
  );
  expect(configOf({ ACKNOWLEDGE_EVENTS: 'true', MODE: 'evict' }).acknowledgeEvents).toBe(true);
});

test('every option says what it is for', () => {
  expect(describeOptions(SPOT_HANDLER_OPTIONS).map(({ name, default: value }) => `${name}=${value}`)).toEqual([
    'API_KEY or API_KEY_FILE=required',
    'API_URL=required',
    'CLUSTER_ID=required',
    'NODE_NAME=required',
    'TLS_CA_CERT_FILE=',
    'PROVIDER=',
    'MODE=',
    'PHASE2_PERMISSIONS=',
    'EVENT_TYPES=preempt,stop,hibernate,terminate,redeploy,reboot,retire,rebalance',
    'DRY_RUN=false',
    'MARK_AHEAD_SECONDS=900',
    'ACKNOWLEDGE_EVENTS=false',
    'KUBERNETES_EVENTS=true',
    'POLL_INTERVAL_SECONDS=1',
    'AZURE_API_VERSION=2020-07-01',
    'IMDS_URL=http://169.254.169.254',
    'SERVICE_ACCOUNT_DIR=/var/run/secrets/kubernetes.io/serviceaccount',
    'POD_TOKEN_FILE=',
    'DRAIN_SECONDS=25',
    'ADMIN_HOST=',
    'ADMIN_PORT=9878',
    'LOG_LEVEL=info',
    'LOG_FORMAT=auto',
  ]);
});
