import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { EvictionAnswer } from './classify-eviction.ts';
import type { DrainInput, DrainMemory, DrainPolicy, DrainState, DrainStep, HeldPod } from './drain-signals.ts';
import { AT_ONCE, NEW_DRAIN, stepDrain } from './drain-state.ts';
import type { PodName, PodView } from './pod-view.ts';

const name = (uid: string): PodName => ({ namespace: 'default', name: `pod-${uid}`, uid });
const view = (uid: string, isEnding = false): PodView => ({
  ...name(uid),
  graceSeconds: 30,
  isSystem: false,
  isEnding,
  isOver: false,
  isStatic: false,
  isDaemon: false,
  isTolerant: false,
  lineage: uid,
});
const held = (...pods: readonly HeldPod[]): ReadonlyMap<string, HeldPod> => new Map(pods.map((pod) => [pod.uid, pod]));
const BUDGET: EvictionAnswer = { is: 'held', reason: 'budget', detail: 'no room', retryAfterMs: 10_000 };

const patient: DrainPolicy = { awaitsEnd: true, limitMs: 60_000 };
const forceful: DrainPolicy = { ...patient, force: { limitMs: 30_000 } };

const fresh = NEW_DRAIN.memory;
const begun: DrainMemory = { ...fresh, isBegun: true };
const two = held({ ...name('a'), reason: 'unasked', detail: '' }, { ...name('b'), reason: 'unasked', detail: '' });
const askingTwo = { ...begun, held: two };
const states = {
  new: NEW_DRAIN,
  listing: { phase: 'listing', memory: fresh },
  'listing again': { phase: 'listing', memory: { ...begun, askedCount: 1, isAllAsked: true } },
  'asking a, b waits': {
    phase: 'asking',
    memory: askingTwo,
    waiting: [name('b')],
    underWay: new Set(['a']),
    retryAfterMs: 0,
  },
  'asking a last': { phase: 'asking', memory: askingTwo, waiting: [], underWay: new Set(['a']), retryAfterMs: 5000 },
  resting: { phase: 'resting', memory: begun },
  forcing: { phase: 'resting', memory: { ...begun, isForcing: true } },
  'settling a list': { phase: 'settling', memory: fresh, isListing: true, underWay: new Set(), outcome: 'stopped' },
  'settling a': {
    phase: 'settling',
    memory: askingTwo,
    isListing: false,
    underWay: new Set(['a']),
    outcome: 'expired',
  },
  ended: { phase: 'ended', memory: begun, outcome: 'drained' },
} as const satisfies Record<string, DrainState>;

const inputs = {
  started: { type: 'started' },
  'listed nobody': { type: 'listed', pods: [] },
  'listed a': { type: 'listed', pods: [view('a')] },
  'listed ending': { type: 'listed', pods: [view('a', true)] },
  'list failed': { type: 'listFailed', retryAfterMs: 2000 },
  'a asked': { type: 'answered', uid: 'a', answer: { is: 'asked' } },
  'a gone': { type: 'answered', uid: 'a', answer: { is: 'gone' } },
  'a spared': { type: 'answered', uid: 'a', answer: { is: 'spared' } },
  'a held': { type: 'answered', uid: 'a', answer: BUDGET },
  'x asked': { type: 'answered', uid: 'x', answer: { is: 'asked' } },
  rested: { type: 'rested' },
  expired: { type: 'expired' },
  stopped: { type: 'stopped' },
} as const satisfies Record<string, DrainInput>;

/** Phase and commands in one line. */
function short({ state, commands }: DrainStep): string {
  const phase =
    state.phase === 'ended' || state.phase === 'settling' ? `${state.phase}(${state.outcome})` : state.phase;
  const words = commands.map((command) => {
    switch (command.type) {
      case 'ask':
        return `${command.how} ${command.pod.uid}`;
      case 'rest':
        return command.why === 'again' ? `rest ${command.atLeastMs}` : 'rest ending';
      case 'limit':
        return `limit ${command.ms}`;
      case 'tell':
        return `${command.what} ${command.count}`;
      default:
        return command.type;
    }
  });
  return [phase, ...words].join(', ');
}

type Row = Record<keyof typeof inputs, string>;
const keysOf = <Key extends string>(record: Record<Key, unknown>): Key[] => Object.keys(record) as Key[];
const all = (cell: string): Row => Object.fromEntries(keysOf(inputs).map((input) => [input, cell])) as Row;

/** Every state with every input, for a drain that awaits the end, within a limit and without force; `-` is "nothing changes". */
const table: Record<keyof typeof states, Row> = {
  new: { ...all('-'), started: 'listing, limit 60000, list', stopped: 'ended(stopped), end' },
  listing: {
    ...all('-'),
    'listed nobody': 'ended(drained), allAsked 0, end',
    'listed a': 'asking, planned 1, evict a',
    'listed ending': 'resting, allAsked 0, tellHeld, rest ending',
    'list failed': 'resting, rest 2000',
    expired: 'settling(expired)',
    stopped: 'settling(stopped)',
  },
  'listing again': {
    ...all('-'),
    'listed nobody': 'ended(drained), end',
    'listed a': 'asking, evict a',
    'listed ending': 'resting, tellHeld, rest ending',
    'list failed': 'resting, rest 2000',
    expired: 'settling(expired)',
    stopped: 'settling(stopped)',
  },
  'asking a, b waits': {
    ...all('-'),
    'a asked': 'asking, evict b',
    'a gone': 'asking, evict b',
    'a spared': 'asking, evict b',
    'a held': 'asking, evict b',
    expired: 'settling(expired)',
    stopped: 'settling(stopped)',
  },
  'asking a last': {
    ...all('-'),
    'a asked': 'resting, tellHeld, rest 5000',
    'a gone': 'resting, tellHeld, rest 5000',
    'a spared': 'resting, tellHeld, rest 5000',
    'a held': 'resting, tellHeld, rest 10000',
    expired: 'settling(expired)',
    stopped: 'settling(stopped)',
  },
  resting: {
    ...all('-'),
    rested: 'listing, list',
    expired: 'ended(expired), end',
    stopped: 'ended(stopped), end',
  },
  forcing: {
    ...all('-'),
    rested: 'listing, list',
    expired: 'ended(expired), end',
    stopped: 'ended(stopped), end',
  },
  'settling a list': {
    ...all('-'),
    'listed nobody': 'ended(stopped), end',
    'listed a': 'ended(stopped), end',
    'listed ending': 'ended(stopped), end',
    'list failed': 'ended(stopped), end',
  },
  'settling a': {
    ...all('-'),
    'a asked': 'ended(expired), end',
    'a gone': 'ended(expired), end',
    'a spared': 'ended(expired), end',
    'a held': 'ended(expired), end',
  },
  ended: all('-'),
};

/** What time being up leads to where pods are then deleted. */
const forced: Record<keyof typeof states, string> = {
  new: '-',
  listing: 'listing, limit 30000',
  'listing again': 'listing, limit 30000',
  'asking a, b waits': 'asking, limit 30000',
  'asking a last': 'asking, limit 30000',
  resting: 'listing, limit 30000, list',
  forcing: 'ended(expired), end',
  'settling a list': '-',
  'settling a': '-',
  ended: '-',
};

function cellOf(policy: DrainPolicy, before: DrainState, input: DrainInput): string {
  const step = stepDrain(policy, before, input);
  return step.commands.length === 0 && step.state === before ? '-' : short(step);
}

describe('every state with every input', () => {
  for (const state of keysOf(states)) {
    it(`in ${state}`, () => {
      for (const input of keysOf(inputs)) {
        expect([input, cellOf(patient, states[state], inputs[input])]).toEqual([input, table[state][input]]);
      }
      expect(cellOf(forceful, states[state], inputs.expired)).toBe(forced[state]);
    });
  }
});

/** Runs inputs from the start: the last line, and the pods that are held at the end. */
function run(policy: DrainPolicy, ...steps: readonly DrainInput[]): { lines: string[]; held: string[] } {
  let state: DrainState = NEW_DRAIN;
  const lines = steps.map((input) => {
    const step = stepDrain(policy, state, input);
    ({ state } = step);
    return short(step);
  });
  return { lines, held: [...state.memory.held.values()].map(({ uid, reason }) => `${uid} ${reason}`) };
}

const listed = (...pods: readonly PodView[]): DrainInput => ({ type: 'listed', pods });
const answered = (uid: string, answer: EvictionAnswer): DrainInput => ({ type: 'answered', uid, answer });
const { started, rested, expired } = inputs;

test('so many are asked at once, and the next when one has answered', () => {
  const pods = Array.from({ length: AT_ONCE + 2 }, (_, index) => view(String.fromCodePoint(97 + index)));
  const { lines } = run(patient, started, listed(...pods), answered('c', { is: 'gone' }));
  expect(lines[1]).toBe('asking, planned 10, evict a, evict b, evict c, evict d, evict e, evict f, evict g, evict h');
  expect(lines[2]).toBe('asking, evict i');
});

test('without awaiting the end it is through as soon as all were asked', () => {
  const { lines } = run({ awaitsEnd: false }, started, listed(view('a', true)));
  expect(lines).toEqual(['listing, list', 'ended(drained), allAsked 0, end']);
});

test('what holds it up is known by name and reason, also from one round to the next', () => {
  const first = run(patient, started, listed(view('a'), view('b'), view('c', true)), answered('a', BUDGET));
  expect(first.held).toEqual(['a budget', 'b unasked', 'c ending']);
  const second = [started, listed(view('a'), view('b')), answered('a', BUDGET), answered('b', { is: 'asked' }), rested];
  expect(run(patient, ...second).held).toEqual(['a budget', 'b ending']);
  // c has come, b has gone, and a has not been asked anew yet.
  expect(run(patient, ...second, listed(view('a'), view('c'))).held).toEqual(['a budget', 'c unasked']);
});

test('the longest Retry-After of a round is the least that it rests', () => {
  const refused = { is: 'held', reason: 'refused', detail: 'no', retryAfterMs: 2000 } as const;
  const { lines } = run(patient, started, listed(view('a'), view('b')), answered('a', BUDGET), answered('b', refused));
  expect(lines.at(-1)).toBe('resting, tellHeld, rest 10000');
});

test('a pod that said yes and stands all the same is asked again', () => {
  const round = [listed(view('a')), answered('a', { is: 'asked' })];
  expect(run(patient, started, ...round, rested, ...round, rested, listed()).lines.slice(-3)).toEqual([
    'resting, rest 0',
    'listing, list',
    'ended(drained), allAsked 2, end',
  ]);
  expect(run(patient, started, ...round, rested, listed(view('a'))).held).toEqual(['a unasked']);
});

test('who takes the place of a tolerant pod is not asked, also where that one was refused', () => {
  const tolerant = { ...view('a'), isTolerant: true };
  const steps = [started, listed(tolerant), answered('a', BUDGET), rested];
  const { lines } = run(patient, ...steps, listed({ ...view('a2'), lineage: 'a', isTolerant: true }));
  expect(lines.at(-1)).toBe('ended(drained), allAsked 0, end');
});

test('a dry run asks each pod once, and is through although all are still there', () => {
  const { lines, held: left } = run(
    patient,
    started,
    listed(view('a')),
    answered('a', { is: 'spared' }),
    rested,
    listed(view('a')),
  );
  expect([lines.at(-1), left]).toEqual(['ended(drained), allAsked 0, end', []]);
});

test('when time is up pods are deleted, those too that were waiting to be asked', () => {
  const pods = Array.from({ length: AT_ONCE + 1 }, (_, index) => view(String.fromCodePoint(97 + index)));
  const { lines } = run(forceful, started, listed(...pods), expired, answered('a', BUDGET));
  expect(lines.slice(-2)).toEqual(['asking, limit 30000', 'asking, delete i']);
  const later = run(forceful, started, listed(view('a')), answered('a', BUDGET), expired, listed(view('a')));
  expect(later.lines.slice(-2)).toEqual(['listing, limit 30000, list', 'asking, delete a']);
});

/** A node as the API server has it: pods come, stand, end and go, and answers are lost. */
const event = fc.oneof(
  fc.record({
    type: fc.constant('answer' as const),
    pick: fc.nat(20),
    is: fc.constantFrom('asked', 'gone', 'held', 'lost'),
  }),
  fc.record({ type: fc.constant('come' as const), lineage: fc.constantFrom('a', 'b', 'k') }),
  fc.constant({ type: 'finish' as const }),
  fc.constantFrom(...([{ type: 'rested' }, { type: 'expired' }, { type: 'stopped' }] as const)),
);

test('whatever happens, requests are bounded, it ends as drained only when nobody stands, and nobody who comes back is asked', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), fc.boolean(), fc.boolean(), (walk, awaitsEnd, hasForce) => {
      const policy: DrainPolicy = { awaitsEnd, limitMs: 1, ...(hasForce ? { force: { limitMs: 1 } } : {}) };
      const pods = new Map('abcdefghij'.split('').map((uid) => [uid, 'stands']));
      const lineages = new Map([...pods.keys()].map((uid) => [uid, uid]));
      /** Listed before anybody of their lineage had left. */
      const original = new Set<string>();
      const isSuccessor = (uid: string): boolean =>
        !original.has(uid) && state.memory.left.has(lineages.get(uid) ?? '');
      const askedOf = new Map<string, number>();
      const isTolerant = (uid: string): boolean => lineages.get(uid) === 'b';
      const underWay: { uid: string; how: string }[] = [];
      const counts = { tellHeld: 0, list: 0, planned: 0, allAsked: 0, end: 0, limit: 0 };
      let [state, isListing, timeouts]: [DrainState, boolean, number] = [NEW_DRAIN, false, 0];
      const take = (input: DrainInput): void => {
        if (input.type === 'expired') timeouts += 1;
        const step = stepDrain(policy, state, input);
        if (state.phase === 'ended') expect(step).toEqual({ state, commands: [] });
        ({ state } = step);
        for (const command of step.commands) {
          if (command.type === 'ask') {
            expect(underWay.some(({ uid }) => uid === command.pod.uid)).toBe(false);
            expect(command.how === 'delete' && timeouts === 0).toBe(false);
            underWay.push({ uid: command.pod.uid, how: command.how });
            expect(isSuccessor(command.pod.uid)).toBe(false);
            askedOf.set(command.pod.uid, (askedOf.get(command.pod.uid) ?? 0) + 1);
          } else if (command.type === 'tell') counts[command.what] += 1;
          else if (command.type !== 'rest') counts[command.type] += 1;
          if (command.type === 'list') isListing = true;
        }
        expect(underWay.length).toBeLessThanOrEqual(AT_ONCE);
        if (state.phase !== 'ended') return;
        expect([underWay, isListing]).toEqual([[], false]);
        const waited = [...pods].filter(([uid]) => !isSuccessor(uid) && !isTolerant(uid));
        const standing = waited.filter(([, is]) => is === 'stands');
        if (state.outcome === 'drained') expect(awaitsEnd ? waited : standing).toEqual([]);
      };
      const list = (): void => {
        if (!isListing) return;
        isListing = false;
        const viewOf = (uid: string, is: string): PodView => {
          return { ...view(uid, is === 'ending'), lineage: lineages.get(uid) ?? '', isTolerant: isTolerant(uid) };
        };
        for (const uid of pods.keys()) if (!isSuccessor(uid)) original.add(uid);
        take(listed(...[...pods].map(([uid, is]) => viewOf(uid, is))));
      };
      take(started);
      for (const one of walk) {
        // A list is answered at once, or the pods that it does not know would be no fault of the machine.
        list();
        if (one.type === 'come') {
          if (state.phase === 'ended') continue;
          const uid = `${one.lineage}${lineages.size}`;
          pods.set(uid, 'stands');
          lineages.set(uid, one.lineage);
        } else if (one.type === 'finish') {
          for (const [uid, is] of pods) if (is === 'ending') pods.delete(uid);
        } else if (one.type === 'answer') {
          const [asked] = underWay.splice(one.pick % Math.max(1, underWay.length), 1);
          if (asked === undefined) continue;
          if ((one.is === 'asked' || one.is === 'lost') && pods.has(asked.uid)) pods.set(asked.uid, 'ending');
          if (one.is === 'gone') pods.delete(asked.uid);
          if (one.is === 'held') take(answered(asked.uid, BUDGET));
          else if (one.is === 'lost')
            take(answered(asked.uid, { is: 'held', reason: 'unreachable', detail: '', retryAfterMs: 0 }));
          else take(answered(asked.uid, { is: one.is === 'gone' ? 'gone' : 'asked' }));
        } else take(one);
      }
      for (const [uid, count] of askedOf) if (isTolerant(uid)) expect(count).toBe(1);
      expect(counts.planned).toBeLessThanOrEqual(1);
      expect(counts.allAsked).toBeLessThanOrEqual(1);
      expect(counts.end).toBe(state.phase === 'ended' ? 1 : 0);
      expect(counts.limit).toBeLessThanOrEqual(hasForce ? 2 : 1);
    }),
    { verbose: true },
  );
});
