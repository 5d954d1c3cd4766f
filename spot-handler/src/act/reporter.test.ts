import { describe, expect, it } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { PlatformIdentity } from '../node/platform-identity.ts';
import type { NodeEvent } from './node-event-call.ts';
import { Reporter } from './reporter.ts';
import type { ReportOutcome } from './spot-writer.ts';

const REFUSED: Verdict = { kind: 'UNAUTHORIZED', status: 401, detail: '401', keyChanged: false };
const AWAY: Verdict = { kind: 'UNAVAILABLE', status: 503, detail: '503', retryAfterMs: 60_000 };

/** A reporter whose platform gives these answers, and then takes what it is told. */
function scenario(...answers: readonly Verdict[]) {
  const clock = new ManualClock();
  const left = [...answers];
  let attempts = 0;
  const taken: string[] = [];
  const reporter = new Reporter({
    writer: {
      report: async () => {
        attempts += 1;
        const verdict = left.shift();
        return verdict === undefined ? { is: 'taken' } : { is: 'refused', verdict };
      },
    },
    identity: () => ({ nodeId: 'node-1', providerId: undefined }),
    clock,
    random: () => 0.5,
    observer: { onReported: () => undefined, onReportFailed: () => undefined, onReportedNameless: () => undefined },
    onTaken: (noticeId) => taken.push(noticeId),
  });
  return { clock, reporter, taken, attempts: () => attempts };
}

describe('reporter', () => {
  it('tells a notice at once when the refused key was replaced while it waits', async () => {
    const { clock, reporter, taken, attempts } = scenario(REFUSED, REFUSED, REFUSED, REFUSED);
    reporter.report('n-1', 'interrupted');
    for (let refusals = 1; refusals <= 4; refusals += 1) {
      await clock.advance(0);
      expect(attempts()).toBe(refusals);
      reporter.keyReplaced();
    }
    await clock.advance(0);
    expect(taken).toEqual(['n-1']);
  });

  it('goes on at the pace of a machine that has seconds left where a firewall refuses, not the platform', async () => {
    const f = async (verdict: Verdict): Promise<number> => {
      const { clock, reporter, attempts } = scenario(...Array.from({ length: 40 }, () => verdict));
      reporter.report('n-1', 'interrupted');
      await clock.advance(30_000);
      return attempts();
    };
    expect(await f({ ...REFUSED, byPlatform: false })).toBeGreaterThan(10);
    expect(await f({ kind: 'REJECTED', byPlatform: false, detail: '400' })).toBeGreaterThan(10);
    expect(await f({ ...REFUSED, byPlatform: true })).toBeLessThan(8);
    expect(await f({ kind: 'REJECTED', byPlatform: true, detail: '400' })).toBeLessThan(8);
  });

  it('keeps a pause that has nothing to do with the key', async () => {
    const { clock, reporter, attempts } = scenario(AWAY);
    reporter.report('n-1', 'interrupted');
    await clock.advance(0);
    reporter.keyReplaced();
    await clock.advance(0);
    expect(attempts()).toBe(1);
  });
});

/** A reporter before a platform that does as `answer` says, on a machine that is who `world.who` says. */
class World {
  readonly clock = new ManualClock();
  readonly requests: { readonly atMs: number; readonly noticeId: string; readonly event: NodeEvent }[] = [];
  readonly told: string[] = [];
  readonly reporter: Reporter;
  who: PlatformIdentity = { nodeId: 'node-1', providerId: undefined };
  answer: (noticeId: string) => Promise<ReportOutcome> = async () => ({ is: 'taken' });

  constructor(random: () => number = () => 0.5) {
    const { clock } = this;
    this.reporter = new Reporter({
      writer: {
        report: (noticeId, event) => {
          this.requests.push({ atMs: clock.monotonicMs(), noticeId, event });
          return this.answer(noticeId);
        },
      },
      identity: () => this.who,
      clock,
      random,
      observer: {
        onReported: () => undefined,
        onReportFailed: () => undefined,
        onReportedNameless: (noticeId) => this.told.push(`${noticeId} of nobody`),
      },
      onTaken: (noticeId) => this.told.push(noticeId),
    });
  }

  get events(): NodeEvent[] {
    return this.requests.map(({ event }) => event);
  }

  /** Who the machine is becomes known. */
  identify(who: PlatformIdentity): void {
    this.who = who;
    this.reporter.reconsider();
  }
}

const NOBODY: PlatformIdentity = { nodeId: '', providerId: undefined };
const SOMEBODY: PlatformIdentity = { nodeId: '', providerId: 'aws:///a/i-1' };
const NAMELESS: NodeEvent = { type: 'interrupted', nodeId: '' };
const NAMED: NodeEvent = { type: 'interrupted', nodeId: '', providerId: 'aws:///a/i-1' };
const away: () => Promise<ReportOutcome> = async () => ({ is: 'refused', verdict: AWAY });

describe('a report of a machine that nobody has named yet', () => {
  it('waits for the name, which as a rule is there in a moment', async () => {
    const world = new World();
    world.who = NOBODY;
    world.reporter.report('n-1', 'interrupted');
    await world.clock.advance(1900);
    expect(world.events).toEqual([]);
    world.identify(SOMEBODY);
    await world.clock.advance(0);
    expect([world.events, world.told, world.reporter.pendingCount]).toEqual([[NAMED], ['n-1'], 0]);
  });

  it('goes out without it after two seconds, and again with it once somebody knows: only then it is told', async () => {
    const world = new World();
    world.who = NOBODY;
    world.reporter.report('n-1', 'interrupted');
    await world.clock.advance(2000);
    expect([world.events, world.told, world.reporter.pendingCount]).toEqual([[NAMELESS], ['n-1 of nobody'], 1]);
    world.identify(NOBODY);
    world.reporter.flush();
    await world.clock.advance(3_600_000);
    expect(world.events).toEqual([NAMELESS]);
    world.identify(SOMEBODY);
    await world.clock.advance(0);
    expect([world.events, world.told, world.reporter.pendingCount]).toEqual([
      [NAMELESS, NAMED],
      ['n-1 of nobody', 'n-1'],
      0,
    ]);
  });

  it('goes out without it when the machine ends, and is withdrawn like any other', async () => {
    const world = new World();
    world.who = NOBODY;
    world.reporter.report('n-1', 'interrupted');
    await world.clock.advance(100);
    world.reporter.flush();
    await world.clock.advance(0);
    expect(world.events).toEqual([NAMELESS]);
    world.reporter.withdraw('n-1');
    world.identify(SOMEBODY);
    await world.clock.advance(60_000);
    expect([world.events, world.reporter.pendingCount, world.clock.pendingTimers]).toEqual([[NAMELESS], 0, 0]);
  });

  it('has the name as soon as it is known, also in a second request beside one that hangs', async () => {
    const world = new World();
    world.who = NOBODY;
    world.answer = () => new Promise(() => undefined);
    world.reporter.report('n-1', 'interrupted');
    await world.clock.advance(3000);
    world.identify(SOMEBODY);
    await world.clock.advance(1900);
    world.answer = async () => ({ is: 'taken' });
    await world.clock.advance(200);
    expect([world.events, world.told]).toEqual([[NAMELESS, NAMED], ['n-1']]);
  });
});

describe('while the platform answers 503', () => {
  it('one node makes at most 20 attempts in 30 s, and tells within two seconds of its return', async () => {
    for (const chance of [0, 0.5, 1]) {
      const world = new World(() => chance);
      world.answer = away;
      world.reporter.report('n-1', 'interrupted');
      await world.clock.advance(29_999);
      const attempts = world.requests.length;
      world.answer = async () => ({ is: 'taken' });
      await world.clock.advance(2000);
      expect([chance, attempts >= 15 && attempts <= 20, world.told]).toEqual([chance, true, ['n-1']]);
    }
  });

  it('so does a node with three notices: one asks for all, and all are told when it is heard', async () => {
    const world = new World();
    world.answer = away;
    for (const noticeId of ['n-1', 'n-2', 'n-3']) world.reporter.report(noticeId, 'interrupted');
    await world.clock.advance(29_999);
    // The others ask once more each in ten seconds.
    expect(world.requests.length).toBeLessThanOrEqual(25);
    world.answer = async () => ({ is: 'taken' });
    await world.clock.advance(2000);
    expect([world.told.toSorted(), world.clock.pendingTimers]).toEqual([['n-1', 'n-2', 'n-3'], 0]);
  });

  it('the next one asks for all when the one that did is withdrawn, or refused for what it says', async () => {
    const world = new World();
    world.answer = away;
    for (const noticeId of ['n-1', 'n-2', 'n-3']) world.reporter.report(noticeId, 'interrupted');
    await world.clock.advance(20_000);
    world.reporter.withdraw('n-1');
    await world.clock.advance(10_000);
    const rejected: Verdict = { kind: 'REJECTED', status: 400, detail: '400', byPlatform: true };
    world.answer = async (noticeId) => (noticeId === 'n-2' ? { is: 'refused', verdict: rejected } : { is: 'taken' });
    await world.clock.advance(2000);
    expect(world.told).toEqual(['n-3']);
  });

  it('a platform that answers 503 at once is not asked by further requests beside the first', async () => {
    const world = new World();
    world.answer = async () => {
      await world.clock.sleep(100, new AbortController().signal);
      return away();
    };
    world.reporter.report('n-1', 'interrupted');
    await world.clock.advance(30_000);
    expect(world.requests.length).toBeLessThanOrEqual(20);
    const gaps = world.requests.slice(3).map(({ atMs }, index) => atMs - (world.requests[index + 2]?.atMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1700);
  });
});
