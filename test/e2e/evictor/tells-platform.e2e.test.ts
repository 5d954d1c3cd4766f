/** The evictor and the platform, both whole: what is told, what is not, and that nothing is without the options for it. */
import type { ReportDocument } from '@castai/evictor/report/report-document.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { EvictorReport } from '@castai/shared/wire/evictor/evictor-report.ts';
import { expect, test } from 'vitest';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { HandAgent } from '../../platform-rig/hand-agent.ts';
import { type FakeCluster, startFakeCluster } from '../../stages/agent/fake-cluster.ts';
import { type LocalPlatform, startLocalPlatform } from '../../stages/agent/staged-platform.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';

const PATIENCE = { timeoutMs: 120_000 };

function startEvictor(cluster: FakeCluster, env: Readonly<Record<string, string>>): ChildProgram {
  const entry = sourceOf(findProgram('evictor'));
  return startProgram({ name: 'evictor', entry, env: { ADMIN_PORT: '0', ...cluster.agentEnv, ...env } });
}

async function told(platform: LocalPlatform, id: string): Promise<EvictorReport> {
  const [report] = await eventually({
    what: 'the platform is told',
    look: () => platform.control.reports(id, 'evictor'),
    until: (all) => all.length > 0,
    ...PATIENCE,
  });
  return report?.body as EvictorReport;
}

test('the platform has what the report has of nodes, and no name of a pod in a namespace that stays in', async () => {
  await using cluster = await startFakeCluster({ nodes: 12, pods: 120 });
  await using platform = await startLocalPlatform();
  const id = await new HandAgent(platform.url).register();
  await using evictor = startEvictor(cluster, {
    API_URL: platform.url,
    API_KEY: 'test',
    CLUSTER_ID: id,
    SKIP_NAMESPACES: 'team-0',
  });
  const { port } = await evictor.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  const report = await told(platform, id);
  const own = (await (await fetch(`http://127.0.0.1:${port}/report`)).json()) as ReportDocument;
  expect(report.removable.map(({ node }) => node)).toEqual(own.removable.map(({ node }) => node));
  expect(report.blocked.map(({ node }) => node)).toEqual(own.blocked.map(({ node }) => node));
  expect(report.removable.length).toBeGreaterThan(0);
  expect(JSON.stringify(own)).toContain('"team-0/');
  expect(JSON.stringify(report)).not.toContain('team-0/');
  expect(report.leftOut).toEqual({ moves: 0, blockers: 0, nodes: 0 });
});

test('while the platform refuses, one line says so, and one that it takes the report again', async () => {
  await using cluster = await startFakeCluster({ nodes: 3, pods: 10 });
  await using platform = await startLocalPlatform();
  const id = await new HandAgent(platform.url).register();
  await platform.control.setApiKeys(['another']);
  await using evictor = startEvictor(cluster, { API_URL: platform.url, API_KEY: 'test', CLUSTER_ID: id });
  const says = (words: string) => evictor.waitForLine((text) => text.includes(words), PATIENCE.timeoutMs);
  await says('degraded: the key is not accepted');
  await platform.control.setApiKeys(['test']);
  await says('the key is accepted after');
  expect((await told(platform, id)).nodes).toBe(3);
});

test('half of what it takes to reach a platform ends it with exit code 2 and the names of what is missing', async () => {
  await using cluster = await startFakeCluster({ nodes: 1, pods: 1 });
  await using evictor = startEvictor(cluster, { API_URL: 'http://127.0.0.1:1', API_KEY: 'test' });
  expect(await evictor.exit).toEqual({ code: 2, signal: null });
  expect(evictor.lines.map(({ text }) => text).join('\n')).toContain('CLUSTER_ID is not set');
});
