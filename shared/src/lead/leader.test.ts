import { KubeError } from '../kube/kube-error.ts';
import type { LeaseClaim } from '../kube/kube-lease.ts';
import type { LeaseRecord } from '../kube/lease-record.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { Leader } from './leader.ts';
import { type LeasePace, QUICK_PACE, QUIET_PACE } from './lease-pace.ts';

const { durationMs: DURATION_MS, deadlineMs: DEADLINE_MS } = QUICK_PACE;

/** The API server's side: one lease, with its versions. */
class LeaseServer {
  stored: LeaseRecord | undefined;
  #version = 0;
  #uid = 0;
  writes = 0;

  read(): LeaseRecord | undefined {
    return this.stored;
  }

  write(seen: LeaseRecord | undefined, { holder, transitions, durationMs }: LeaseClaim): LeaseRecord | undefined {
    if (this.stored?.resourceVersion !== seen?.resourceVersion) return undefined;
    this.writes += 1;
    this.set({ holder, transitions, durationMs });
    return this.stored;
  }

  /** As a person does. */
  set(changes: Partial<LeaseRecord>): void {
    this.#version += 1;
    const uid = this.stored?.uid ?? `lease-${(this.#uid += 1)}`;
    this.stored = { uid, holder: '', transitions: 0, ...this.stored, ...changes, resourceVersion: `${this.#version}` };
  }
}

type Trouble = 'away' | 'silent' | 'answers get lost' | 'forbidden';

/** One replica's way to it. */
class LeaseLink {
  trouble: Trouble | undefined;
  readonly #server: LeaseServer;

  constructor(server: LeaseServer) {
    this.#server = server;
  }

  read(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    return this.#pass(() => this.#server.read(), signal);
  }

  write(seen: LeaseRecord | undefined, claim: LeaseClaim, signal: AbortSignal): Promise<LeaseRecord | undefined> {
    return this.#pass(() => this.#server.write(seen, claim), signal);
  }

  async #pass<T>(call: () => T, signal: AbortSignal): Promise<T> {
    if (this.trouble === 'forbidden') throw new KubeError('KUBE_FORBIDDEN', 'cannot get leases', { hint: 'a Role' });
    if (this.trouble === 'away') throw new KubeError('KUBE_UNREACHABLE', 'connection refused');
    if (this.trouble === undefined) return call();
    if (this.trouble === 'answers get lost') call();
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    return promise;
  }
}

interface Replica {
  readonly name: string;
  readonly leader: Leader;
  readonly link: LeaseLink;
  readonly log: string[];
  /** Terms that are under way. */
  isAtWork(): boolean;
  drain(): Promise<void>;
}

const running: Replica[] = [];
afterEach(async () => {
  for (const { link } of running) link.trouble = undefined;
  await Promise.all(running.splice(0).map((replica) => replica.drain()));
});

function startReplica(name: string, { server, clock, random = () => 0, pace = QUICK_PACE }: Parts): Replica {
  const link = new LeaseLink(server);
  const log: string[] = [];
  const leader = new Leader({
    lease: link,
    self: { holder: `${name}_1`, podPrefix: `${name}_` },
    pace,
    rightsHint: 'grant get and patch',
    clock,
    random,
    observer: {
      onLead: () => log.push('leads'),
      onFollow: (holder) => log.push(`follows ${holder}`),
      onLost: (reason) => log.push(`lost ${reason}`),
      onLeaseFailed: (error) => log.push(`failed ${(error as KubeError).code}`),
    },
  });
  const [draining, aborted] = [new AbortController(), new AbortController()];
  let terms = 0;
  const done = leader.run({ draining: draining.signal, aborted: aborted.signal }, async (term) => {
    terms += 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const signal of [term, draining.signal]) signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    terms -= 1;
  });
  const replica = {
    name,
    leader,
    link,
    log,
    isAtWork: () => terms > 0,
    drain: () => {
      draining.abort();
      return done;
    },
  };
  running.push(replica);
  return replica;
}

interface Parts {
  readonly server: LeaseServer;
  readonly clock: ManualClock;
  readonly random?: () => number;
  readonly pace?: LeasePace;
}

async function startPair(pace = QUICK_PACE) {
  const [server, clock] = [new LeaseServer(), new ManualClock()];
  const first = startReplica('a', { server, clock, pace });
  await clock.advance(0);
  const second = startReplica('b', { server, clock, pace });
  await clock.advance(0);
  return { server, clock, first, second };
}

describe('leader', () => {
  it('is the first of two; the other stands by and sees who leads', async () => {
    const { server, clock, first, second } = await startPair();
    await clock.advance(60_000);
    expect([first.isAtWork(), second.isAtWork()]).toEqual([true, false]);
    expect(first.leader.status).toEqual({ role: 'leader', holder: 'a_1', transitions: 0, problem: '' });
    expect(second.leader.status).toEqual({ role: 'standby', holder: 'a_1', transitions: 0, problem: '' });
    expect(first.leader.evidence).toEqual({ uid: 'lease-1', transitions: 0 });
    expect(second.leader.evidence).toBeUndefined();
    // One write every two seconds: what an API server has to bear.
    expect(server.writes).toBe(31);
  });

  it('at a quiet pace is renewed twice a minute, survives 17 s without an API server, and is followed within a minute and a half', async () => {
    const { server, clock, first, second } = await startPair(QUIET_PACE);
    await clock.advance(300_000);
    expect([first.isAtWork(), second.isAtWork(), server.writes]).toEqual([true, false, 11]);
    // Right before a renewal, which is the worst moment.
    await clock.advance(29_999);
    first.link.trouble = 'away';
    await clock.advance(17_000);
    first.link.trouble = undefined;
    await clock.advance(3_000);
    expect(first.log).not.toContain('lost NOT_RENEWED');
    first.link.trouble = 'silent';
    await clock.advance(50_000);
    expect([first.isAtWork(), second.isAtWork()]).toEqual([false, false]);
    // Who stands by has seen the last renewal up to half a minute after it was made.
    await clock.advance(40_000);
    expect([first.isAtWork(), second.isAtWork()]).toEqual([false, true]);
  });

  it('that drains at a quiet pace is followed at the next look of whoever stands by', async () => {
    const { clock, first, second } = await startPair(QUIET_PACE);
    await first.drain();
    await clock.advance(30_000);
    expect(second.isAtWork()).toBe(true);
  });

  it('that drains is followed as soon as its work is done', async () => {
    const { clock, first, second } = await startPair();
    await first.drain();
    expect(first.isAtWork()).toBe(false);
    await clock.advance(2_000);
    expect(second.leader.evidence).toEqual({ uid: 'lease-1', transitions: 1 });
    expect(second.isAtWork()).toBe(true);
  });

  it('that gives the lease back is followed at once, and does not stand before the duration is over', async () => {
    const { server, clock, first, second } = await startPair();
    expect(second.leader.giveBack()).toBe(false);
    expect(first.leader.giveBack()).toBe(true);
    await clock.advance(0);
    expect([first.isAtWork(), server.stored?.holder]).toEqual([false, '']);
    expect(first.log.at(-1)).toBe('lost GIVEN_BACK');
    await clock.advance(2_000);
    expect(second.isAtWork()).toBe(true);
    // Gone again, it would be free for whoever looks first.
    await second.drain();
    await clock.advance(DURATION_MS - 2_001);
    expect([first.isAtWork(), server.stored?.holder]).toEqual([false, '']);
    await clock.advance(1);
    expect(first.isAtWork()).toBe(true);
  });

  it('that gives the lease back where nobody waits leads again after the duration', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()];
    const only = startReplica('a', { server, clock });
    await clock.advance(0);
    only.leader.giveBack();
    await clock.advance(DURATION_MS);
    expect(only.log).toEqual(['leads', 'lost GIVEN_BACK', 'leads']);
  });

  it('that says nothing any more is followed after the duration, and has stopped before', async () => {
    const { clock, first, second } = await startPair();
    await clock.advance(20_000);
    first.link.trouble = 'silent';
    await clock.advance(DEADLINE_MS);
    expect([first.isAtWork(), second.isAtWork()]).toEqual([false, false]);
    await clock.advance(DURATION_MS - DEADLINE_MS);
    expect([first.isAtWork(), second.isAtWork()]).toEqual([false, true]);
    expect(first.log).toContain('failed KUBE_UNREACHABLE');
    expect(first.log).toContain('lost NOT_RENEWED');
  });

  it('whose answers get lost finds its own renewals and leads on', async () => {
    const { clock, first, second } = await startPair();
    first.link.trouble = 'answers get lost';
    await clock.advance(5_000);
    first.link.trouble = undefined;
    await clock.advance(60_000);
    expect(first.log).toEqual(['leads', 'failed KUBE_UNREACHABLE']);
    expect(second.isAtWork()).toBe(false);
  });

  it('stops when the API server is away, nobody follows, and one of them leads when it is back', async () => {
    const { clock, first, second } = await startPair();
    first.link.trouble = second.link.trouble = 'away';
    await clock.advance(120_000);
    expect([first.isAtWork(), second.isAtWork()]).toEqual([false, false]);
    first.link.trouble = second.link.trouble = undefined;
    await clock.advance(5_000);
    expect([first, second].filter((replica) => replica.isAtWork())).toHaveLength(1);
  });

  it('that comes back to its own lease leads on as the same holder', async () => {
    const { clock, server, first, second } = await startPair();
    await second.drain();
    first.link.trouble = 'away';
    await clock.advance(60_000);
    first.link.trouble = undefined;
    await clock.advance(5_000);
    expect(first.log.filter((line) => line === 'leads')).toHaveLength(2);
    expect(server.stored).toMatchObject({ holder: 'a_1', transitions: 0 });
  });

  it('whose lease a person deleted steps down; the lease that follows is another one (C56)', async () => {
    const { clock, server, first } = await startPair();
    server.stored = undefined;
    await clock.advance(10_000);
    expect(first.log).toContain('lost DELETED');
    const atWork = running.filter((replica) => replica.isAtWork());
    expect(atWork).toHaveLength(1);
    expect(atWork[0]?.leader.evidence).toEqual({ uid: 'lease-2', transitions: 0 });
  });

  it('whose lease a person gave to another stops at its next renewal', async () => {
    const { clock, server, first, second } = await startPair();
    server.set({ holder: 'somebody' });
    await clock.advance(3_000);
    expect(first.log).toContain('lost TAKEN');
    await clock.advance(DURATION_MS + 3_000);
    // Nobody renews it: after the duration it is free.
    expect([first, second].filter((replica) => replica.isAtWork())).toHaveLength(1);
  });

  it('without the right to the lease says what to do, and leads as soon as it may', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()];
    const replica = startReplica('a', { server, clock });
    replica.link.trouble = 'forbidden';
    await clock.advance(60_000);
    expect(replica.leader.status).toMatchObject({
      role: 'standby',
      problem: 'cannot get leases; grant get and patch',
    });
    replica.link.trouble = undefined;
    await clock.advance(3_000);
    expect(replica.leader.status).toMatchObject({ role: 'leader', problem: '' });
  });

  it('knows without its timers that its time is over', async () => {
    const { clock, first } = await startPair();
    first.link.trouble = 'silent';
    // As for a process that was frozen: time has gone on, and no timer has fired yet.
    const monotonicMs = clock.monotonicMs();
    clock.monotonicMs = () => monotonicMs + DEADLINE_MS;
    expect(first.leader.isHeld()).toBe(false);
    await clock.advance(0);
    expect(first.isAtWork()).toBe(false);
  });

  it('that is doubted looks at the lease anew before it says yes', async () => {
    const { clock, first } = await startPair();
    let proofs = 0;
    void first.leader.challenge({ seenTransitions: undefined }).then(() => (proofs += 1));
    await clock.advance(0);
    expect(proofs).toBe(1);
  });

  it('that is doubted and that was followed says nothing and stands by', async () => {
    const { clock, server, first } = await startPair();
    server.set({ holder: 'b_1', transitions: 1 });
    let proofs = 0;
    void first.leader.challenge({ seenTransitions: undefined }).then(() => (proofs += 1));
    await clock.advance(0);
    expect(proofs).toBe(0);
    expect(first.isAtWork()).toBe(false);
  });

  it('of a lease that was set back counts on from where others are', async () => {
    const { clock, first } = await startPair();
    let proofs = 0;
    void first.leader.challenge({ seenTransitions: 41 }).then(() => (proofs += 1));
    await clock.advance(0);
    expect(proofs).toBe(1);
    expect(first.leader.evidence).toEqual({ uid: 'lease-1', transitions: 42 });
  });

  it('leaves no timer behind', async () => {
    const { clock, first, second } = await startPair();
    await clock.advance(7_000);
    await Promise.all([first.drain(), second.drain()]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('passes on what its work rejects with, and gives the lease back', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()];
    const link = new LeaseLink(server);
    const observer = { onLead: () => {}, onFollow: () => {}, onLost: () => {}, onLeaseFailed: () => {} };
    const self = { holder: 'a_1', podPrefix: 'a_' };
    const leader = new Leader({
      lease: link,
      self,
      pace: QUICK_PACE,
      rightsHint: '',
      clock,
      random: () => 0,
      observer,
    });
    const signals = { draining: new AbortController().signal, aborted: new AbortController().signal };
    await expect(leader.run(signals, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    expect(server.stored?.holder).toBe('');
  });
});

describe('three replicas', () => {
  const [quick, quiet] = [QUICK_PACE, QUIET_PACE];
  it.each([
    { seed: 1, paces: [quick, quick, quick] },
    { seed: 2, paces: [quick, quick, quick] },
    { seed: 3, paces: [quick, quick, quick] },
    { seed: 4, paces: [quiet, quiet, quiet] },
    { seed: 5, paces: [quiet, quiet, quiet] },
    // As in the middle of an upgrade to another pace.
    { seed: 6, paces: [quick, quiet, quick] },
    { seed: 7, paces: [quiet, quick, quiet] },
  ])('never work at once, whatever goes wrong on the way (seed $seed)', async ({ seed, paces }) => {
    const [server, clock, dice] = [new LeaseServer(), new ManualClock(), new SeededRandom(seed)];
    const random = () => dice.integer(1000) / 1000;
    const replicas = ['a', 'b', 'c'].map((name, index) =>
      startReplica(name, { server, clock, random, pace: paces[index] ?? quick }),
    );
    const troubles: (Trouble | undefined)[] = ['away', 'silent', 'answers get lost', undefined, undefined];
    let worked = 0;
    for (let turn = 0; turn < 400; turn += 1) {
      if (dice.integer(10) === 0) {
        const [replica] = replicas.slice(dice.integer(3));
        if (replica !== undefined) replica.link.trouble = troubles[dice.integer(troubles.length)];
      }
      if (dice.integer(100) === 0) server.set({ transitions: dice.integer(9) });
      await clock.advance(dice.integer(paces[0] === quick ? 1500 : 6000));
      const atWork = replicas.filter((replica) => replica.isAtWork());
      expect(atWork.map(({ name }) => name).length, `seed ${seed}, turn ${turn}`).toBeLessThanOrEqual(1);
      worked += atWork.length;
    }
    expect(worked).toBeGreaterThan(50);
    for (const { link } of replicas) link.trouble = undefined;
    await clock.advance(QUIET_PACE.durationMs + 40_000);
    expect(replicas.filter((replica) => replica.isAtWork())).toHaveLength(1);
  });
});
