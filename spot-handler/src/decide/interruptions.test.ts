import { expect, test } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { formatRecord, type RecordedNotice } from '../node/node-record.ts';
import { parseScheduledEvents } from '../poll/azure-events.ts';
import { NOTICE_KINDS } from '../poll/notice.ts';
import type { InterruptionEffects } from './interruption-effects.ts';
import type { Notice } from '../poll/notice.ts';
import { Interruptions } from './interruptions.ts';

const OWN = 'aks-pool-vmss_3';

interface Recorder {
  readonly calls: string[];
  readonly effects: InterruptionEffects;
}

function record(): Recorder {
  const calls: string[] = [];
  const effects: InterruptionEffects = {
    report: (id) => calls.push(`report ${id}`),
    withdraw: (id) => calls.push(`withdraw ${id}`),
    remember: ({ id, isMarking }) => calls.push(`${isMarking ? 'mark' : 'note'} ${id}`),
    release: (id) => calls.push(`release ${id}`),
    hold: (isMarkHeld) => calls.push(isMarkHeld ? 'hold' : 'let go'),
    recheck: () => calls.push('recheck'),
    evict: (id) => calls.push(`evict ${id}`),
    stopEviction: (id) => calls.push(`stop ${id}`),
    retract: (id) => calls.push(`retract ${id}`),
    acknowledge: ({ givenId = '' }) => calls.push(`acknowledge ${givenId}`),
    announce: () => undefined,
    onBroken: (error) => {
      throw error;
    },
  };
  return { calls, effects };
}

function create(
  effects: InterruptionEffects,
  clock: ManualClock,
  more: { names?: readonly string[]; isHistoryKnown?: boolean } = {},
): Interruptions {
  const interruptions = new Interruptions({
    policy: { actOn: new Set(NOTICE_KINDS), marks: true, evicts: true, acknowledges: true, markAheadMs: 0 },
    effects,
    clock,
    ownNames: () => more.names ?? [OWN],
    sources: () => ['scheduled-events'],
  });
  if (more.isHistoryKnown ?? true) interruptions.onNode(undefined);
  return interruptions;
}

const nodeWith = (...notices: readonly RecordedNotice[]) => ({
  uid: 'node',
  record: formatRecord({ notices, unread: [] }),
});

const TYPES = ['Preempt', 'Freeze', 'Reboot', 'Redeploy', 'Terminate', 'Teleport', 'SpotRebalanceRecommendation'];

/** A scale set in which something always happens to somebody else: 1,000 events that come, start, change and go. */
function* replay(random: SeededRandom, clock: ManualClock): Generator<string> {
  let events: Record<string, unknown>[] = [];
  for (let count = 0; count < 1000;) {
    if (random.chance(0.6)) {
      count += 1;
      const names = Array.from({ length: 1 + random.integer(4) }, () => `aks-pool-vmss_${4 + random.integer(300)}`);
      events.push({
        EventId: `${random.hex(8)}-${random.hex(4)}`.toUpperCase(),
        EventType: random.pick(TYPES),
        EventStatus: random.pick(['Scheduled', 'Started', 'Advisory']),
        Resources: random.chance(0.3) ? names.map((name) => name.toUpperCase()) : names,
        NotBefore: random.chance(0.7) ? new Date(clock.now() + random.integer(900_000)).toUTCString() : '',
      });
    }
    if (random.chance(0.3)) for (const event of events) if (random.chance(0.2)) event['EventStatus'] = 'Started';
    if (random.chance(0.5)) events = events.filter(() => random.chance(0.8));
    yield JSON.stringify({ DocumentIncarnation: count, Events: events });
  }
}

test("1,000 events of siblings do nothing, and the machine's own event among them is acted on alone", async () => {
  const seed = 20_261_121;
  const random = new SeededRandom(seed);
  const clock = new ManualClock();
  const { calls, effects } = record();
  const interruptions = create(effects, clock);
  let looks = 0;
  for (const text of replay(random, clock)) {
    const reading = parseScheduledEvents(text);
    if (reading === undefined) throw new Error(`seed ${seed}: a document that cannot be read`);
    interruptions.onSighting('scheduled-events', { isKnown: true, ...reading });
    await clock.advance(1000);
    looks += 1;
  }
  expect([seed, looks > 1000, calls.filter((call) => !call.startsWith('release '))]).toEqual([seed, true, []]);
  const own = { EventId: 'OWN', EventType: 'Preempt', EventStatus: 'Scheduled', Resources: [OWN], NotBefore: '' };
  const { notices = [] } = parseScheduledEvents(JSON.stringify({ Events: [own] })) ?? {};
  calls.length = 0;
  interruptions.onSighting('scheduled-events', { isKnown: true, notices, unread: 0 });
  expect(calls.filter((call) => !call.startsWith('release '))).toEqual(['report own', 'mark own', 'evict own']);
  interruptions.stop();
  expect(clock.pendingTimers).toBe(0);
});

const preempt = (resources: readonly string[] = [OWN]): readonly Notice[] | undefined =>
  parseScheduledEvents(
    JSON.stringify({
      Events: [{ EventId: 'E', EventType: 'Preempt', EventStatus: 'Scheduled', Resources: resources }],
    }),
  )?.notices;

test('"don\'t know" changes nothing, however long it lasts', async () => {
  const clock = new ManualClock();
  const { calls, effects } = record();
  const interruptions = create(effects, clock);
  interruptions.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 0 });
  calls.length = 0;
  for (let look = 0; look < 600; look += 1) {
    interruptions.onSighting('scheduled-events', { isKnown: false, reason: 'timeout', detail: '' });
    await clock.advance(1000);
  }
  expect(calls).toEqual([]);
});

test('a list of which an entry cannot be read says what stands in it, and not what is gone', async () => {
  const clock = new ManualClock();
  const { calls, effects } = record();
  const interruptions = create(effects, clock);
  interruptions.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 1 });
  expect(calls).toEqual(['report e', 'mark e', 'evict e']);
  calls.length = 0;
  for (let look = 0; look < 10; look += 1) {
    interruptions.onSighting('scheduled-events', { isKnown: true, notices: [], unread: 1 });
    await clock.advance(1000);
  }
  expect(calls).toEqual([]);
  for (let look = 0; look < 10; look += 1) {
    interruptions.onSighting('scheduled-events', { isKnown: true, notices: [], unread: 0 });
    await clock.advance(1000);
  }
  expect(calls.length).toBeGreaterThan(0);
  interruptions.stop();
});

test('a notice whose time cannot be meant is acted on as one without', () => {
  const clock = new ManualClock();
  const { calls, effects } = record();
  const interruptions = create(effects, clock);
  const event = (id: string, NotBefore: string): object => ({
    EventId: id,
    EventType: 'Reboot',
    EventStatus: 'Scheduled',
    Resources: [OWN],
    NotBefore,
  });
  const events = [event('a', 'Fri, 31 Dec 9999 23:59:59 GMT'), event('b', '2099-01-01T00:00:00Z')];
  const { notices = [] } = parseScheduledEvents(JSON.stringify({ Events: events })) ?? {};
  interruptions.onSighting('scheduled-events', { isKnown: true, notices, unread: 0 });
  expect(calls).toEqual(['report a', 'mark a', 'evict a', 'report b', 'mark b', 'evict b']);
  expect(interruptions.status.map(({ startsAt }) => startsAt)).toEqual(['', '']);
  // And in a record, where a person may have written it.
  const odd = { id: 'c', source: 'scheduled-events', kind: 'reboot', type: 'Reboot', isStarted: false } as const;
  interruptions.onNode(nodeWith({ ...odd, startsAtMs: 8.64e15, isReported: true, isMarking: false }));
  expect(interruptions.status.at(-1)).toMatchObject({ notice: 'c', phase: 'acted', startsAt: '' });
  interruptions.stop();
});

test('one source does not speak for another', async () => {
  const clock = new ManualClock();
  const { calls, effects } = record();
  const interruptions = create(effects, clock);
  interruptions.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 0 });
  calls.length = 0;
  interruptions.onSighting('rebalance', { isKnown: true, notices: [], unread: 0 });
  await clock.advance(10_000);
  expect(calls).toEqual([]);
});

test('a notice waits for the names of the machine', () => {
  const clock = new ManualClock();
  const { calls, effects } = record();
  const more = { names: [] as string[] };
  const interruptions = create(effects, clock, more);
  interruptions.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 0 });
  expect(calls).toEqual([]);
  more.names = [OWN];
  interruptions.reconsider();
  expect(calls).toEqual(['report e', 'mark e', 'evict e']);
});

test('what an earlier process wrote down is not lost when this one writes', () => {
  const { effects } = record();
  const written: RecordedNotice[] = [];
  const interruptions = create({ ...effects, remember: (notice) => written.push(notice) }, new ManualClock());
  const recorded = {
    id: 'e',
    source: 'scheduled-events',
    kind: 'preempt',
    type: 'Preempt',
    isStarted: true,
    startsAtMs: 5,
    isReported: false,
    isMarking: true,
    isDrained: true,
  } as const;
  interruptions.onNode(nodeWith(recorded));
  interruptions.onReported('e');
  expect(written.at(-1)).toEqual({ ...recorded, isReported: true });
});

test('a report that an earlier process had delivered is taken back when the node says so late', () => {
  const clock = new ManualClock();
  const { calls, effects } = record();
  const interruptions = create(effects, clock);
  interruptions.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 0 });
  calls.length = 0;
  interruptions.onNode(
    nodeWith({
      id: 'e',
      source: 'scheduled-events',
      kind: 'preempt',
      type: 'Preempt',
      isStarted: false,
      isReported: true,
      isMarking: true,
    }),
  );
  expect(calls).toEqual(['withdraw e', 'mark e', 'recheck']);
});

test('a notice waits for what an earlier process has done, but for a second only', async () => {
  const clock = new ManualClock();
  const { calls, effects } = record();
  const interruptions = create(effects, clock, { isHistoryKnown: false });
  const over = new AbortController();
  const run = interruptions.run(over.signal);
  interruptions.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 0 });
  await clock.advance(999);
  expect(calls).toEqual([]);
  await clock.advance(1);
  expect(calls).toEqual(['report e', 'mark e', 'evict e']);
  over.abort(new Error('the test is over'));
  await expect(run).rejects.toThrow('the test is over');
});

test('what an earlier process has done is not done again', () => {
  const { calls, effects } = record();
  const interruptions = create(effects, new ManualClock(), { isHistoryKnown: false });
  interruptions.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 0 });
  interruptions.onNode(
    nodeWith({
      id: 'e',
      source: 'scheduled-events',
      kind: 'preempt',
      type: 'Preempt',
      isStarted: false,
      isReported: true,
      isMarking: true,
      isDrained: true,
    }),
  );
  expect(calls).toEqual(['mark e', 'mark e', 'recheck']);
});

test('an approval is gone on with by the next process, and written down as done only when it is', () => {
  const { calls, effects } = record();
  const written: RecordedNotice[] = [];
  const interruptions = create({ ...effects, remember: (notice) => written.push(notice) }, new ManualClock());
  const recorded: RecordedNotice = {
    id: 'e',
    source: 'scheduled-events',
    kind: 'reboot',
    type: 'Reboot',
    isStarted: false,
    isReported: true,
    isMarking: true,
    isDrained: true,
  };
  interruptions.onNode(nodeWith(recorded));
  calls.length = 0;
  const reboot = { EventId: 'E', EventType: 'Reboot', EventStatus: 'Scheduled', Resources: [OWN] };
  const { notices = [] } = parseScheduledEvents(JSON.stringify({ Events: [reboot] })) ?? {};
  interruptions.onSighting('scheduled-events', { isKnown: true, notices, unread: 0 });
  expect([calls, written.at(-1)]).toEqual([['acknowledge E'], recorded]);
  interruptions.onApproved('e');
  expect(written.at(-1)).toEqual({ ...recorded, isApproved: true });
  interruptions.onSighting('scheduled-events', { isKnown: true, notices, unread: 0 });
  expect(calls).toEqual(['acknowledge E']);
});

test('a mark whose reason cannot be read is held while a notice may be it, and given back when none is there any more', async () => {
  const clock = new ManualClock();
  const { calls, effects } = record();
  const interruptions = create(effects, clock, { isHistoryKnown: false });
  const unknown = { id: 'e', kind: 'of a later version' };
  const mark = { isCordonOurs: true, isTaintOurs: true };
  interruptions.onNode({ uid: 'node', record: JSON.stringify({ notices: [unknown], mark }) });
  const look = (notices: readonly Notice[], unread = 0): void =>
    interruptions.onSighting('scheduled-events', { isKnown: true, notices, unread });
  const [freeze] =
    parseScheduledEvents(JSON.stringify({ Events: [{ EventId: 'E', EventType: 'Teleport', Resources: [OWN] }] }))
      ?.notices ?? [];
  expect(calls).toEqual(['hold', 'recheck']);
  if (freeze === undefined) throw new Error('the event was not read');
  for (let second = 0; second < 10; second += 1) {
    look([freeze]);
    look([], 1);
    interruptions.onSighting('scheduled-events', { isKnown: false, reason: 'timeout', detail: '' });
    await clock.advance(1000);
  }
  expect(calls.includes('let go')).toBe(false);
  look([]);
  await clock.advance(2999);
  look([]);
  expect(calls.includes('let go')).toBe(false);
  await clock.advance(1);
  look([]);
  expect(calls).toContain('let go');
  interruptions.stop();
});

test('who only reports takes back the marks of an earlier process at once, and reports nothing twice', () => {
  const { calls, effects } = record();
  const reporting = new Interruptions({
    policy: { actOn: new Set(NOTICE_KINDS), marks: false, evicts: false, acknowledges: false, markAheadMs: 0 },
    effects,
    clock: new ManualClock(),
    ownNames: () => [OWN],
    sources: () => ['scheduled-events'],
  });
  reporting.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 0 });
  // It is not known yet whether it was told.
  expect(calls).toEqual([]);
  reporting.onNode(
    nodeWith({
      id: 'e',
      source: 'scheduled-events',
      kind: 'preempt',
      type: 'Preempt',
      isStarted: false,
      isReported: true,
      isMarking: true,
    }),
  );
  reporting.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 0 });
  expect(calls).toEqual(['mark e', 'note e', 'stop e', 'recheck']);
  // A mark whose reason cannot be read is not held either.
  calls.length = 0;
  reporting.onNode({ uid: 'another', record: JSON.stringify({ mark: { isCordonOurs: true, isTaintOurs: true } }) });
  expect(calls).toEqual(['recheck']);
  reporting.stop();
});

test('only a notice that marks the node is one whose evictions can be through', () => {
  const { effects } = record();
  const written: RecordedNotice[] = [];
  const interruptions = create({ ...effects, remember: (notice) => written.push(notice) }, new ManualClock());
  const base = { source: 'scheduled-events', kind: 'preempt', type: 'Preempt', isStarted: true } as const;
  interruptions.onNode(
    nodeWith(
      { ...base, id: 'marks', isReported: true, isMarking: true },
      { ...base, id: 'told only', kind: 'rebalance', isReported: true, isMarking: false },
    ),
  );
  written.length = 0;
  interruptions.onDrained();
  expect(written).toEqual([{ ...base, id: 'marks', isReported: true, isMarking: true, isDrained: true }]);
});

test('that the platform knows of the advice does not mean that it knows of the loss', () => {
  const advice: RecordedNotice = {
    id: 'e',
    source: 'scheduled-events',
    kind: 'rebalance',
    type: 'Preempt',
    isStarted: false,
    isReported: true,
    isMarking: false,
  };
  const { calls, effects } = record();
  const told: string[] = [];
  const written: RecordedNotice[] = [];
  const all = {
    ...effects,
    report: (id: string, type: string) => told.push(`${id} ${type}`),
    remember: (notice: RecordedNotice) => written.push(notice),
  };
  const known = create(all, new ManualClock());
  known.onNode(nodeWith(advice));
  known.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 0 });
  expect([told, written.at(-1)]).toEqual([
    ['e interrupted'],
    { ...advice, kind: 'preempt', isReported: false, isMarking: true },
  ]);
  // The same where the node tells of it only after the notice was acted on.
  const late = create(all, new ManualClock());
  late.onSighting('scheduled-events', { isKnown: true, notices: preempt() ?? [], unread: 0 });
  late.onNode(nodeWith(advice));
  expect([told.length, calls.includes('withdraw e')]).toEqual([2, true]);
  expect([calls.filter((call) => call === 'withdraw e').length, written.at(-1)?.isReported]).toEqual([1, false]);
});

test("other machines' events are forgotten when they are gone, also while something cannot be read", () => {
  const { effects } = record();
  const interruptions = create(effects, new ManualClock());
  for (let event = 0; event < 1000; event += 1) {
    const foreign = { EventId: `E-${String(event)}`, EventType: 'Preempt', Resources: ['another'] };
    const { notices = [] } = parseScheduledEvents(JSON.stringify({ Events: [foreign] })) ?? {};
    interruptions.onSighting('scheduled-events', { isKnown: true, notices, unread: 1 });
  }
  expect(interruptions.status.map(({ notice }) => notice)).toEqual(['e-999']);
});
