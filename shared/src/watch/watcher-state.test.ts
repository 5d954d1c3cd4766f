import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedTraits, WatcherCommand, WatcherInput, WatcherState, WatcherStep } from './watcher-signals.ts';
import { STOPPED, stepWatcher } from './watcher-state.ts';

const traits: FeedTraits = { mode: 'watch', hasBookmarks: true };
const polled: FeedTraits = { mode: 'poll', hasBookmarks: false };
const open = { is: 'open', silentEnds: 0, failures: 0, hasSpoken: true } as const;
const listing = (more: object = {}): WatcherState => ({
  phase: 'listing',
  list: { is: 'reading', token: 't2', isPreviousOut: false, failures: 0 },
  listVersion: '100',
  position: '100',
  isRenewed: false,
  watch: open,
  ...more,
});

const states = {
  stopped: STOPPED,
  queued: { phase: 'queued' },
  pausing: { phase: 'pausing' },
  firstPage: {
    phase: 'listing',
    list: { is: 'reading', token: '', isPreviousOut: false, failures: 0 },
    listVersion: undefined,
    position: '',
    isRenewed: false,
    watch: { is: 'off' },
  },
  laterPage: listing(),
  pageFailed: listing({ list: { is: 'pausing', token: 't2', isPreviousOut: false, failures: 0 } }),
  pageHeld: listing({
    list: {
      is: 'held',
      version: '100',
      newest: '90',
      token: 't3',
      goesOn: false,
      failures: 0,
      isPreviousOut: true,
      isTimed: false,
    },
  }),
  pageAhead: listing({
    list: {
      is: 'held',
      version: '130',
      newest: '120',
      token: 't3',
      goesOn: false,
      failures: 0,
      isPreviousOut: false,
      isTimed: true,
    },
    isRenewed: true,
  }),
  sliceHeld: listing({
    list: {
      is: 'held',
      version: '100',
      newest: '90',
      token: 't2',
      goesOn: true,
      failures: 3,
      isPreviousOut: true,
      isTimed: false,
    },
  }),
  watchLost: listing({ watch: { is: 'lost', reason: 'KUBE_EXPIRED' } }),
  live: { phase: 'live', position: '100', watch: open },
  watchPausing: {
    phase: 'live',
    position: '100',
    watch: { is: 'pausing', silentEnds: 0, failures: 1, probeFirst: false },
  },
  probing: { phase: 'live', position: '100', watch: { is: 'probing', silentEnds: 0, failures: 0 } },
  forbidden: { phase: 'forbidden', position: '100' },
} as const satisfies Record<string, WatcherState>;

const inputs: Record<WatcherInput['type'], WatcherInput> = {
  start: { type: 'start', resumePoint: '90' },
  stop: { type: 'stop' },
  turn: { type: 'turn' },
  sliceRead: { type: 'sliceRead', version: '100', newest: '90' },
  pageRead: { type: 'pageRead', version: '100', newest: '90', token: '' },
  pageReceived: { type: 'pageReceived' },
  listFailed: { type: 'listFailed', code: 'KUBE_THROTTLED', retryAfterMs: 7, renewedToken: '' },
  moved: { type: 'moved', position: '101' },
  watchEnded: { type: 'watchEnded', isBrief: false },
  watchFailed: { type: 'watchFailed', code: 'KUBE_EXPIRED', retryAfterMs: 0 },
  probed: { type: 'probed', newest: '100' },
  probeFailed: { type: 'probeFailed', code: 'KUBE_THROTTLED', retryAfterMs: 0 },
  listTimer: { type: 'listTimer' },
  watchTimer: { type: 'watchTimer' },
  holdTimer: { type: 'holdTimer' },
  settled: { type: 'settled', retryAfterMs: 7 },
  demoted: { type: 'demoted' },
  resync: { type: 'resync' },
  allowed: { type: 'allowed' },
};

function short(step: WatcherStep): string {
  const { state } = step;
  const where =
    state.phase === 'listing'
      ? `listing(${state.list.is},${state.watch.is})`
      : state.phase === 'live'
        ? `live(${state.watch.is})`
        : state.phase;
  return [where, ...step.commands.map((command) => command.type)].join(' ');
}

const ALL = Object.keys(inputs) as WatcherInput['type'][];
const ignored = (...types: WatcherInput['type'][]): Partial<Record<WatcherInput['type'], string>> =>
  Object.fromEntries(types.map((type) => [type, '-']));
const stop = { stop: 'stopped halt' };
const again = 'queued halt restarted queue';
const abortAgain = 'queued halt abort restarted queue';
const abortLater = 'pausing halt abort restarted wait';

/** Every state with every input; `-` is "nothing changes, nothing is done". Typed and checked to be complete. */
const table: Record<keyof typeof states, Record<WatcherInput['type'], string>> = {
  stopped: { ...all('-'), start: 'live(probing) startFeed probe' },
  queued: { ...all('-'), ...stop, turn: 'listing(reading,off) readPage', demoted: again },
  pausing: { ...all('-'), ...stop, settled: 'pausing wait', listTimer: 'queued queue', demoted: again, resync: again },
  firstPage: {
    ...all('-'),
    ...stop,
    demoted: again,
    sliceRead: 'listing(reading,open) startFeed begin deliverPage readOn openWatch',
    pageRead: 'live(open) startFeed begin deliverPage end report leaveQueue openWatch',
    listFailed: 'pausing report halt restarted wait',
    moved: '-',
  },
  laterPage: {
    ...all('-'),
    ...stop,
    demoted: abortAgain,
    resync: abortAgain,
    sliceRead: 'listing(reading,open) deliverPage readOn',
    pageRead: 'live(open) deliverPage end report leaveQueue',
    listFailed: 'listing(pausing,open) report restarted wait',
    moved: 'listing(reading,open)',
    watchEnded: 'listing(reading,pausing) restarted wait',
    watchFailed: 'listing(reading,lost) endWatch restarted',
  },
  pageFailed: {
    ...all('-'),
    ...stop,
    demoted: abortAgain,
    resync: abortAgain,
    listTimer: 'listing(reading,open) readPage',
    moved: 'listing(pausing,open)',
    watchEnded: 'listing(pausing,pausing) restarted wait',
    watchFailed: 'listing(pausing,lost) endWatch restarted',
  },
  pageHeld: {
    ...all('-'),
    ...stop,
    demoted: abortAgain,
    resync: abortAgain,
    pageReceived: 'listing(reading,open) deliverPage readPage',
    moved: 'listing(held,open)',
    watchEnded: 'listing(held,pausing) restarted wait',
    watchFailed: 'listing(held,lost) endWatch restarted',
  },
  pageAhead: {
    ...all('-'),
    ...stop,
    demoted: abortAgain,
    resync: abortAgain,
    moved: 'listing(held,open)',
    watchEnded: 'listing(held,pausing) restarted wait',
    watchFailed: 'listing(reading,lost) endWatch restarted deliverPage readPage',
    holdTimer: 'listing(reading,lost) report endWatch restarted deliverPage readPage',
  },
  sliceHeld: {
    ...all('-'),
    ...stop,
    demoted: abortAgain,
    resync: abortAgain,
    pageReceived: 'listing(reading,open) deliverPage readOn',
    moved: 'listing(held,open)',
    watchEnded: 'listing(held,pausing) restarted wait',
    watchFailed: 'listing(held,lost) endWatch restarted',
  },
  watchLost: {
    ...all('-'),
    ...stop,
    demoted: abortAgain,
    resync: abortAgain,
    sliceRead: 'listing(reading,lost) deliverPage readOn',
    pageRead: 'pausing deliverPage end report leaveQueue settle',
    listFailed: 'listing(pausing,lost) report restarted wait',
  },
  live: {
    ...all('-'),
    ...stop,
    demoted: again,
    resync: again,
    moved: 'live(open)',
    watchEnded: 'live(pausing) restarted wait',
    watchFailed: 'pausing halt restarted settle',
  },
  watchPausing: { ...all('-'), ...stop, demoted: again, resync: again, watchTimer: 'live(open) openWatch' },
  probing: {
    ...all('-'),
    ...stop,
    demoted: again,
    resync: again,
    probed: 'live(open) report openWatch',
    probeFailed: 'live(pausing) restarted wait',
  },
  forbidden: { ...all('-'), ...stop, demoted: again, allowed: 'live(probing) probe' },
};
function all(text: string): Record<WatcherInput['type'], string> {
  return { ...ignored(...ALL), ...Object.fromEntries(ALL.map((type) => [type, text])) } as Record<
    WatcherInput['type'],
    string
  >;
}

function walk(from: WatcherState, ...steps: WatcherInput[]): WatcherStep {
  let step: WatcherStep = { state: from, commands: [] };
  for (const input of steps) step = stepWatcher(traits, step.state, input);
  return step;
}
const watchFailed = (code: Extract<WatcherInput, { type: 'watchFailed' }>['code'], retryAfterMs = 0): WatcherInput => ({
  type: 'watchFailed',
  code,
  retryAfterMs,
});
const commandsOf = (step: WatcherStep, type: WatcherCommand['type']): WatcherCommand[] =>
  step.commands.filter((command) => command.type === type);

const isWatching = (state: WatcherState): boolean => 'watch' in state && state.watch.is === 'open';

/** A page that is held waits for a receipt, or for a watch that there is and no longer than the deadline. */
function expectAWayOut(
  state: WatcherState,
  { isPreviousOut, isTimed }: { isPreviousOut: boolean; isTimed: boolean },
): void {
  if (isPreviousOut) return;
  expect(isTimed).toBe(true);
  expect('watch' in state && state.watch.is).not.toBe('off');
  const { state: next } = stepWatcher(traits, state, { type: 'holdTimer' });
  expect(next.phase === 'listing' && next.list.is === 'held').toBe(false);
}

describe('watcher machine', () => {
  it('answers every input in every state as the table says', () => {
    for (const [name, row] of Object.entries(table)) {
      const state: WatcherState = states[name as keyof typeof states];
      for (const [type, expected] of Object.entries(row)) {
        const step = stepWatcher(traits, state, inputs[type as WatcherInput['type']]);
        const unchanged = short({ state, commands: [] });
        expect([name, type, short(step)]).toEqual([name, type, expected === '-' ? unchanged : expected]);
      }
    }
  });

  it('starts with a snapshot when there is no resume point, and never resumes a polled feed', () => {
    expect(short(stepWatcher(traits, STOPPED, { type: 'start', resumePoint: '' }))).toBe('queued queue');
    expect(short(stepWatcher(polled, STOPPED, { type: 'start', resumePoint: '90' }))).toBe('queued queue');
  });

  it('runs a watch beside a list of several pages, from the version of its first page', () => {
    const step = stepWatcher(traits, states.firstPage, { type: 'pageRead', version: '100', newest: '90', token: 't2' });
    expect(step.commands).toEqual([
      { type: 'startFeed', position: '100', isResumed: false },
      { type: 'begin' },
      { type: 'deliverPage' },
      { type: 'readPage', token: 't2' },
      { type: 'openWatch', position: '100' },
    ]);
  });

  it('reads one page ahead and hands it over only when the one before was received', () => {
    const first = walk(states.firstPage, { type: 'pageRead', version: '100', newest: '90', token: 't2' });
    const second = stepWatcher(traits, first.state, { type: 'pageRead', version: '100', newest: '90', token: 't3' });
    expect(second.commands).toEqual([]);
    const third = stepWatcher(traits, second.state, { type: 'pageReceived' });
    expect(third.commands).toEqual([{ type: 'deliverPage' }, { type: 'readPage', token: 't3' }]);
  });

  const expired: WatcherInput = { type: 'listFailed', code: 'KUBE_EXPIRED', retryAfterMs: 0, renewedToken: 'r' };
  const renewedPage: WatcherInput = { type: 'pageRead', version: '130', newest: '120', token: 'r2' };

  it('renews an expired continue token while a watch runs, and holds the page until the watch has brought what changed on it (C29)', () => {
    const renewed = walk(states.laterPage, expired);
    expect(commandsOf(renewed, 'readPage')).toEqual([{ type: 'readPage', token: 'r' }]);
    const ahead = stepWatcher(traits, renewed.state, renewedPage);
    expect(short(ahead)).toBe('listing(held,open) limitHold');
    const behind = stepWatcher(traits, ahead.state, { type: 'moved', position: '119' });
    expect(short(behind)).toBe('listing(held,open)');
    const reached = stepWatcher(traits, behind.state, { type: 'moved', position: '120' });
    expect(short(reached)).toBe('listing(reading,open) deliverPage readPage');
  });

  it('holds later pages of the newer version as well, and ends with the last', () => {
    const { state } = walk(states.laterPage, expired, renewedPage, { type: 'moved', position: '120' });
    const last = walk(state, { type: 'pageReceived' }, { type: 'pageRead', version: '130', newest: '125', token: '' });
    expect(short(last)).toBe('listing(held,open) limitHold');
    const reached = stepWatcher(traits, last.state, { type: 'moved', position: '126' });
    expect(short(reached)).toBe('live(open) deliverPage end report leaveQueue');
  });

  it('watches from the version of a list of one page that has a newer object, and hands it over when that was seen', () => {
    const page: WatcherInput = { type: 'pageRead', version: '100', newest: '101', token: '' };
    const held = stepWatcher(traits, states.firstPage, page);
    expect(short(held)).toBe('listing(held,open) startFeed begin limitHold openWatch');
    expect(commandsOf(held, 'openWatch')).toEqual([{ type: 'openWatch', position: '100' }]);
    const seen = stepWatcher(traits, held.state, { type: 'moved', position: '101' });
    expect(short(seen)).toBe('live(open) deliverPage end report leaveQueue');
  });

  it('hands a page of the version of its list over all the same when the watch never brings its newest object', () => {
    for (const [token, expected] of [
      ['', 'live(open) deliverPage end report leaveQueue'],
      ['t2', 'listing(reading,open) deliverPage readPage'],
    ] as const) {
      const held = walk(states.firstPage, { type: 'pageRead', version: '100', newest: '101', token });
      expect(short(stepWatcher(traits, held.state, { type: 'holdTimer' }))).toBe(expected);
    }
  });

  it('reads a page again from its beginning when it breaks off behind slices, and counts that as no progress', () => {
    const handedOver = stepWatcher(traits, states.sliceHeld, { type: 'pageReceived' });
    const failed = stepWatcher(traits, handedOver.state, inputs.listFailed);
    expect(failed.state).toMatchObject({ list: { is: 'pausing', token: 't2', failures: 4, isPreviousOut: true } });
    expect(commandsOf(stepWatcher(traits, failed.state, { type: 'listTimer' }), 'readPage')).toEqual([
      { type: 'readPage', token: 't2' },
    ]);
  });

  it('begins anew when the first page breaks off behind slices, for another one would be of another version', () => {
    for (const one of [traits, polled]) {
      const { state } = stepWatcher(one, states.firstPage, inputs.sliceRead);
      expect(short(stepWatcher(one, state, inputs.listFailed))).toBe('pausing report halt abort restarted wait');
    }
  });

  it('takes a polled list as it is, whatever versions its objects have', () => {
    const page: WatcherInput = { type: 'pageRead', version: '100', newest: '101', token: '' };
    expect(stepWatcher(polled, states.firstPage, page).state.phase).toBe('pausing');
    const { state } = stepWatcher(polled, states.firstPage, { type: 'sliceRead', version: '', newest: '' });
    const received = stepWatcher(polled, state, { type: 'pageReceived' });
    expect(stepWatcher(polled, received.state, page).state.phase).toBe('pausing');
  });

  it('goes on with a polled list whose token expired, as it is listed again anyway, and begins anew without a renewed one', () => {
    const first: WatcherInput = { type: 'pageRead', version: '100', newest: '100', token: 't' };
    const { state } = stepWatcher(polled, states.firstPage, first);
    const lost = (renewedToken: string): WatcherInput =>
      ({ type: 'listFailed', code: 'KUBE_EXPIRED', retryAfterMs: 0, renewedToken }) as const;
    expect(stepWatcher(polled, state, lost('r')).commands).toEqual([
      { type: 'restarted', reason: 'KUBE_EXPIRED' },
      { type: 'readPage', token: 'r' },
    ]);
    expect(short(stepWatcher(polled, state, lost('')))).toBe('pausing halt abort restarted wait');
  });

  it('does not wait for a bookmark when nothing on the newer page has changed', () => {
    const page: WatcherInput = { type: 'pageRead', version: '130', newest: '100', token: '' };
    for (const one of [traits, { ...traits, hasBookmarks: false }]) {
      const { state } = stepWatcher(one, states.laterPage, expired);
      expect(short(stepWatcher(one, state, page))).toBe('live(open) deliverPage end report leaveQueue');
    }
  });

  it('gives the watch up when a renewed page is at a version that cannot be compared with where it is', () => {
    const step = walk(states.laterPage, { type: 'pageRead', version: 'v2:abc', newest: '', token: '' });
    expect(short(step)).toBe('pausing endWatch restarted deliverPage end report leaveQueue settle');
  });

  it('starts the list over when the token expired and nothing watches beside it (C28)', () => {
    const alone = listing({ watch: { is: 'off' } });
    expect(short(walk(alone, expired))).toBe(abortLater);
    expect(short(walk(states.laterPage, { ...expired, renewedToken: '' }))).toBe(abortLater);
  });

  it('lets a list whose watch is lost go on to its end, and lists again when that is with whoever takes the objects', () => {
    const page = (token: string): WatcherInput => ({ type: 'pageRead', version: '100', newest: '90', token });
    const going = walk(states.laterPage, watchFailed('KUBE_EXPIRED'), page('t3'), { type: 'pageReceived' });
    expect(short(going)).toBe('listing(reading,lost)');
    const ended = stepWatcher(traits, going.state, page(''));
    expect(short(ended)).toBe('pausing deliverPage end report leaveQueue settle');
    expect(commandsOf(ended, 'report')).toEqual([
      {
        type: 'report',
        state: 'DEGRADED',
        reason:
          'KUBE_EXPIRED: the list took longer than the API server remembers changes; it was told to its end and is listed again',
      },
    ]);
    const settled = stepWatcher(traits, ended.state, { type: 'settled', retryAfterMs: 0 });
    expect(commandsOf(settled, 'wait')).toEqual([{ type: 'wait', activity: 'list', pace: 'backoff', retryAfterMs: 0 }]);
    expect(short(stepWatcher(traits, settled.state, { type: 'listTimer' }))).toBe('queued queue');
  });

  it('loses the watch beside a list to whatever loses its position, and to nothing else (C2, C9)', () => {
    const beside = (watch: object, ...steps: WatcherInput[]): string => short(walk(listing({ watch }), ...steps));
    const silent = { is: 'open', silentEnds: 2, failures: 0, hasSpoken: false };
    expect(beside(silent, { type: 'watchEnded', isBrief: true })).toBe('listing(reading,lost) endWatch restarted');
    for (const code of ['KUBE_SERVER_ERROR', 'KUBE_STREAM_BROKEN', 'KUBE_FRAME_TOO_LARGE'] as const) {
      expect(beside({ ...open, failures: 4 }, watchFailed(code))).toBe('listing(reading,lost) endWatch restarted');
      expect(beside({ ...open, failures: 3 }, watchFailed(code))).toBe('listing(reading,pausing) restarted wait');
    }
    expect(beside({ ...open, failures: 9 }, watchFailed('KUBE_UNREACHABLE'))).toBe(
      'listing(reading,pausing) restarted wait',
    );
  });

  it('throws a list away of a history that was rewound, also beside a watch', () => {
    const probing = listing({ watch: { is: 'probing', silentEnds: 0, failures: 0 } });
    expect(short(walk(probing, { type: 'probed', newest: '99' }))).toBe(abortLater);
  });

  it('goes on at a newer version without a watch, because the feed is listed again, and waits for nothing there', () => {
    const renewed = walk(states.watchLost, expired);
    expect(short(renewed)).toBe('listing(reading,lost) restarted readPage');
    const page = stepWatcher(traits, renewed.state, renewedPage);
    expect(short(page)).toBe('listing(reading,lost) deliverPage readPage');
    const held = walk(states.laterPage, expired, renewedPage);
    expect(short(stepWatcher(traits, held.state, watchFailed('KUBE_EXPIRED')))).toBe(
      'listing(reading,lost) endWatch restarted deliverPage readPage',
    );
    expect(short(walk(states.watchLost, { ...expired, renewedToken: '' }))).toBe(abortLater);
  });

  it('gives a watch up that does not get to a page of a newer version in time, and nothing of it comes after that page', () => {
    const last: WatcherInput = { type: 'pageRead', version: '130', newest: '120', token: '' };
    const step = walk(states.laterPage, expired, last, { type: 'holdTimer' });
    expect(short(step)).toBe('pausing report endWatch restarted deliverPage end report leaveQueue settle');
    expect(commandsOf(step, 'report')).toMatchObject([{ reason: 'KUBE_WATCHDOG' }, { reason: 'KUBE_WATCHDOG' }]);
  });

  it('keeps to what the server asked for when it waits for the end of the snapshot before', () => {
    const step = walk(states.live, watchFailed('KUBE_EXPIRED', 9));
    expect(commandsOf(step, 'settle')).toEqual([{ type: 'settle', retryAfterMs: 9 }]);
    const settled = stepWatcher(traits, step.state, { type: 'settled', retryAfterMs: 9 });
    expect(commandsOf(settled, 'wait')).toEqual([{ type: 'wait', activity: 'list', pace: 'backoff', retryAfterMs: 9 }]);
  });

  it('snapshots again after both forms of 410, and keeps the position after 429 and refused connections', () => {
    expect(short(walk(states.live, watchFailed('KUBE_EXPIRED')))).toBe('pausing halt restarted settle');
    for (const code of ['KUBE_THROTTLED', 'KUBE_UNREACHABLE', 'KUBE_UNAUTHORIZED'] as const) {
      const step = walk(states.live, watchFailed(code, 9));
      expect(step.state).toMatchObject({ phase: 'live', position: '100' });
      expect(commandsOf(step, 'wait')).toEqual([{ type: 'wait', activity: 'watch', pace: 'backoff', retryAfterMs: 9 }]);
    }
  });

  it('never snapshots because of 429, however often it comes (no-relist-on-429)', () => {
    let { state } = walk(states.live);
    for (let i = 0; i < 50; i += 1) {
      ({ state } = stepWatcher(traits, state, watchFailed('KUBE_THROTTLED')));
      expect(state).toMatchObject({ phase: 'live', position: '100' });
      ({ state } = stepWatcher(traits, state, { type: 'watchTimer' }));
    }
  });

  it('gives up a position after five broken streams in a row, and a word in between resets the count', () => {
    const broken = watchFailed('KUBE_STREAM_BROKEN');
    const again_: WatcherInput = { type: 'watchTimer' };
    const spoken: WatcherInput = { type: 'moved', position: '101' };
    const four = [broken, again_, broken, again_, broken, again_, broken, again_];
    expect(walk(states.live, ...four, broken).state.phase).toBe('pausing');
    expect(walk(states.live, ...four, spoken, broken).state.phase).toBe('live');
  });

  it('asks for the newest version before it watches again after silence, and snapshots when history was rewound (C10, C11)', () => {
    const paused = walk(states.live, watchFailed('KUBE_WATCHDOG'), { type: 'watchTimer' });
    expect(commandsOf(paused, 'probe')).toHaveLength(1);
    expect(short(stepWatcher(traits, paused.state, { type: 'probed', newest: '99' }))).toBe(
      'pausing halt restarted wait',
    );
    expect(short(stepWatcher(traits, paused.state, { type: 'probed', newest: '100' }))).toBe(
      'live(open) report openWatch',
    );
    expect(short(stepWatcher(traits, paused.state, { type: 'probed', newest: 'opaque' }))).toBe(
      'live(open) report openWatch',
    );
  });

  it('asks again for the newest version when that question failed, whatever for: a watch from a rewound future is silent for ever', () => {
    for (const code of [
      'KUBE_THROTTLED',
      'KUBE_SERVER_ERROR',
      'KUBE_UNAUTHORIZED',
      'KUBE_STREAM_BROKEN',
      'KUBE_NOT_FOUND',
      'KUBE_UNREACHABLE',
      'KUBE_WATCHDOG',
    ] as const) {
      const failed = stepWatcher(traits, states.probing, { type: 'probeFailed', code, retryAfterMs: 0 });
      const again_ = stepWatcher(traits, failed.state, { type: 'watchTimer' });
      expect([code, short(again_)]).toEqual([code, 'live(probing) probe']);
    }
  });

  it('asks for the newest version after a failure that may hide a rewind, and watches on at once after others', () => {
    const next = (code: Parameters<typeof watchFailed>[0]): string =>
      short(walk(states.live, watchFailed(code), { type: 'watchTimer' }));
    for (const code of ['KUBE_WATCHDOG', 'KUBE_UNREACHABLE', 'KUBE_TOO_LARGE_RESOURCE_VERSION'] as const)
      expect([code, next(code)]).toEqual([code, 'live(probing) probe']);
    for (const code of ['KUBE_THROTTLED', 'KUBE_SERVER_ERROR', 'KUBE_UNAUTHORIZED', 'KUBE_STREAM_BROKEN'] as const)
      expect([code, next(code)]).toEqual([code, 'live(open) openWatch']);
  });

  it('takes three silent brief ends as an expired position, one where there are no bookmarks, and none after a word (C2, C9)', () => {
    const ended: WatcherInput = { type: 'watchEnded', isBrief: true };
    const silent: WatcherState = { ...states.live, watch: { ...open, hasSpoken: false } };
    const retry: WatcherInput = { type: 'watchTimer' };
    expect(walk(silent, ended, retry, ended, retry).state.phase).toBe('live');
    expect(walk(silent, ended, retry, ended, retry, ended).state.phase).toBe('pausing');
    expect(stepWatcher({ ...traits, hasBookmarks: false }, silent, ended).state.phase).toBe('pausing');
    expect(walk(silent, { type: 'moved', position: '101' }, ended).state.phase).toBe('live');
  });

  it('keeps the position through a lost permission and goes on from it when it is given back (C47)', () => {
    const lost = walk(states.live, watchFailed('KUBE_FORBIDDEN'));
    expect(lost.state).toEqual({ phase: 'forbidden', position: '100' });
    expect(commandsOf(lost, 'report')).toMatchObject([{ state: 'FORBIDDEN' }]);
    expect(short(stepWatcher(traits, lost.state, { type: 'allowed' }))).toBe('live(probing) probe');
  });

  it('voids a snapshot when permission is lost on the way, so that nothing is swept', () => {
    const lost = walk(states.laterPage, {
      type: 'listFailed',
      code: 'KUBE_FORBIDDEN',
      retryAfterMs: 0,
      renewedToken: '',
    });
    expect(short(lost)).toBe('forbidden halt abort restarted report');
    expect(short(stepWatcher(traits, lost.state, { type: 'allowed' }))).toBe('queued queue');
  });

  it('does not forget a wish for a snapshot while permission is lost', () => {
    const wished = walk(states.forbidden, { type: 'resync' });
    expect(short(stepWatcher(traits, wished.state, { type: 'allowed' }))).toBe('queued queue');
  });

  it('gives its place back when its first page fails, so that feeds that cannot be listed do not block the others', () => {
    const failed = walk(states.firstPage, { ...inputs.listFailed, code: 'KUBE_SERVER_ERROR' } as WatcherInput);
    expect(short(failed)).toBe('pausing report halt restarted wait');
    expect(short(stepWatcher(traits, failed.state, { type: 'listTimer' }))).toBe('queued queue');
  });

  it('gives its place back when a later page fails five times in a row, but not for what all feeds suffer from', () => {
    const fail = (code: 'KUBE_SERVER_ERROR' | 'KUBE_UNREACHABLE'): WatcherInput[] =>
      Array.from({ length: 5 }, () => [
        { type: 'listTimer' } as const,
        { type: 'listFailed', code, retryAfterMs: 0, renewedToken: '' } as const,
      ]).flat();
    expect(short(walk(states.laterPage, ...fail('KUBE_SERVER_ERROR')))).toBe(
      'pausing report halt abort restarted wait',
    );
    expect(short(walk(states.laterPage, ...fail('KUBE_SERVER_ERROR').slice(0, -1)))).toBe(
      'listing(reading,open) readPage',
    );
    expect(short(walk(states.laterPage, ...fail('KUBE_UNREACHABLE')))).toBe(
      'listing(pausing,open) report restarted wait',
    );
  });

  it('keeps its place through no failure for ever, also not through one that all feeds may have alike', () => {
    for (const code of ['KUBE_UNREACHABLE', 'KUBE_UNAUTHORIZED', 'KUBE_THROTTLED'] as const) {
      const fail: WatcherInput[] = [
        { type: 'listTimer' },
        { type: 'listFailed', code, retryAfterMs: 0, renewedToken: '' },
      ];
      const times = (n: number): WatcherInput[] => Array.from({ length: n }, () => fail).flat();
      expect(walk(states.laterPage, ...times(19)).state.phase).toBe('listing');
      expect(short(walk(states.laterPage, ...times(20)))).toBe('pausing report halt abort restarted wait');
    }
  });

  it('goes on from where the sink has everything when that dropped the rest, and snapshots in every other case', () => {
    const demoted: WatcherInput = { type: 'demoted', resumePoint: '95' };
    for (const name of ['live', 'watchPausing', 'probing', 'forbidden'] as const) {
      const step = stepWatcher(traits, states[name], demoted);
      expect(short(step)).toBe('live(pausing) halt restarted startFeed wait');
      expect(commandsOf(step, 'startFeed')).toEqual([{ type: 'startFeed', position: '95', isResumed: true }]);
      expect(short(stepWatcher(traits, states[name], { ...demoted, resumePoint: '' }))).toBe(again);
    }
    for (const name of ['queued', 'pausing', 'firstPage'] as const)
      expect(short(stepWatcher(traits, states[name], demoted))).toBe(again);
    for (const name of ['laterPage', 'pageFailed', 'pageHeld', 'pageAhead', 'sliceHeld', 'watchLost'] as const)
      expect(short(stepWatcher(traits, states[name], demoted))).toBe(abortAgain);
    expect(short(stepWatcher(traits, { phase: 'forbidden', position: '' }, demoted))).toBe(again);
  });

  it('snapshots when it was demoted again before it got any further', () => {
    const demoted: WatcherInput = { type: 'demoted', resumePoint: '95' };
    const once = walk(states.live, demoted, { type: 'watchTimer' }, { type: 'moved', position: '97' });
    expect(short(stepWatcher(traits, once.state, demoted))).toBe(again);
    expect(short(stepWatcher(traits, once.state, { ...demoted, resumePoint: '96' }))).toBe(
      'live(pausing) halt restarted startFeed wait',
    );
  });

  it('still asks whether history was rewound when it is demoted before it knows', () => {
    const isProbed = (state: WatcherState): boolean =>
      commandsOf(walk(state, { type: 'demoted', resumePoint: '95' }, { type: 'watchTimer' }), 'probe').length > 0;
    const unsure = walk(states.live, watchFailed('KUBE_WATCHDOG')).state;
    expect([states.live, states.watchPausing, states.probing, unsure, states.forbidden].map(isProbed)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it('asks discovery when the resource is not found, and keeps trying until discovery has spoken', () => {
    expect(commandsOf(walk(states.live, watchFailed('KUBE_NOT_FOUND')), 'rediscover')).toHaveLength(1);
    const list = walk(states.laterPage, {
      type: 'listFailed',
      code: 'KUBE_NOT_FOUND',
      retryAfterMs: 0,
      renewedToken: '',
    });
    expect(commandsOf(list, 'rediscover')).toHaveLength(1);
  });

  it('reports that a feed lags from the third failure on, and that it is back', () => {
    const fail = watchFailed('KUBE_UNAUTHORIZED');
    const retry: WatcherInput = { type: 'watchTimer' };
    const third = walk(states.live, fail, retry, fail, retry, fail);
    expect(commandsOf(third, 'report')).toMatchObject([{ state: 'DEGRADED', reason: 'KUBE_UNAUTHORIZED' }]);
    const back = stepWatcher(traits, stepWatcher(traits, third.state, retry).state, { type: 'moved', position: '101' });
    expect(commandsOf(back, 'report')).toMatchObject([{ state: 'SYNCED' }]);
  });

  it('tells that a feed is back also when nothing happens in it until the watch ends', () => {
    const fail = watchFailed('KUBE_UNAUTHORIZED');
    const retry: WatcherInput = { type: 'watchTimer' };
    const failed = walk(states.live, fail, retry, fail, retry, fail, retry);
    const brief = stepWatcher(traits, failed.state, { type: 'watchEnded', isBrief: true });
    expect(commandsOf(brief, 'report')).toEqual([]);
    const ended = walk(brief.state, retry, { type: 'watchEnded', isBrief: false });
    expect(commandsOf(ended, 'report')).toMatchObject([{ state: 'SYNCED' }]);
  });

  it('asks for the newest version after a watch without a single word where there are no bookmarks (C11)', () => {
    const silent: WatcherState = { ...states.live, watch: { ...open, hasSpoken: false } };
    const f = (from: WatcherState, hasBookmarks: boolean, expected: 'probe' | 'openWatch'): void => {
      const ended = stepWatcher({ ...traits, hasBookmarks }, from, { type: 'watchEnded', isBrief: false });
      expect(commandsOf(stepWatcher(traits, ended.state, { type: 'watchTimer' }), expected)).toHaveLength(1);
    };
    f(silent, false, 'probe');
    f(silent, true, 'openWatch');
    f(states.live, false, 'openWatch');
  });

  it('lists a polled feed again after a rest, without a watch', () => {
    const page: WatcherInput = { type: 'pageRead', version: '', newest: '', token: '' };
    const step = stepWatcher(polled, states.firstPage, page);
    expect(short(step)).toBe('pausing startFeed begin deliverPage end report leaveQueue settle');
    const settled = stepWatcher(polled, step.state, { type: 'settled', retryAfterMs: 0 });
    expect(commandsOf(settled, 'wait')).toEqual([{ type: 'wait', activity: 'list', pace: 'poll', retryAfterMs: 0 }]);
  });

  it('begins a polled snapshot of several pages once, although virtual objects have no version', () => {
    const pages: WatcherInput[] = ['t2', 't3'].map((token) => ({ type: 'pageRead', version: '', newest: '', token }));
    const [first, second] = pages;
    if (first === undefined || second === undefined) throw new Error('two pages are needed');
    const begun = stepWatcher(polled, states.firstPage, first);
    expect(commandsOf(begun, 'begin')).toHaveLength(1);
    const received = stepWatcher(polled, begun.state, { type: 'pageReceived' });
    expect(stepWatcher(polled, received.state, second).commands).toEqual([
      { type: 'deliverPage' },
      { type: 'readPage', token: 't3' },
    ]);
  });

  it('keeps its promises on random walks: one watch, every begin ended or aborted, no page held without a watch and a deadline', () => {
    const input = fc.oneof(
      ...Object.values(inputs).map((one) => fc.constant(one)),
      fc.constant<WatcherInput>({ type: 'pageRead', version: '100', newest: '90', token: 'next' }),
      fc.constant<WatcherInput>({ type: 'pageRead', version: '100', newest: '104', token: '' }),
      fc.constant<WatcherInput>({ type: 'pageRead', version: '130', newest: '120', token: 'next' }),
      fc.constant<WatcherInput>({ type: 'pageRead', version: '100', newest: '90', token: 'next' }),
      fc.constant<WatcherInput>({ type: 'pageReceived' }),
      fc.constant<WatcherInput>({ type: 'listFailed', code: 'KUBE_EXPIRED', retryAfterMs: 0, renewedToken: 'r' }),
      fc.constant<WatcherInput>({ type: 'watchFailed', code: 'KUBE_UNREACHABLE', retryAfterMs: 0 }),
      fc.constant<WatcherInput>({ type: 'start', resumePoint: '' }),
      fc.constant<WatcherInput>({ type: 'demoted', resumePoint: '95' }),
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 120 }), (steps) => {
        let state: WatcherState = STOPPED;
        let isSnapshotOpen = false;
        let isWatched = false;
        for (const next of steps) {
          const step = stepWatcher(traits, state, next);
          for (const command of step.commands) {
            if (command.type === 'begin') {
              expect(isSnapshotOpen).toBe(false);
              isSnapshotOpen = true;
            }
            if (command.type === 'end') {
              expect(isSnapshotOpen).toBe(true);
              isSnapshotOpen = false;
            }
            if (command.type === 'abort' || (command.type === 'halt' && step.state.phase === 'stopped'))
              isSnapshotOpen = false;
            if (command.type === 'openWatch') expect(command.position).not.toBe('');
            if (command.type === 'openWatch') expect(isWatched).toBe(false);
            if (command.type === 'openWatch') isWatched = true;
            if (command.type === 'halt' || command.type === 'endWatch') isWatched = false;
            if (command.type === 'readPage')
              expect(step.state).toMatchObject({ phase: 'listing', list: { is: 'reading' } });
          }
          ({ state } = step);
          // Whoever the machine has forgotten would go on telling.
          if (!isWatching(state)) isWatched &&= next.type !== 'watchEnded' && next.type !== 'watchFailed';
          expect(isWatched).toBe(isWatching(state));
          if (state.phase === 'live') expect(state.position).not.toBe('');
          if (state.phase === 'listing' && state.list.is === 'held') expectAWayOut(state, state.list);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
