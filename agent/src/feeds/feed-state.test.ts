import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Availability } from './availability.ts';
import type { Doubt } from './feed-doubt.ts';
import type { FeedCommand, FeedInput, FeedPlace, FeedState, FeedStep } from './feed-signals.ts';
import { availabilityIn } from './feed-places.ts';
import { stepFeed, unknownFeed } from './feed-state.ts';

const NOW = 1_000_000;
const due = { is: 'due', atMs: NOW } as const;
const asked = { is: 'asked' } as const;
const inSession = (place: FeedPlace, more: Partial<FeedState> = {}): FeedState => ({
  ...unknownFeed(['v1', 'v2']),
  inSession: true,
  place,
  ...more,
});
const doubtAbout = (found: Availability, question: Doubt['question'], misses = 0): Doubt => ({
  found,
  question,
  misses,
  delayMs: 5_000,
});
/** Discovery misses it, its collection was not found once, and is being asked again. */
const doubted = (place: FeedPlace): FeedState => inSession(place, { doubt: doubtAbout({ is: 'absent' }, asked, 1) });
const FOREIGN = { is: 'unsupported', versions: ['v9'], reason: 'served in v9' } as const;

type Place =
  | 'unknown'
  | 'absent'
  | 'unsupported'
  | 'offered'
  | 'reviewing'
  | 'running'
  | 'barred'
  | 'barred, reviewing'
  | 'forbidden'
  | 'forbidden, reviewing'
  | 'forbidden with a watcher'
  | 'refused'
  | 'refused, reviewing'
  | 'absent, no session'
  | 'offered, no session'
  | 'forbidden, no session';
const places: Record<Place, FeedState> = {
  unknown: doubted({ is: 'unknown', resumePoint: '90' }),
  absent: inSession({ is: 'absent' }),
  unsupported: doubted({ ...FOREIGN, resumePoint: '90' }),
  offered: doubted({ is: 'offered', resumePoint: '90', review: due }),
  reviewing: doubted({ is: 'offered', resumePoint: '90', review: asked }),
  running: doubted({ is: 'running' }),
  barred: doubted({ is: 'barred', review: due }),
  'barred, reviewing': doubted({ is: 'barred', review: asked }),
  forbidden: doubted({ is: 'forbidden', resumePoint: '90', review: due }),
  'forbidden, reviewing': doubted({ is: 'forbidden', resumePoint: '90', review: asked }),
  'forbidden with a watcher': doubted({ is: 'forbidden', resumePoint: undefined, review: asked }),
  refused: doubted({ is: 'refused', review: due }),
  'refused, reviewing': doubted({ is: 'refused', review: asked }),
  'absent, no session': { ...inSession({ is: 'absent' }), inSession: false },
  'offered, no session': { ...doubted({ is: 'offered', resumePoint: '', review: due }), inSession: false },
  'forbidden, no session': { ...doubted({ is: 'forbidden', resumePoint: '', review: due }), inSession: false },
};

type Event =
  | 'found'
  | 'found in another version'
  | 'missed'
  | 'found in a version that nobody knows'
  | 'unclear'
  | 'collection gone'
  | 'collection gone, watched'
  | 'collection there'
  | 'collection there in another version'
  | 'collection unclear'
  | 'tick'
  | 'allowed'
  | 'denied'
  | 'reviews refused'
  | 'review failed'
  | 'session'
  | 'session over'
  | 'refused'
  | 'demoted'
  | 'resync'
  | 'resync due'
  | 'said forbidden'
  | 'said not found'
  | 'found rewound'
  | 'rewound';
const events: Record<Event, FeedInput> = {
  found: { type: 'looked', found: { is: 'served', versions: ['v1', 'v2'] } },
  'found in another version': { type: 'looked', found: { is: 'served', versions: ['v2'] } },
  missed: { type: 'looked', found: { is: 'absent' } },
  'found in a version that nobody knows': { type: 'looked', found: FOREIGN },
  'collection gone': { type: 'answered', answer: { is: 'gone' }, isWatched: false, nowMs: NOW },
  'collection gone, watched': { type: 'answered', answer: { is: 'gone' }, isWatched: true, nowMs: NOW },
  'collection there': { type: 'answered', answer: { is: 'there', version: 'v1' }, isWatched: false, nowMs: NOW },
  'collection there in another version': {
    type: 'answered',
    answer: { is: 'there', version: 'v2' },
    isWatched: false,
    nowMs: NOW,
  },
  'collection unclear': { type: 'answered', answer: { is: 'unclear' }, isWatched: false, nowMs: NOW },
  unclear: { type: 'looked', found: { is: 'unknown' } },
  tick: { type: 'tick', nowMs: NOW },
  allowed: { type: 'reviewed', answer: 'allowed', nowMs: NOW },
  denied: { type: 'reviewed', answer: 'denied', nowMs: NOW },
  'reviews refused': { type: 'reviewed', answer: 'unsaid', nowMs: NOW },
  'review failed': { type: 'reviewFailed', nowMs: NOW },
  session: { type: 'session', resumePoint: '120' },
  'session over': { type: 'sessionOver' },
  refused: { type: 'refused', reason: 'REJECTED', nowMs: NOW },
  demoted: { type: 'demoted' },
  resync: { type: 'resync', nowMs: NOW },
  'resync due': { type: 'resyncDue', nowMs: NOW },
  'said forbidden': { type: 'saidForbidden' },
  'said not found': { type: 'saidNotFound' },
  'found rewound': { type: 'foundRewound', nowMs: NOW },
  rewound: { type: 'rewound', nowMs: NOW },
};

function told(command: FeedCommand): string {
  switch (command.type) {
    case 'start':
      return `start@${command.resumePoint}`;
    case 'tell':
      return `tell:${command.what}`;
    case 'report':
      return `report:${command.state}`;
    case 'ask':
      return `ask:${command.versions.join()}`;
    case 'tellAvailability':
      return `=${command.availability}`;
    case 'stop':
    case 'forget':
    case 'review':
    case 'waitToResync':
    case 'lookSoon':
    case 'offerChanged':
    case 'warnAll':
    case 'tellSetAside':
      return command.type;
  }
}

/** What is doubted anew: `absent?1 now` when discovery misses it, the collection was not found once, and is asked next; `sure`: nothing. */
function doubtIn({ doubt }: FeedState, before: FeedState): string {
  if (doubt === before.doubt) return '';
  if (doubt === undefined) return ' sure';
  const { found, misses, question } = doubt;
  const when =
    question.is === 'asked' ? 'asked' : question.atMs === 0 ? 'now' : `at ${String((question.atMs - NOW) / 1000)}`;
  return ` ${found.is}?${String(misses)} ${when}`;
}

/** Where the feed is: `@90` is its resume point, `at 5` when it is reviewed again, in seconds from now, `asked` that it is. */
function where({ place }: FeedState): string {
  const point = 'resumePoint' in place ? `@${place.resumePoint ?? 'watcher'}` : '';
  if (!('review' in place)) return `${place.is}${point}`;
  const { review } = place;
  if (review.is === 'asked') return `${place.is}${point} asked`;
  return `${place.is}${point} ${review.atMs === 0 ? 'now' : `at ${String((review.atMs - NOW) / 1000)}`}`;
}

const short = ({ state, commands }: FeedStep, before = state): string =>
  [`${where(state)}${doubtIn(state, before)}`, ...commands.map(told)].join(' ');

const gone = 'absent sure stop forget report:ABSENT =absent';
const lookSoon = { 'said not found': '- lookSoon' };
const rewindFound = { 'found rewound': '- warnAll' };
const wish = { resync: '- waitToResync' };
/** What every feed in a session does alike; `-` is "where it was". */
const always = { ...lookSoon, ...rewindFound, ...wish };
/** What discovery says against a feed that is known to be served is asked about, and never believed. */
const doubting = {
  'said not found': '- absent?1 asked lookSoon',
  missed: '- absent?1 asked',
  found: '- sure',
  'found in another version': '- served?0 now',
  'found in a version that nobody knows': '- unsupported?0 now',
  unclear: '- sure',
};
/** What its collection says is. */
const asking = {
  'collection gone': gone,
  'collection gone, watched': '- absent?0 at 300',
  'collection there': '- sure',
  'collection unclear': '- absent?0 at 5',
};
/** What every feed in a session does alike that is known to be served. */
const settled = { ...always, ...doubting, ...asking };
const nowhere = (text: string): Record<Event, string> =>
  Object.fromEntries(Object.keys(events).map((event) => [event, text])) as Record<Event, string>;
const tellResync = { 'resync due': '- tell:resync', rewound: '- tell:resync' };

/** Every place with every event; `-` is "the place is the same". Typed to be complete. */
const table: Record<Place, Record<Event, string>> = {
  unknown: {
    ...nowhere('-'),
    ...settled,
    found: 'offered@90 now sure =served',
    'found in another version': 'offered@ now sure offerChanged =served',
    'found in a version that nobody knows': 'unsupported@90 sure report:DEGRADED =unsupported',
    unclear: '- unknown?0 now',
    'collection there': 'offered@90 now sure lookSoon =served',
    'collection there in another version': 'offered@ now sure offerChanged =served',
    session: 'unknown@120 absent?1 now',
    'session over': 'unknown@ absent?1 now stop',
    'resync due': 'unknown@',
    rewound: 'unknown@',
  },
  absent: {
    ...nowhere('-'),
    ...always,
    found: 'offered@ now =served',
    'found in another version': 'offered@ now offerChanged =served',
    'found in a version that nobody knows': 'unsupported@ report:DEGRADED =unsupported',
    session: '- report:ABSENT',
    'session over': '- stop',
  },
  unsupported: {
    ...nowhere('-'),
    ...settled,
    found: 'offered@90 now sure =served',
    'found in another version': 'offered@ now sure offerChanged =served',
    'found in a version that nobody knows': '- sure',
    'collection there': 'offered@90 now sure lookSoon =served',
    'collection there in another version': 'offered@ now sure offerChanged =served',
    session: 'unsupported@120 absent?1 now report:DEGRADED',
    'session over': 'unsupported@ absent?1 now stop',
    'resync due': 'unsupported@',
    rewound: 'unsupported@',
  },
  offered: {
    ...nowhere('-'),
    ...settled,
    'collection there in another version': 'offered@ at 0 sure offerChanged',
    tick: 'offered@90 asked review',
    session: 'offered@120 now absent?1 now',
    'session over': 'offered@ now absent?1 now stop',
    'resync due': 'offered@ at 0',
    rewound: 'offered@ at 0',
  },
  reviewing: {
    ...nowhere('-'),
    ...settled,
    'collection there in another version': 'offered@ asked sure offerChanged',
    allowed: 'running start@90',
    denied: 'forbidden@90 at 60 report:FORBIDDEN =forbidden',
    'reviews refused': 'running start@90',
    'review failed': 'offered@90 at 5',
    session: 'offered@120 now absent?1 now',
    'session over': 'offered@ now absent?1 now stop',
    'resync due': 'offered@ asked',
    rewound: 'offered@ asked',
  },
  running: {
    ...nowhere('-'),
    ...settled,
    ...tellResync,
    'collection there in another version': 'offered@ now sure stop forget offerChanged',
    session: 'offered@120 now absent?1 now stop',
    'session over': 'offered@ now absent?1 now stop',
    refused: 'refused at 300 stop tellSetAside',
    demoted: '- tell:demoted',
    'said forbidden': 'barred now',
  },
  barred: {
    ...nowhere('-'),
    ...settled,
    ...tellResync,
    'collection there in another version': 'offered@ at 0 sure stop forget offerChanged',
    tick: 'barred asked review',
    session: 'offered@120 now absent?1 now stop',
    'session over': 'offered@ now absent?1 now stop',
    refused: 'refused at 300 stop tellSetAside',
    demoted: 'running tell:demoted',
  },
  'barred, reviewing': {
    ...nowhere('-'),
    ...settled,
    ...tellResync,
    'collection there in another version': 'offered@ asked sure stop forget offerChanged',
    allowed: 'running tell:allowed',
    denied: 'forbidden@watcher at 60 =forbidden',
    'reviews refused': 'forbidden@watcher at 60 =forbidden',
    'review failed': 'barred at 5',
    session: 'offered@120 now absent?1 now stop',
    'session over': 'offered@ now absent?1 now stop',
    refused: 'refused at 300 stop tellSetAside',
    demoted: 'running tell:demoted',
  },
  forbidden: {
    ...nowhere('-'),
    ...settled,
    'collection there in another version': 'forbidden@ at 0 sure offerChanged',
    tick: 'forbidden@90 asked review',
    session: 'forbidden@120 at 0 absent?1 now report:FORBIDDEN',
    'session over': 'forbidden@ at 0 absent?1 now stop',
    'resync due': 'forbidden@ at 0',
    rewound: 'forbidden@ at 0',
  },
  'forbidden, reviewing': {
    ...nowhere('-'),
    ...settled,
    'collection there in another version': 'forbidden@ asked sure offerChanged',
    allowed: 'running start@90 =served',
    denied: 'forbidden@90 at 60',
    'reviews refused': 'running start@90 =served',
    'review failed': 'forbidden@90 at 5',
    session: 'forbidden@120 now absent?1 now report:FORBIDDEN',
    'session over': 'forbidden@ now absent?1 now stop',
    'resync due': 'forbidden@ asked',
    rewound: 'forbidden@ asked',
  },
  'forbidden with a watcher': {
    ...nowhere('-'),
    ...settled,
    ...tellResync,
    'collection there in another version': 'forbidden@ asked sure stop forget offerChanged',
    allowed: 'running tell:allowed =served',
    denied: 'forbidden@watcher at 60',
    'reviews refused': 'running tell:allowed =served',
    'review failed': 'forbidden@watcher at 5',
    session: 'forbidden@120 now absent?1 now stop report:FORBIDDEN',
    'session over': 'forbidden@ now absent?1 now stop',
    refused: 'refused at 300 stop tellSetAside =served',
    demoted: 'running tell:demoted =served',
  },
  refused: {
    ...nowhere('-'),
    ...settled,
    'collection there in another version': '- sure offerChanged',
    tick: 'refused asked review',
    session: 'offered@120 now absent?1 now',
    'session over': 'refused now absent?1 now stop',
  },
  'refused, reviewing': {
    ...nowhere('-'),
    ...settled,
    'collection there in another version': '- sure offerChanged',
    allowed: 'running start@',
    denied: 'forbidden@ at 60 report:FORBIDDEN =forbidden',
    'reviews refused': 'running start@',
    'review failed': 'refused at 5',
    session: 'offered@120 now absent?1 now',
    'session over': 'refused now absent?1 now stop',
  },
  'absent, no session': {
    ...nowhere('-'),
    ...lookSoon,
    ...rewindFound,
    found: 'offered@ now =served',
    'found in another version': 'offered@ now offerChanged =served',
    'found in a version that nobody knows': 'unsupported@ =unsupported',
    session: '- report:ABSENT',
    'session over': '- stop',
  },
  'offered, no session': {
    ...nowhere('-'),
    ...rewindFound,
    ...doubting,
    ...asking,
    'collection gone': 'absent sure stop forget =absent',
    'collection there in another version': '- sure offerChanged',
    session: 'offered@120 now absent?1 now',
    'session over': 'offered@ now absent?1 now stop',
  },
  'forbidden, no session': {
    ...nowhere('-'),
    ...rewindFound,
    ...doubting,
    ...asking,
    'collection gone': 'absent sure stop forget =absent',
    'collection there in another version': '- sure offerChanged',
    session: 'forbidden@120 at 0 absent?1 now report:FORBIDDEN',
    'session over': '- absent?1 now stop',
  },
};

function walk(from: FeedState, ...inputs: FeedInput[]): FeedStep {
  let step: FeedStep = { state: from, commands: [] };
  for (const input of inputs) step = stepFeed(step.state, input);
  return step;
}

const PLACE_OF_REPORT = { ABSENT: 'absent', FORBIDDEN: 'forbidden', DEGRADED: 'unsupported' };

describe('feed machine', () => {
  for (const [place, row] of Object.entries(table)) {
    it(`does what its table says: ${place}`, () => {
      const from = places[place as Place];
      const actual = Object.fromEntries(
        Object.entries(events).map(([event, input]) => [event, short(stepFeed(from, input), from)]),
      );
      const expected = Object.entries(row).map(([event, text]) => [event, text.replace(/^-/, where(from))]);
      expect(actual).toEqual(Object.fromEntries(expected));
    });
  }

  const tickAt = (nowMs: number): FeedInput => ({ type: 'tick', nowMs });
  const running = inSession({ is: 'running' });

  it('asks the collection when discovery misses it, and believes only the second 404 in a row', () => {
    const { found, missed, tick } = events;
    expect(short(walk(running, missed), running)).toBe('running absent?0 now');
    expect(walk(running, missed, tick).commands).toEqual([{ type: 'ask', versions: ['v1', 'v2'] }]);
    const once = walk(running, missed, tick, events['collection gone']);
    expect(short(once, running)).toBe('running absent?1 now lookSoon');
    expect(short(walk(once.state, missed, tick, events['collection gone']))).toBe(gone.replace(' sure', ''));
    for (const doubt of [found, events.unclear]) {
      expect(short(walk(once.state, doubt, missed, tick, events['collection gone']), running)).toBe(
        'running absent?1 now lookSoon',
      );
    }
    expect(short(walk(once.state, missed, tick, events['collection unclear']), running)).toBe('running absent?0 at 5');
  });

  it('asks about a version only in that version, and takes another one when it is not found twice', () => {
    const { tick } = events;
    const other = events['found in another version'];
    expect(walk(running, other, tick).commands).toEqual([{ type: 'ask', versions: ['v1'] }]);
    const missing = [other, tick, events['collection gone']];
    const { state, commands } = walk(running, ...missing, ...missing);
    expect([where(state), state.version, ...commands.map(told)]).toEqual([
      'offered@ now',
      'v2',
      'stop',
      'forget',
      'offerChanged',
    ]);
    expect(short(walk(state, events.found))).toBe('offered@ now');
    // An open watch outweighs a 404 only where objects would be removed.
    const watched = [other, tick, events['collection gone, watched']];
    expect(walk(running, ...watched, ...watched).state.version).toBe('v2');
  });

  it('keeps what it cannot read for as long as any version answers, the unknown ones among them', () => {
    const { tick, missed } = events;
    const foreign = events['found in a version that nobody knows'];
    const missing = [foreign, tick, events['collection gone']];
    const kept = walk(running, ...missing, ...missing);
    expect(short(kept)).toBe('unsupported@ stop forget report:DEGRADED =unsupported');
    expect(walk(kept.state, missed, tick).commands).toEqual([{ type: 'ask', versions: ['v1', 'v2', 'v9'] }]);
    const answer = { type: 'answered', answer: { is: 'there', version: 'v9' }, isWatched: false, nowMs: NOW } as const;
    expect(where(walk(kept.state, missed, tick, answer).state)).toBe('unsupported@');
  });

  it('does not ask a collection for five minutes that answered, unless its watcher meets a 404', () => {
    const { tick, missed, found } = events;
    for (const vouched of ['collection there', 'collection gone, watched'] as const) {
      const { state } = walk(running, missed, tick, events[vouched], found, missed);
      const isAsked = (nowMs: number): boolean => walk(state, tickAt(nowMs)).commands.length > 0;
      expect([isAsked(NOW + 299_999), isAsked(NOW + 300_000)]).toEqual([false, true]);
      expect(walk(state, events['said not found'], tick).commands.map(told)).toEqual(['ask:v1,v2']);
      expect(walk(state, found, events['said not found'], missed, tick).commands.map(told)).toEqual(['ask:v1,v2']);
    }
  });

  it('asks a collection that gives no clear answer after 5 s, doubling to 10 minutes', () => {
    const delays: number[] = [];
    let { state } = walk(running, events.missed, events.tick);
    for (let turn = 0; turn < 9; turn += 1) {
      ({ state } = walk(state, events['collection unclear']));
      const question = state.doubt?.question;
      if (question?.is !== 'due') throw new Error('it is not asked again');
      delays.push((question.atMs - NOW) / 1000);
      ({ state } = walk(state, events.missed, tickAt(question.atMs)));
    }
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600]);
  });

  it('lets one that was never seen answer for itself where discovery says nothing, and removes nothing then', () => {
    const unknown = inSession({ is: 'unknown', resumePoint: '90' });
    const { unclear, tick } = events;
    expect(walk(unknown, unclear, tick).commands.map(told)).toEqual(['ask:v1,v2']);
    let { state } = walk(unknown);
    for (let turn = 0; turn < 5; turn += 1) {
      ({ state } = walk(state, unclear, tickAt(NOW + 3_600_000), events['collection gone']));
    }
    expect(where(state)).toBe('unknown@90');
    // Nobody hears discovery: 5, 10, 20, 40, 80 s were waited, and now it is 160.
    expect(walk(state, unclear, tickAt(NOW + 79_999)).commands).toEqual([]);
    expect(walk(state, unclear, tickAt(NOW + 80_000)).commands.map(told)).toEqual(['ask:v1,v2']);
  });

  it('goes on without another review in a session that begins within five minutes of one, unless a 403 was met', () => {
    const { allowed, session } = events;
    const { state } = walk(places.reviewing, allowed, events['session over'], session);
    const next = (nowMs: number): string[] => walk(state, tickAt(nowMs)).commands.map(told);
    expect([next(NOW + 299_999), next(NOW + 300_000)]).toEqual([
      ['ask:v1,v2', 'start@120'],
      ['ask:v1,v2', 'review'],
    ]);
    const barred = walk(places.reviewing, allowed, events['said forbidden'], events['session over'], session);
    expect(walk(barred.state, tickAt(NOW)).commands.map(told)).toEqual(['ask:v1,v2', 'review']);
  });

  it('asks for permission after 1, 2, 4, 8 and then every 10 minutes, and after one that was given anew from the start', () => {
    const delays: number[] = [];
    let state = places.reviewing;
    const deny = (): void => {
      ({ state } = walk(state, events.denied));
      if (state.place.is !== 'forbidden' || state.place.review.is !== 'due') throw new Error(where(state));
      delays.push((state.place.review.atMs - NOW) / 1000);
      ({ state } = walk(state, { type: 'tick', nowMs: state.place.review.atMs }));
    };
    for (let turn = 0; turn < 6; turn += 1) deny();
    ({ state } = walk(state, events.allowed, events['said forbidden'], events.tick));
    deny();
    expect(delays).toEqual([60, 120, 240, 480, 600, 600, 60]);
  });

  it('asks for a review at the first tick from its time on, and not twice', () => {
    expect(short(walk(places.refused, { type: 'tick', nowMs: NOW - 1 }))).toBe('refused at 0');
    expect(short(walk(places.refused, events.tick, events.tick))).toBe('refused asked');
  });

  it('snapshots for the platform at most once a minute', () => {
    const delay = (lateMs: number): unknown =>
      walk(places.running, events['resync due'], { type: 'resync', nowMs: NOW + lateMs }).commands;
    expect(walk(places.running, events.resync).commands).toEqual([{ type: 'waitToResync', delayMs: 0 }]);
    expect(delay(1_000)).toEqual([{ type: 'waitToResync', delayMs: 59_000 }]);
    expect(delay(60_000)).toEqual([{ type: 'waitToResync', delayMs: 0 }]);
  });

  it('takes part in one round of snapshots a minute after a rewound history, whoever finds it', () => {
    const f = (first: Event, second: 'rewound' | 'foundRewound', expected: string): void => {
      const again = (nowMs: number): string =>
        short(walk(places.running, events[first], { type: second, nowMs: NOW + nowMs }));
      expect([again(59_999), again(60_000)]).toEqual(['running', `running ${expected}`]);
    };
    f('rewound', 'rewound', 'tell:resync');
    f('rewound', 'foundRewound', 'warnAll');
    f('found rewound', 'rewound', 'tell:resync');
    f('found rewound', 'foundRewound', 'warnAll');
  });

  const input = fc.oneof(
    fc.constantFrom(...Object.values(events)),
    fc.constantFrom(...(['tick', 'denied', 'allowed', 'found'] as const).map((event) => events[event])),
    fc.constant<FeedInput>({ type: 'tick', nowMs: NOW + 3_600_000 }),
    fc.constant<FeedInput>({ type: 'session', resumePoint: '' }),
  );

  it('keeps its promises on random walks: one watcher, in a session, and no word that would harm it', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 120 }), (inputs) => {
        let state = unknownFeed(['v1', 'v2']);
        let isWatching = false;
        let availability = 'unknown';
        for (const next of inputs) {
          const before = state;
          const step = stepFeed(state, next);
          ({ state } = step);
          for (const command of step.commands) {
            if (command.type === 'stop') isWatching = false;
            if (command.type === 'start') {
              expect([isWatching, state.inSession, state.place.is]).toEqual([false, true, 'running']);
              isWatching = true;
            }
            if (command.type === 'tell') expect(isWatching).toBe(true);
            if (command.type === 'review' || command.type === 'ask') expect(before.inSession).toBe(true);
            if (command.type === 'report') {
              expect(state.inSession).toBe(true);
              // Said while a watcher snapshots it would void the snapshot.
              expect(isWatching).toBe(false);
              expect(state.place.is).toBe(PLACE_OF_REPORT[command.state]);
              // Nothing but its own collection makes a resource absent, or a session that has to be told of it again.
              if (command.state === 'ABSENT') expect(['answered', 'session']).toContain(next.type);
            }
            if (command.type === 'tellAvailability') {
              expect(command.availability).not.toBe(availability);
              ({ availability } = command);
            }
          }
          expect(availability).toBe(availabilityIn(state.place));
          if (state.place.is === 'running' || state.place.is === 'barred') expect(isWatching).toBe(true);
          else if (state.place.is !== 'forbidden') expect(isWatching).toBe(false);
          else expect(isWatching).toBe(state.place.resumePoint === undefined);
          if (!state.inSession) expect(isWatching).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is never stuck: from wherever a walk ends, served and allowed it runs', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 60 }), (inputs) => {
        const { state } = walk(unknownFeed(['v1', 'v2']), ...inputs);
        const opened = state.inSession ? state : walk(state, events.session).state;
        const much = { type: 'tick', nowMs: NOW + 86_400_000 } as const;
        const usable: FeedInput = { type: 'looked', found: { is: 'served', versions: [opened.version] } };
        expect(walk(opened, usable, much, events.allowed).state.place.is).toBe('running');
      }),
      { numRuns: 2000 },
    );
  });
});
