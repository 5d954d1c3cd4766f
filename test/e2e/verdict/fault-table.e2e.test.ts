/**
 * The whole agent with its defaults meets each fault: verdict, readiness, log and doctor tell them apart, and one that ends leaves nothing but
 * a greyed problem and a line of the log. `docs/operate.md` is what was seen: vitest -u writes it, and a difference fails.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { startProgram } from '../../stages/child-program.ts';
import { doctorReport } from '../../stages/doctor-report.ts';
import { type FakeStage, startFakeStage } from '../../stages/agent/fake-stage.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';
import { type FaultRow, renderAgentPage } from './fault-table.ts';
import { type Fault, FAULTS } from './faults.ts';
import { hostOf, told as withoutChance } from './told.ts';

/** Ten seconds of hysteresis pass in two. */
const HASTE = 5;
const PATIENCE_MS = 200_000;
const PAGE = join(import.meta.dirname, '../../../docs/operate.md');
const rows = new Map<string, FaultRow>();

type Env = Readonly<Record<string, string>>;

/** What differs from run to run is left out. */
function told(text: string, { stage, env }: { stage: FakeStage; env: Env }): string {
  const { agentEnv } = stage.cluster;
  const server = `${agentEnv['KUBERNETES_SERVICE_HOST']}:${agentEnv['KUBERNETES_SERVICE_PORT']}`;
  const proxy = env['HTTPS_PROXY'];
  return withoutChance(text, [
    [hostOf(stage.platform.url), 'platform'],
    [server, 'api-server'],
    [hostOf(env['API_URL'] ?? stage.platform.url), 'platform'],
    ...(proxy === undefined ? [] : [[hostOf(proxy), 'proxy'] as const]),
  ]);
}

async function doctorSays(stage: FakeStage, env: Env): Promise<string[]> {
  const program = findProgram('agent');
  const all = { API_URL: stage.platform.url, API_KEY: stage.apiKey, ...stage.cluster.agentEnv, ...env };
  await using child = startProgram({
    entry: sourceOf(program),
    name: 'the doctor',
    args: ['doctor', '--json'],
    nodeArgs: program.nodeFlags,
    env: { ...program.environment, ...all },
  });
  const { findings } = await doctorReport(child);
  return findings
    .filter(({ severity }) => severity === 'warning' || severity === 'problem')
    .map(({ id, severity, detail, cure }) =>
      told(`${severity.toUpperCase()} \`${id}\`: ${detail} → ${cure}`, { stage, env }),
    );
}

async function meet(fault: Fault): Promise<FaultRow> {
  const folder = mkdtempSync(join(tmpdir(), 'castai-verdict-'));
  const undo: (() => unknown)[] = [];
  try {
    await using stage = await startFakeStage(fault.stage);
    const scene = { stage, folder, undo: (one: () => unknown) => undo.push(one) };
    const env = { ...fault.stage?.env, ...(await fault.before?.(scene)) };
    const start =
      fault.after === undefined
        ? stage.startAgent({ env, haste: HASTE })
        : stage.startReadyAgent({ env, haste: HASTE });
    const agent = await start;
    await fault.after?.(scene, agent);
    const row = await look(fault, { agent, stage, env });
    if (fault.end === undefined) return row;
    await fault.end(scene);
    await untilCause(agent, '');
    return { ...row, ended: told(await endOf(agent, fault.cause), { stage, env }) };
  } finally {
    for (const one of undo.toReversed()) await one();
    rmSync(folder, { recursive: true });
  }
}

async function untilCause(agent: StagedAgent, cause: Fault['cause']): Promise<void> {
  await eventually({
    what: `the verdict is ${cause === '' ? 'ok' : cause}`,
    look: async () => (await agent.health()).verdict,
    until: (verdict) => verdict.cause === cause,
    timeoutMs: PATIENCE_MS,
  });
}

interface Seen {
  readonly agent: StagedAgent;
  readonly stage: FakeStage;
  readonly env: Env;
}

/** What it looks like while it is there. */
async function look(
  { title, cause, leader = cause, why, isReady, isUnseenByDoctor }: Fault,
  seen: Seen,
): Promise<FaultRow> {
  const { agent, stage, env } = seen;
  await untilCause(agent, leader);
  if (isReady) await agent.untilReady();
  if (why !== undefined) {
    await eventually({
      what: `the verdict says ${why}`,
      look: async () => (await agent.health()).verdict.why,
      until: (words) => words.includes(why),
      timeoutMs: PATIENCE_MS,
    });
  }
  const text = (value: string): string => told(value, { stage, env });
  const readiness = (await agent.page('/readyz')).status === 200 ? 'ready' : 'not ready';
  const began =
    cause === ''
      ? ''
      : await eventually({
          what: 'the log says that it began',
          look: () => agent.log.find(({ level, check }) => level === 'warn' && check === cause)?.message ?? '',
          until: (line) => line !== '',
        });
  const { verdict } = await agent.health();
  return {
    title,
    verdict: { ...verdict, why: text(verdict.why), address: text(verdict.address), cure: text(verdict.cure) },
    readiness,
    began: text(began),
    ended: '',
    doctor: isUnseenByDoctor || cause === '' ? undefined : await doctorSays(stage, env),
  };
}

/** One line that it is over, and one problem that is greyed. */
async function endOf(agent: StagedAgent, cause: Fault['cause']): Promise<string> {
  const ends = await eventually({
    what: 'the log says that it is over',
    look: () => agent.log.filter(({ level, check }) => level === 'info' && check === cause),
    until: (lines) => lines.length > 0,
  });
  const begins = agent.log.filter(({ level, check }) => level === 'warn' && check === cause);
  const { problems } = await agent.health();
  expect({
    lines: [begins.length, ends.length],
    problems: problems.filter((problem) => problem.cause === cause).map(({ endedAt }) => endedAt !== undefined),
    present: problems.filter(({ endedAt }) => endedAt === undefined),
  }).toEqual({ lines: [1, 1], problems: [true], present: [] });
  return ends[0]?.message ?? '';
}

describe.concurrent('the agent meets', () => {
  for (const fault of FAULTS) {
    test(`the fault: ${fault.title}`, { timeout: 600_000 }, async () => {
      const row = await meet(fault);
      rows.set(fault.title, row);
      expect(row.verdict.cause).toBe(fault.leader ?? fault.cause);
    });
  }
});

test('docs/operate.md holds what was seen', async () => {
  // Where only some were asked for, or some have failed, there is no table to compare.
  if (rows.size < FAULTS.length) return;
  const table = FAULTS.flatMap(({ title }) => rows.get(title) ?? []);
  await expect(renderAgentPage(table)).toMatchFileSnapshot(PAGE);
});
