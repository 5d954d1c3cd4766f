/**
 * Emptying a node as a pure machine: reads which pods there are, asks them to go, and again, until none is left to ask.
 *
 *     new ─▶ listing ─pods─▶ asking ─all answered─▶ resting ─▶ listing …
 *               └── none left to ask ─▶ ended (or resting, until those that were asked have gone)
 *
 * - Each round begins with a list: what an answer meant, whether it was lost, and who has come meanwhile shows there.
 * - A pod is asked until it goes; one that comes back, or tolerates being kept off, once at most (`plan-evictions.ts` says why).
 * - A budget that forbids is no end: it is asked again, because it may have room later. What holds the drain up is known by name.
 * - When time is up it ends, or with `force` goes on by deleting; a second limit ends that, too.
 * - It never ends over requests that are under way: what they come to belongs to this drain, and the next one must not ask beside them.
 *
 * Ways back to another request, and what paces them:
 *
 * | from | why | what is sent | paced by |
 * |---|---|---|---|
 * | asking | a pod has answered and others wait | one eviction | its answer: `AT_ONCE` are under way |
 * | resting | pods were asked, or refused to be (budget, right, no answer) | list | the pauses that are handed in, Retry-After among it |
 * | resting | the list failed | list | the same pauses |
 * | resting | all were asked, and their end is awaited | list | `ENDING_LOOK_MS`, by the performer |
 * | resting | woken up from outside | list | whoever wakes it up |
 * | resting | time is up, and pods are to be deleted | list | once |
 */
import { unreachable } from '../errors.ts';
import type { EvictionAnswer } from './classify-eviction.ts';
import type {
  DrainCommand,
  DrainInput,
  DrainMemory,
  DrainOutcome,
  DrainPolicy,
  DrainState,
  DrainStep,
  HeldPod,
} from './drain-signals.ts';
import { NOTHING_BEFORE, planEvictions } from './plan-evictions.ts';
import type { PodName, PodView } from './pod-view.ts';

/** So many requests at once: a node has a hundred pods and perhaps ten seconds. */
export const AT_ONCE = 8;

/** Where every drain starts. */
export const NEW_DRAIN: DrainState = {
  phase: 'new',
  memory: {
    ...NOTHING_BEFORE,
    held: new Map(),
    askedCount: 0,
    isBegun: false,
    isAllAsked: false,
    isForcing: false,
  },
};

/** The machine. Total: an input that has no meaning in a state (a late answer) changes nothing. */
export function stepDrain(policy: DrainPolicy, state: DrainState, input: DrainInput): DrainStep {
  switch (state.phase) {
    case 'new':
      return stepNew(policy, state, input);
    case 'listing':
      return stepListing(policy, state, input);
    case 'asking':
      return stepAsking(policy, state, input);
    case 'resting':
      return stepResting(policy, state, input);
    case 'settling':
      return stepSettling(state, input);
    case 'ended':
      return to(state);
    default:
      return unreachable(state);
  }
}

function stepNew({ limitMs }: DrainPolicy, state: In<'new'>, input: DrainInput): DrainStep {
  if (input.type === 'stopped') return end(state.memory, 'stopped');
  if (input.type !== 'started') return to(state);
  const limit: DrainCommand[] = limitMs === undefined ? [] : [{ type: 'limit', ms: limitMs }];
  return to({ phase: 'listing', memory: state.memory }, ...limit, { type: 'list' });
}

function stepListing(policy: DrainPolicy, state: In<'listing'>, input: DrainInput): DrainStep {
  const { memory } = state;
  const settle = (outcome: DrainOutcome): DrainStep =>
    to({ phase: 'settling', memory, isListing: true, underWay: new Set(), outcome });
  switch (input.type) {
    case 'listed':
      return plan(policy, memory, input.pods);
    case 'listFailed':
      return restAgain(memory, input.retryAfterMs);
    case 'expired': {
      const forced = force(policy, memory);
      return forced === undefined ? settle('expired') : to({ ...state, memory: forced.memory }, forced.limit);
    }
    case 'stopped':
      return settle('stopped');
    case 'started':
    case 'answered':
    case 'rested':
      return to(state);
    default:
      return unreachable(input);
  }
}

/** What a list leads to. */
function plan({ awaitsEnd }: DrainPolicy, before: DrainMemory, pods: readonly PodView[]): DrainStep {
  const { standing, ending, known } = planEvictions(pods, before);
  const held = new Map<string, HeldPod>();
  for (const pod of standing) held.set(pod.uid, { ...pod, ...reasonOf(before, pod) });
  for (const pod of ending) held.set(pod.uid, { ...pod, reason: 'ending', detail: '' });
  if (standing.length > 0) {
    const memory = { ...before, known, held, isBegun: true };
    const tell: DrainCommand[] = before.isBegun ? [] : [{ type: 'tell', what: 'planned', count: standing.length }];
    const first = standing.slice(0, AT_ONCE);
    const underWay = new Set(first.map(({ uid }) => uid));
    const waiting = standing.slice(AT_ONCE);
    return to(
      { phase: 'asking', memory, waiting, underWay, retryAfterMs: 0 },
      ...tell,
      ...first.map((pod) => ask(memory, pod)),
    );
  }
  const memory = { ...before, known, held, isAllAsked: true };
  const { askedCount, isAllAsked } = before;
  const tell: DrainCommand[] = isAllAsked ? [] : [{ type: 'tell', what: 'allAsked', count: askedCount }];
  if (awaitsEnd && held.size > 0) {
    return to({ phase: 'resting', memory }, ...tell, { type: 'tellHeld' }, { type: 'rest', why: 'ending' });
  }
  return to({ phase: 'ended', memory, outcome: 'drained' }, ...tell, { type: 'end', outcome: 'drained' });
}

/** Why it was not let go the last time, as long as it has not been asked anew. */
function reasonOf({ held }: DrainMemory, { uid }: PodName): Pick<HeldPod, 'reason' | 'detail'> {
  const last = held.get(uid);
  // A pod that said yes and stands all the same has not heard it: it is asked like any other.
  if (last === undefined || last.reason === 'ending') return { reason: 'unasked', detail: '' };
  return { reason: last.reason, detail: last.detail };
}

function stepAsking(policy: DrainPolicy, state: In<'asking'>, input: DrainInput): DrainStep {
  const { memory, underWay } = state;
  const settle = (outcome: DrainOutcome): DrainStep =>
    to({ phase: 'settling', memory, isListing: false, underWay, outcome });
  switch (input.type) {
    case 'answered':
      return underWay.has(input.uid) ? takeAnswer(state, input) : to(state);
    case 'expired': {
      const forced = force(policy, memory);
      return forced === undefined ? settle('expired') : to({ ...state, memory: forced.memory }, forced.limit);
    }
    case 'stopped':
      return settle('stopped');
    case 'started':
    case 'listed':
    case 'listFailed':
    case 'rested':
      return to(state);
    default:
      return unreachable(input);
  }
}

function takeAnswer(state: In<'asking'>, { uid, answer }: Of<'answered'>): DrainStep {
  const memory = note(state.memory, uid, answer);
  const retryAfterMs = Math.max(state.retryAfterMs, answer.is === 'held' ? answer.retryAfterMs : 0);
  const underWay = without(state.underWay, uid);
  const [next, ...waiting] = state.waiting;
  if (next !== undefined) {
    underWay.add(next.uid);
    return to({ phase: 'asking', memory, waiting, underWay, retryAfterMs }, ask(memory, next));
  }
  if (underWay.size > 0) return to({ phase: 'asking', memory, waiting, underWay, retryAfterMs });
  const tell: DrainCommand[] = [...memory.held.values()].some(({ reason }) => reason !== 'ending')
    ? [{ type: 'tellHeld' }]
    : [];
  const { state: resting, commands } = restAgain(memory, retryAfterMs);
  return to(resting, ...tell, ...commands);
}

function stepResting(policy: DrainPolicy, state: In<'resting'>, input: DrainInput): DrainStep {
  const { memory } = state;
  switch (input.type) {
    case 'rested':
      return to({ phase: 'listing', memory }, { type: 'list' });
    case 'expired': {
      const forced = force(policy, memory);
      if (forced === undefined) return end(memory, 'expired');
      return to({ phase: 'listing', memory: forced.memory }, forced.limit, { type: 'list' });
    }
    case 'stopped':
      return end(memory, 'stopped');
    case 'started':
    case 'listed':
    case 'listFailed':
    case 'answered':
      return to(state);
    default:
      return unreachable(input);
  }
}

function stepSettling(state: In<'settling'>, input: DrainInput): DrainStep {
  const { outcome } = state;
  switch (input.type) {
    case 'listed':
    case 'listFailed':
      return state.isListing ? end(state.memory, outcome) : to(state);
    case 'answered': {
      if (!state.underWay.has(input.uid)) return to(state);
      const memory = note(state.memory, input.uid, input.answer);
      const underWay = without(state.underWay, input.uid);
      return underWay.size > 0 ? to({ ...state, memory, underWay }) : end(memory, outcome);
    }
    case 'started':
    case 'rested':
    case 'expired':
    case 'stopped':
      return to(state);
    default:
      return unreachable(input);
  }
}

/** What remains when time is up: deleting, for as long as the policy says; undefined: nothing. */
function force(
  { force: next }: DrainPolicy,
  memory: DrainMemory,
): { memory: DrainMemory; limit: DrainCommand } | undefined {
  if (next === undefined || memory.isForcing) return undefined;
  return { memory: { ...memory, isForcing: true }, limit: { type: 'limit', ms: next.limitMs } };
}

function note(before: DrainMemory, uid: string, answer: EvictionAnswer): DrainMemory {
  const { lineage, isTolerant } = before.known.get(uid) ?? { lineage: '', isTolerant: false };
  const held = new Map(before.held);
  const pod = held.get(uid);
  const settled = isTolerant || answer.is === 'spared' ? new Set([...before.settled, uid]) : before.settled;
  const hasLeft = isTolerant || answer.is === 'asked' || answer.is === 'gone';
  const left = hasLeft ? new Set([...before.left, lineage]) : before.left;
  const memory = { ...before, held, settled, left };
  // Asked the only time that it is, or gone: nothing to wait for.
  if (isTolerant || answer.is === 'gone' || answer.is === 'spared') held.delete(uid);
  switch (answer.is) {
    case 'asked':
      if (held.has(uid) && pod !== undefined) held.set(uid, { ...pod, reason: 'ending', detail: '' });
      return { ...memory, askedCount: memory.askedCount + 1 };
    case 'gone':
    case 'spared':
      return memory;
    case 'held':
      if (held.has(uid) && pod !== undefined) held.set(uid, { ...pod, reason: answer.reason, detail: answer.detail });
      return memory;
    default:
      return unreachable(answer);
  }
}

function ask({ isForcing }: DrainMemory, pod: PodName): DrainCommand {
  return { type: 'ask', pod, how: isForcing ? 'delete' : 'evict' };
}

function restAgain(memory: DrainMemory, atLeastMs: number): DrainStep {
  return to({ phase: 'resting', memory }, { type: 'rest', why: 'again', atLeastMs });
}

function end(memory: DrainMemory, outcome: DrainOutcome): DrainStep {
  return to({ phase: 'ended', memory, outcome }, { type: 'end', outcome });
}

function without(uids: ReadonlySet<string>, uid: string): Set<string> {
  const rest = new Set(uids);
  rest.delete(uid);
  return rest;
}

type In<P extends DrainState['phase']> = Extract<DrainState, { phase: P }>;
type Of<T extends DrainInput['type']> = Extract<DrainInput, { type: T }>;

function to(state: DrainState, ...commands: readonly DrainCommand[]): DrainStep {
  return { state, commands };
}
