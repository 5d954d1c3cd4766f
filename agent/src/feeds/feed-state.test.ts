import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedCommand, FeedInput, FeedPlace, FeedState, FeedStep } from './feed-signals.ts';
import { availabilityIn, stepFeed, unknownFeed } from './feed-state.ts';

const NOW = 1_000_000;
const due = { is: 'due', atMs: NOW } as const;
const asked = { is: 'asked' } as const;
const inSession = (place: FeedPlace, more: Partial<FeedState> = {}): FeedState => ({
  ...unknownFeed('v1'),
  inSession: true,
  place,
  ...more,
});
/** Discovery has missed it once. */
const doubted = (place: FeedPlace): FeedState => inSession(place, { misses: 1 });

type Place =
  | 'unknown'
  | 'absent'
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
  | 'unclear'
  | 'tick'
  | 'allowed'
  | 'denied'
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
  found: { type: 'looked', found: { is: 'served', version: 'v1' } },
  'found in another version': { type: 'looked', found: { is: 'served', version: 'v2' } },
  missed: { type: 'looked', found: { is: 'absent' } },
  unclear: { type: 'looked', found: { is: 'unknown' } },
  tick: { type: 'tick', nowMs: NOW },
  allowed: { type: 'reviewed', mayRead: true, nowMs: NOW },
  denied: { type: 'reviewed', mayRead: false, nowMs: NOW },
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

/** Where the feed is: `@90` is its resume point, `at 5` when it is reviewed again, in seconds from now, `asked` that it is. */
function where({ place }: FeedState): string {
  const point = 'resumePoint' in place ? `@${place.resumePoint ?? 'watcher'}` : '';
  if (!('review' in place)) return `${place.is}${point}`;
  const { review } = place;
  if (review.is === 'asked') return `${place.is}${point} asked`;
  return `${place.is}${point} ${review.atMs === 0 ? 'now' : `at ${String((review.atMs - NOW) / 1000)}`}`;
}

const short = ({ state, commands }: FeedStep): string => [where(state), ...commands.map(told)].join(' ');

const gone = 'absent stop forget report:ABSENT =absent';
const lookSoon = { 'said not found': '- lookSoon' };
const rewindFound = { 'found rewound': '- warnAll' };
const wish = { resync: '- waitToResync' };
/** What every feed in a session does alike; `-` is "where it was". */
const always = { ...lookSoon, ...rewindFound, ...wish };
const nowhere = (text: string): Record<Event, string> =>
  Object.fromEntries(Object.keys(events).map((event) => [event, text])) as Record<Event, string>;
const tellResync = { 'resync due': '- tell:resync', rewound: '- tell:resync' };

/** Every place with every event; `-` is "the place is the same". Typed to be complete. */
const table: Record<Place, Record<Event, string>> = {
  unknown: {
    ...nowhere('-'),
    ...always,
    found: 'offered@90 now =served',
    'found in another version': 'offered@ now offerChanged =served',
    missed: gone,
    session: 'unknown@120',
    'session over': 'unknown@ stop',
    'resync due': 'unknown@',
    rewound: 'unknown@',
  },
  absent: {
    ...nowhere('-'),
    ...always,
    found: 'offered@ now =served',
    'found in another version': 'offered@ now offerChanged =served',
    session: '- report:ABSENT',
    'session over': '- stop',
  },
  offered: {
    ...nowhere('-'),
    ...always,
    'found in another version': 'offered@ at 0 offerChanged',
    missed: gone,
    tick: 'offered@90 asked review',
    session: 'offered@120 now',
    'session over': 'offered@ now stop',
    'resync due': 'offered@ at 0',
    rewound: 'offered@ at 0',
  },
  reviewing: {
    ...nowhere('-'),
    ...always,
    'found in another version': 'offered@ asked offerChanged',
    missed: gone,
    allowed: 'running start@90',
    denied: 'forbidden@90 at 60 report:FORBIDDEN =forbidden',
    'review failed': 'offered@90 at 5',
    session: 'offered@120 now',
    'session over': 'offered@ now stop',
    'resync due': 'offered@ asked',
    rewound: 'offered@ asked',
  },
  running: {
    ...nowhere('-'),
    ...always,
    ...tellResync,
    'found in another version': 'offered@ now stop forget offerChanged',
    missed: gone,
    session: 'offered@120 now stop',
    'session over': 'offered@ now stop',
    refused: 'refused at 300 stop tellSetAside',
    demoted: '- tell:demoted',
    'said forbidden': 'barred now',
  },
  barred: {
    ...nowhere('-'),
    ...always,
    ...tellResync,
    'found in another version': 'offered@ at 0 stop forget offerChanged',
    missed: gone,
    tick: 'barred asked review',
    session: 'offered@120 now stop',
    'session over': 'offered@ now stop',
    refused: 'refused at 300 stop tellSetAside',
    demoted: 'running tell:demoted',
  },
  'barred, reviewing': {
    ...nowhere('-'),
    ...always,
    ...tellResync,
    'found in another version': 'offered@ asked stop forget offerChanged',
    missed: gone,
    allowed: 'running tell:allowed',
    denied: 'forbidden@watcher at 60 =forbidden',
    'review failed': 'barred at 5',
    session: 'offered@120 now stop',
    'session over': 'offered@ now stop',
    refused: 'refused at 300 stop tellSetAside',
    demoted: 'running tell:demoted',
  },
  forbidden: {
    ...nowhere('-'),
    ...always,
    'found in another version': 'forbidden@ at 0 offerChanged',
    missed: gone,
    tick: 'forbidden@90 asked review',
    session: 'forbidden@120 now report:FORBIDDEN',
    'session over': 'forbidden@ now stop',
    'resync due': 'forbidden@ at 0',
    rewound: 'forbidden@ at 0',
  },
  'forbidden, reviewing': {
    ...nowhere('-'),
    ...always,
    'found in another version': 'forbidden@ asked offerChanged',
    missed: gone,
    allowed: 'running start@90 =served',
    denied: 'forbidden@90 at 60',
    'review failed': 'forbidden@90 at 5',
    session: 'forbidden@120 now report:FORBIDDEN',
    'session over': 'forbidden@ now stop',
    'resync due': 'forbidden@ asked',
    rewound: 'forbidden@ asked',
  },
  'forbidden with a watcher': {
    ...nowhere('-'),
    ...always,
    ...tellResync,
    'found in another version': 'forbidden@ asked stop forget offerChanged',
    missed: gone,
    allowed: 'running tell:allowed =served',
    denied: 'forbidden@watcher at 60',
    'review failed': 'forbidden@watcher at 5',
    session: 'forbidden@120 now stop report:FORBIDDEN',
    'session over': 'forbidden@ now stop',
    refused: 'refused at 300 stop tellSetAside =served',
    demoted: 'running tell:demoted =served',
  },
  refused: {
    ...nowhere('-'),
    ...always,
    'found in another version': '- offerChanged',
    missed: gone,
    tick: 'refused asked review',
    session: 'offered@120 now',
    'session over': 'refused now stop',
  },
  'refused, reviewing': {
    ...nowhere('-'),
    ...always,
    'found in another version': '- offerChanged',
    missed: gone,
    allowed: 'running start@',
    denied: 'forbidden@ at 60 report:FORBIDDEN =forbidden',
    'review failed': 'refused at 5',
    session: 'offered@120 now',
    'session over': 'refused now stop',
  },
  'absent, no session': {
    ...nowhere('-'),
    ...lookSoon,
    ...rewindFound,
    found: 'offered@ now =served',
    'found in another version': 'offered@ now offerChanged =served',
    session: '- report:ABSENT',
    'session over': '- stop',
  },
  'offered, no session': {
    ...nowhere('-'),
    ...lookSoon,
    ...rewindFound,
    'found in another version': '- offerChanged',
    missed: 'absent stop forget =absent',
    session: 'offered@120 now',
    'session over': 'offered@ now stop',
  },
  'forbidden, no session': {
    ...nowhere('-'),
    ...lookSoon,
    ...rewindFound,
    'found in another version': '- offerChanged',
    missed: 'absent stop forget =absent',
    session: 'forbidden@120 now report:FORBIDDEN',
    'session over': 'forbidden@ now stop',
  },
};

function walk(from: FeedState, ...inputs: FeedInput[]): FeedStep {
  let step: FeedStep = { state: from, commands: [] };
  for (const input of inputs) step = stepFeed(step.state, input);
  return step;
}

describe('feed machine', () => {
  for (const [place, row] of Object.entries(table)) {
    it(`does what its table says: ${place}`, () => {
      const from = places[place as Place];
      const actual = Object.fromEntries(
        Object.entries(events).map(([event, input]) => [event, short(stepFeed(from, input))]),
      );
      const expected = Object.entries(row).map(([event, text]) => [event, text.replace(/^-/, where(from))]);
      expect(actual).toEqual(Object.fromEntries(expected));
    });
  }

  it('believes that a resource is gone from the second look in a row on that misses it', () => {
    const { found, missed, unclear } = events;
    const running = inSession({ is: 'running' });
    expect(short(walk(running, missed))).toBe('running lookSoon');
    expect(short(walk(running, missed, found, missed))).toBe('running lookSoon');
    // A look that says nothing of it neither adds to the doubt nor ends it.
    expect(short(walk(running, missed, unclear, missed))).toBe(gone);
  });

  it('keeps the version that it was last seen in, and what that began with is of no use to another', () => {
    const { state } = walk(places.running, events['found in another version']);
    expect([state.version, state.misses]).toEqual(['v2', 0]);
    expect(short(walk(state, events['found in another version']))).toBe('offered@ now');
    expect(short(walk(state, events.found))).toBe('offered@ now offerChanged');
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
        let state = unknownFeed('v1');
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
            if (command.type === 'review') expect(before.inSession).toBe(true);
            if (command.type === 'report') {
              expect(state.inSession).toBe(true);
              // Said while a watcher snapshots it would void the snapshot.
              expect(isWatching).toBe(false);
              expect(state.place.is).toBe(command.state === 'ABSENT' ? 'absent' : 'forbidden');
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
        const { state } = walk(unknownFeed('v1'), ...inputs);
        const opened = state.inSession ? state : walk(state, events.session).state;
        const much = { type: 'tick', nowMs: NOW + 86_400_000 } as const;
        expect(walk(opened, events.found, much, events.allowed).state.place.is).toBe('running');
      }),
      { numRuns: 2000 },
    );
  });
});
