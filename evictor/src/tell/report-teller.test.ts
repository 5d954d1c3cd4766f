import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { EvictorReport } from '@castai/shared/wire/evictor/evictor-report.ts';
import type { Outcome, Verdict } from '@castai/shared/wire/transport.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReportTeller } from './report-teller.ts';

const TAKEN: Outcome<undefined> = { ok: true, value: undefined };
const AWAY: Outcome<undefined> = { ok: false, verdict: { kind: 'UNAVAILABLE', detail: 'HTTP 503' } as Verdict };

let clock: ManualClock;
let sent: number[];
let heard: string[];
let answers: Outcome<undefined>[];
let stop: AbortController;
let teller: ReportTeller;

beforeEach(() => {
  clock = new ManualClock(0);
  [sent, heard, answers] = [[], [], []];
  stop = new AbortController();
  teller = new ReportTeller({
    send: async ({ nodes }) => {
      sent.push(nodes);
      return answers.shift() ?? TAKEN;
    },
    onRefused: ({ detail }) => heard.push(detail),
    onTaken: () => heard.push('taken'),
    clock,
    random: () => 1,
  });
  teller.run(stop.signal).catch(() => 'stopped');
});
afterEach(() => stop.abort());

/** They differ in their number of nodes. */
function report(nodes: number, at = '2026-11-29T10:00:00.000Z'): EvictorReport {
  return {
    at,
    nodes,
    pods: 0,
    controlPlane: '',
    saved: { cores: 0, gibibytes: 0 },
    removable: [],
    blocked: [],
    renew: [],
    words: {},
    leftOut: { moves: 0, blockers: 0, nodes: 0 },
  };
}

test('the first report is told at once, the next a minute later, and of several only the newest', async () => {
  teller.offer(report(1));
  await clock.advance(0);
  expect(sent).toEqual([1]);
  teller.offer(report(2));
  teller.offer(report(3));
  await clock.advance(59_000);
  expect(sent).toEqual([1]);
  await clock.advance(1_000);
  expect(sent).toEqual([1, 3]);
  expect(teller.status).toEqual({ toldAtMs: 60_000, problem: '' });
});

test('a report that says the same is told once in ten minutes', async () => {
  for (let minute = 0; minute < 21; minute += 1) {
    teller.offer(report(1, `2026-11-29T10:${String(minute).padStart(2, '0')}:00.000Z`));
    await clock.advance(60_000);
  }
  expect(sent.length).toBe(3);
});

test('while the platform is away nothing piles up, and the newest is told when it is back', async () => {
  answers.push(AWAY, AWAY);
  teller.offer(report(1));
  await clock.advance(0);
  expect(teller.status).toEqual({ toldAtMs: undefined, problem: 'HTTP 503' });
  teller.offer(report(2));
  await clock.advance(4_000);
  teller.offer(report(3));
  await clock.advance(1_000);
  expect(sent).toEqual([1, 3]);
  await clock.advance(10_000);
  expect(sent).toEqual([1, 3, 3]);
  expect(heard).toEqual(['HTTP 503', 'HTTP 503', 'taken']);
  expect(teller.status.problem).toBe('');
});

test('what was seen before another replica leads is not told any more', async () => {
  teller.offer(report(1));
  await clock.advance(0);
  teller.offer(report(2));
  teller.forget();
  await clock.advance(600_000);
  expect(sent).toEqual([1]);
});

test('who leads again tells what it found, though it is what it told before: another one has told since', async () => {
  teller.offer(report(1));
  await clock.advance(0);
  teller.forget();
  await clock.advance(120_000);
  teller.offer(report(1));
  await clock.advance(0);
  expect(sent).toEqual([1, 1]);
});
