/** Objects for operators of monitoring, in the forms and places that they want them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { findObject } from '../stages/chart/rendered-objects.ts';
import type { ApiObject } from '../cluster/api-client.ts';

let helm: Helm;
beforeAll(async () => {
  helm = await createHelm(4);
});
afterAll(() => helm?.[Symbol.dispose]());

async function render(values: Readonly<Record<string, unknown>>): Promise<ApiObject[]> {
  const all = { 'apiKeySecret.name': 'k', ...values };
  return helm.template(
    ...Object.entries(all).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]),
  );
}

test('a monitor in another namespace looks for its pods where they are', async () => {
  for (const [key, kind] of [
    ['podMonitor', 'PodMonitor'],
    ['serviceMonitor', 'ServiceMonitor'],
  ] as const) {
    const there = async (values: object): Promise<unknown> => {
      const set = { [`monitoring.${key}`]: { enabled: true, ...values }, 'monitoring.rules.enabled': true };
      const { metadata, spec } = findObject(await render(set), kind, 'castai-agent');
      return [metadata?.namespace, spec?.['namespaceSelector']];
    };
    expect(await there({})).toEqual(['castai-agent', undefined]);
    expect(await there({ namespace: 'castai-agent' })).toEqual(['castai-agent', undefined]);
    expect(await there({ namespace: 'mon' })).toEqual(['mon', { matchNames: ['castai-agent'] }]);
    const own = { namespaceSelector: { any: true } };
    expect(await there({ namespace: 'mon', spec: own })).toEqual(['mon', { any: true }]);
  }
});

test('rules go where they are wanted, and to Google as it has them: of the whole cluster, with an interval', async () => {
  const on = { 'monitoring.rules.enabled': true, 'monitoring.rules.namespace': 'mon' };
  const change = { keep_firing_for: '10m' };
  const changes = { 'monitoring.rules.alerts': { CastaiAgentAbsent: change } };
  const plain = findObject(await render({ ...on, ...changes }), 'PrometheusRule', 'castai-rules');
  expect(plain.metadata?.namespace).toBe('mon');
  const google = { ...on, ...changes, 'monitoring.rules.apiVersion': 'monitoring.googleapis.com/v1' };
  const rules = findObject(await render(google), 'ClusterRules', 'castai-rules');
  expect(rules.metadata).not.toHaveProperty('namespace');
  type Groups = { name: string; interval?: string; rules: Record<string, unknown>[] }[];
  const [ours, theirs] = [plain, rules].map(({ spec }) => spec?.['groups'] as Groups);
  expect(theirs?.map(({ interval }) => interval)).toEqual(ours?.map(() => '30s'));
  // Their objects do not know this field, and everything else is the same.
  expect(JSON.stringify(ours)).toContain('keep_firing_for');
  const without = ours?.map((group) => ({
    ...group,
    interval: '30s',
    rules: group.rules.map((rule) =>
      Object.fromEntries(Object.entries(rule).filter(([key]) => key !== 'keep_firing_for')),
    ),
  }));
  expect(theirs).toEqual(without);
});

interface Inhibition {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

test("what keeps what back is Alertmanager's file, in the form of its operator's object", async () => {
  const on = { 'monitoring.rules': { enabled: true, inhibition: { enabled: true, labels: { team: 'x' } } } };
  const { metadata, spec } = findObject(await render(on), 'AlertmanagerConfig', 'castai-inhibition');
  expect(metadata?.['labels']).toMatchObject({ team: 'x' });
  const file = join(import.meta.dirname, '../../monitoring/inhibition.yaml');
  const { inhibit_rules: rules } = parse(readFileSync(file, 'utf8')) as { inhibit_rules: Inhibition[] };
  const written = (matchers: { name: string; matchType: string; value: string }[]): string[] =>
    matchers.map(({ name, matchType, value }) => `${name}${matchType}"${value}"`);
  const given = (spec ?? {})['inhibitRules'] as { sourceMatch: []; targetMatch: []; equal: string[] }[];
  const made = given.map((rule) => ({
    source_matchers: written(rule.sourceMatch),
    target_matchers: written(rule.targetMatch),
    equal: rule.equal,
  }));
  expect(made).toEqual(rules);
});

test('a workload says to kube-linter why a check does not hold for it, and takes what a value says instead', async () => {
  const everything = {
    clusterId: 'c',
    'spotHandler.enabled': true,
    'aksInitData.enabled': true,
    'aksInitData.platformKeys': ['example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo='],
  };
  const checks = async (values: object, kind: string, name: string): Promise<string[]> => {
    const { metadata } = findObject(await render({ ...everything, ...values }), kind, name);
    return Object.entries((metadata as { annotations?: Record<string, string> }).annotations ?? {})
      .filter(([, reason]) => reason !== '')
      .map(([key]) => key.replace('ignore-check.kube-linter.io/', ''));
  };
  expect(await checks({}, 'Deployment', 'castai-agent')).toEqual(['unset-cpu-requirements']);
  expect(await checks({}, 'DaemonSet', 'castai-spot-handler')).toEqual(['host-network', 'unset-cpu-requirements']);
  expect(await checks({ 'spotHandler.hostNetwork': false }, 'DaemonSet', 'castai-spot-handler')).toEqual([
    'unset-cpu-requirements',
  ]);
  expect(await checks({}, 'DaemonSet', 'castai-aks-init-data')).toEqual(['run-as-non-root', 'unset-cpu-requirements']);
  const own = { 'agent.workloadAnnotations': { 'ignore-check.kube-linter.io/unset-cpu-requirements': 'ours', a: 'b' } };
  const { metadata } = findObject(await render(own), 'Deployment', 'castai-agent');
  expect(metadata).toMatchObject({ annotations: own['agent.workloadAnnotations'] });
});

test('pods are updated, and have users, as a value says', async () => {
  const spec = async (values: object, kind: string, name: string) =>
    findObject(await render({ clusterId: 'c', 'spotHandler.enabled': true, ...values }), kind, name)['spec'] as Record<
      string,
      unknown
    >;
  const turns = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 3 } };
  const spot = (values: object): Promise<Record<string, unknown>> => spec(values, 'DaemonSet', 'castai-spot-handler');
  expect((await spot({ 'spotHandler.maxUnavailable': 3 }))['updateStrategy']).toEqual(turns);
  expect((await spot({ 'spotHandler.updateStrategy': { type: 'OnDelete' } }))['updateStrategy']).toEqual({
    type: 'OnDelete',
  });
  const agent = await spec(
    { 'agent.updateStrategy': { type: 'Recreate' }, 'agent.hostUsers': false },
    'Deployment',
    'castai-agent',
  );
  expect(agent).toMatchObject({ strategy: { type: 'Recreate' }, template: { spec: { hostUsers: false } } });
  await expect(spot({ 'spotHandler.hostUsers': false })).rejects.toThrow('have the host’s users'.replace('’', "'"));
});
