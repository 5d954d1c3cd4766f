import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { expect, test } from 'vitest';
import type { ReportDocument } from '@castai/evictor/report/report-document.ts';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { type FakeCluster, startFakeCluster } from '../../stages/agent/fake-cluster.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';

/** By its own defaults, but for the port. */
function startEvictor(cluster: FakeCluster, env: Readonly<Record<string, string>> = {}): ChildProgram {
  const entry = sourceOf(findProgram('evictor'));
  return startProgram({ name: 'evictor', entry, env: { ADMIN_PORT: '0', ...cluster.agentEnv, ...env } });
}

async function addressOf(evictor: ChildProgram): Promise<string> {
  const isStarted = ({ message }: { message: string }): boolean => message === 'evictor started';
  const { port } = await evictor.waitForJson<{ message: string; port: number }>(isStarted);
  return `http://127.0.0.1:${port}`;
}

async function reportOf(address: string): Promise<ReportDocument> {
  const answer = await fetch(`${address}/report`);
  if (answer.status !== 200) throw new Error(await answer.text());
  return (await answer.json()) as ReportDocument;
}

const names = (nodes: readonly { readonly node: string }[]): string[] => nodes.map(({ node }) => node);

test('every node of a cluster is in the report, and nothing is written', async () => {
  await using cluster = await startFakeCluster({ nodes: 12, pods: 120 });
  await using evictor = startEvictor(cluster);
  const address = await addressOf(evictor);
  const report = await eventually({ what: 'there is a report', look: () => reportOf(address), until: () => true });
  const nodes = cluster.fake.objects('nodes').map(({ metadata }) => metadata.name);
  expect([...names(report.removable), ...names(report.blocked)].sort()).toEqual(nodes.sort());
  expect(report.removable.length).toBeGreaterThan(0);
  const going = new Set(names(report.removable));
  expect(report.removable.flatMap(({ moves }) => moves).filter(({ to }) => going.has(to))).toEqual([]);
  const written = cluster.fake.requests
    .entries()
    .filter(({ userAgent, method }) => userAgent?.startsWith('castai-evictor/') === true && method !== 'GET');
  expect(written).toEqual([]);
});

test('a change of the cluster is seen', async () => {
  await using cluster = await startFakeCluster({ nodes: 12, pods: 120 });
  await using evictor = startEvictor(cluster, { CYCLE_INTERVAL: '1s' });
  const address = await addressOf(evictor);
  const before = await eventually({ what: 'there is a report', look: () => reportOf(address), until: () => true });
  const [first = ''] = names(before.removable);
  cluster.fake.update({ apiVersion: 'v1', kind: 'Node', name: first }, (node) => {
    node.metadata['annotations'] = { 'autoscaling.cast.ai/removal-disabled': 'true' };
  });
  const after = await eventually({
    what: 'the node is kept',
    look: () => reportOf(address),
    until: ({ removable }) => !names(removable).includes(first),
  });
  expect(after.blocked.find(({ node }) => node === first)?.blockers[0]).toMatchObject({
    reason: 'removal_disabled',
    detail: 'autoscaling.cast.ai/removal-disabled',
  });
});

test('a rules file that changes is followed, and one that cannot be used any more is told while its rules still hold', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'castai-rules-'));
  const file = join(folder, 'rules.yaml');
  await writeFile(file, 'evictionConfig: []');
  await using cluster = await startFakeCluster({ nodes: 3, pods: 10 });
  await using evictor = startEvictor(cluster, { CYCLE_INTERVAL: '1s', RULES_FILE: file });
  const address = await addressOf(evictor);
  const { removable } = await eventually({
    what: 'there is a report',
    look: () => reportOf(address),
    until: () => true,
  });
  expect(removable.length).toBeGreaterThan(0);
  const nudge = (value: string): void => {
    const [first] = cluster.fake.objects('nodes');
    cluster.fake.update({ apiVersion: 'v1', kind: 'Node', name: first?.metadata.name ?? '' }, (node) => {
      node.metadata['labels'] = { ...(node.metadata['labels'] as object), nudge: value };
    });
  };
  await writeFile(file, 'evictionConfig: [{nodeSelector: {labelSelector: {}}, settings: {removalDisabled: true}}]');
  nudge('1');
  const isKept = (report: ReportDocument): boolean =>
    report.blocked.length === 3 &&
    report.blocked.every(({ blockers }) => blockers.some(({ reason }) => reason === 'rule_keeps_node'));
  await eventually({ what: 'every node is kept', look: () => reportOf(address), until: isKept });
  await writeFile(file, 'evictionConfig: 5');
  nudge('2');
  const verdict = await eventually({
    what: 'the file is told',
    look: async () => (await fetch(`${address}/readyz?verbose`)).text(),
    until: (text) => text.includes('degraded'),
  });
  expect(verdict).toContain('config: what was read before is used still: RULES_FILE=');
  expect(isKept(await reportOf(address))).toBe(true);
  await rm(folder, { recursive: true });
});

test('a collection that may not be read is named, and nothing is reported before', async () => {
  await using cluster = await startFakeCluster({ nodes: 2, pods: 10 });
  cluster.fake.access.deny({ resource: 'poddisruptionbudgets' });
  await using evictor = startEvictor(cluster);
  const address = await addressOf(evictor);
  const reasons = await eventually({
    what: 'the budgets alone are missing',
    look: async () => (await fetch(`${address}/readyz`)).text(),
    until: (text) => text.includes('poddisruptionbudgets.policy (FORBIDDEN') && !text.includes('pods ('),
  });
  expect(reasons).toContain('report: the cluster was not looked at yet');
  expect((await fetch(`${address}/report`)).status).toBe(503);
});

test('with NODE_EVENTS what is new of a node is an Event on it, and what was so before is none', async () => {
  await using cluster = await startFakeCluster({ nodes: 3, pods: 10 });
  await using evictor = startEvictor(cluster, { NODE_EVENTS: 'true', CYCLE_INTERVAL: '1s' });
  const address = await addressOf(evictor);
  await eventually({ what: 'there is a report', look: () => reportOf(address), until: () => true });
  const [node] = cluster.fake.objects('nodes');
  const name = node?.metadata.name ?? '';
  cluster.fake.update({ apiVersion: 'v1', kind: 'Node', name }, (one) => {
    const labels = one.metadata['labels'] as Record<string, string>;
    one.metadata['labels'] = { ...labels, 'kubernetes.azure.com/upgrade-status': 'Quarantined' };
  });
  const told = await eventually({
    what: 'an Event is written',
    look: () => cluster.fake.objects('events').filter((one) => one['reportingComponent'] === 'castai-evictor'),
    until: ({ length }) => length > 0,
  });
  expect(told.map(({ involvedObject, reason, message }) => ({ involvedObject, reason, message }))).toEqual([
    {
      involvedObject: { apiVersion: 'v1', kind: 'Node', name, uid: name },
      reason: 'NodeDrift',
      message: expect.stringMatching(/^quarantined: /u) as unknown,
    },
  ]);
});

test('report and explain tell it in words', async () => {
  await using cluster = await startFakeCluster({ nodes: 12, pods: 120 });
  const directory = await mkdtemp(join(tmpdir(), 'castai-evictor-'));
  try {
    const file = join(directory, 'prices.yaml');
    await writeFile(file, 'currency: EUR\nprices: [{instanceType: nothing-like-it, perHour: 1}]\n');
    await using evictor = startEvictor(cluster, { PRICES_FILE: file });
    const address = await addressOf(evictor);
    const report = await eventually({ what: 'there is a report', look: () => reportOf(address), until: () => true });
    const told = await run(['report', '--address', address]);
    expect([told.code, told.stdout[0]]).toEqual([
      0,
      expect.stringMatching(`^${String(report.removable.length)} of 12 nodes could go: `) as unknown,
    ]);
    expect(told.stdout[1]).toBe('  money: not known: these nodes have no price');
    const json = await run(['report', '--json', '--address', address]);
    expect(JSON.parse(json.stdout.join('\n'))).toMatchObject({ nodes: 12, saved: { perHour: null } });
    const [removable = ''] = names(report.removable);
    const explained = await run(['explain', removable, '--address', address]);
    expect([explained.code, explained.stdout[0]]).toEqual([
      0,
      expect.stringMatching(`^✓ ${removable} could go: `) as unknown,
    ]);
    const unknown = await run(['explain', 'nowhere', '--json', '--address', address]);
    expect([unknown.code, JSON.parse(unknown.stdout.join('\n'))]).toEqual([
      1,
      { program: 'castai-evictor', error: expect.stringContaining('no node nowhere') as unknown },
    ]);
    expect((await run(['report', '--address', '127.0.0.1:1'])).code).toBe(3);
  } finally {
    await rm(directory, { recursive: true });
  }
});

async function run(args: readonly string[]) {
  await using program = startProgram({ name: 'the command', entry: sourceOf(findProgram('evictor')), args });
  const { code } = await program.exit;
  return { code, stdout: program.lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text) };
}

test('drift and age read nodes and nothing else', async () => {
  await using cluster = await startFakeCluster({ nodes: 3, pods: 10 });
  await using evictor = startEvictor(cluster, { REPORTS: 'drift,age' });
  const address = await addressOf(evictor);
  await eventually({ what: 'there is a report', look: () => reportOf(address), until: () => true });
  const paths = cluster.fake.requests
    .entries()
    .filter(({ userAgent }) => userAgent?.startsWith('castai-evictor/') === true)
    .map(({ path }) => path);
  expect([...new Set(paths)].sort()).toEqual(['/api/v1/nodes', '/version']);
});

test('rules that are not understood end it with exit code 2 and one line for all of them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'castai-evictor-'));
  try {
    const file = join(directory, 'rules.yaml');
    await writeFile(file, 'evictionConfig:\n  - podSelector:\n      settings: {aggressive: true}\n');
    await using cluster = await startFakeCluster({ nodes: 1, pods: 1 });
    await using evictor = startEvictor(cluster, { RULES_FILE: file });
    expect(await evictor.exit).toEqual({ code: 2, signal: null });
    expect(evictor.lines.map(({ text }) => text).join('\n')).toContain(
      'podSelector has settings, which is not known there',
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});
