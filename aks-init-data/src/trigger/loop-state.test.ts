import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../pool/classify-node.ts';
import type { PoolRecord, PoolState } from '../pool/pool-record.ts';
import { DATA_PROBLEMS, DataProblem, type DataProblemKind } from '../read/data-problem.ts';
import {
  type ContentId,
  type Delivery,
  DUE_NAMES,
  type DueName,
  type LoopCommand,
  type LoopInput,
  type LoopMoment,
  type LoopState,
  type LoopStep,
  type LoopTask,
} from './loop-signals.ts';
import { NOTHING_DONE, stepLoop } from './loop-state.ts';
import { decide, learn, NOTHING_SEEN, type Observation, type TriggerState } from './trigger-state.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 7, 20);
/** Everything is due, the lease is ours, and two keys of the platform are trusted. */
const at: LoopMoment = {
  policy: {
    periodMs: 720 * HOUR,
    sendOnLivePatch: false,
    refusedPauseMs: 24 * HOUR,
    keyChangePauseMs: HOUR,
    youngerFirstMs: HOUR / 2,
  },
  keyCount: 2,
  nowMs: NOW,
  due: new Set(DUE_NAMES),
  isLeaseHeld: true,
};
const node: NodeFacts = {
  uid: 'u-1',
  createdAtMs: NOW - 240 * HOUR,
  agentPool: 'pool1',
  architecture: 'amd64',
  nodeImage: 'AKSUbuntu-2204gen2containerd-202607.13.0',
  kubeletVersion: 'v1.33.2',
  osSku: 'Ubuntu',
};
const content: ContentId = { fingerprint: 'f1', fingerprintKeyId: 'k1' };
const acked: PoolRecord = {
  ackedAtMs: NOW,
  nodeImage: node.nodeImage,
  kubeletVersion: node.kubeletVersion,
  controlPlaneVersion: 'v1.33.2',
  fingerprint: 'f1',
  fingerprintKeyId: 'k1',
  nodeUid: 'u-1',
  nodeCreatedAtMs: node.createdAtMs,
  requestId: '',
};
const nothingSent: PoolState = { acked: undefined, refused: undefined };
const sent: PoolState = { acked, refused: undefined };

const see = (...observations: readonly Observation[]): TriggerState => observations.reduce(learn, NOTHING_SEEN);
const seenWith = (pool: PoolState): TriggerState =>
  see(
    { type: 'node', verdict: { kind: 'eligible', node } },
    { type: 'control-plane', version: 'v1.33.2', atMs: NOW },
    { type: 'control-plane', version: 'v1.33.2', atMs: NOW },
    { type: 'content', ...content },
    { type: 'pool', pool },
  );
const toSend = decide(seenWith(nothingSent), at.policy, NOW);
const key = toSend.kind === 'send' ? toSend.key : '';

/** A loop that has seen everything, of which nothing was delivered yet, and that has the lease. */
const doing = (task: LoopTask, changes: Partial<LoopState> = {}): LoopState => {
  const seen = changes.seen ?? seenWith(nothingSent);
  return {
    task,
    seen,
    decision: decide(seen, at.policy, NOW),
    signature: 's1',
    scheduledKey: key,
    keyIndex: 0,
    hasLease: true,
    unsaved: undefined,
    ...changes,
  };
};
const change = { node, pool: sent };
const delivery: Delivery = { node, reason: 'startup', key, content, bytes: 1000 };
const rest: LoopTask = { is: 'rest', until: ['cluster'] };
const description = { node, reason: 'startup', controlPlaneVersion: 'v1.33.2' } as const;
const recall = (during: 'look' | 'attempt'): LoopTask => ({ is: 'recall', node, during });
const problemOf = (kind: DataProblemKind): DataProblem => new DataProblem(kind, `it is ${kind}`, { hint: 'do this' });

const states = {
  rest: doing(rest),
  saveOnWaking: doing({ is: 'save', change, after: 'waking' }, { unsaved: change }),
  saveAfterSending: doing({ is: 'save', change, after: 'sending' }, { seen: seenWith(sent), unsaved: change }),
  askNode: doing({ is: 'askNode' }),
  askVersion: doing({ is: 'askVersion' }),
  recallInLook: doing(recall('look')),
  recallInAttempt: doing(recall('attempt')),
  check: doing({ is: 'check' }),
  read: doing({ is: 'read', signature: 's2' }),
  acquire: doing({ is: 'acquire', node }),
  renew: doing({ is: 'renew', node }),
  prepare: doing({ is: 'prepare', description, keyIndex: 0 }),
  send: doing({ is: 'send', delivery }),
  release: doing({ is: 'release' }, { seen: seenWith(sent) }),
  giveUp: doing({ is: 'giveUp', problem: problemOf('access-denied') }),
} as const satisfies Record<string, LoopState>;

const rejected: LoopInput = {
  type: 'refused',
  verdict: { kind: 'REJECTED', byPlatform: true, status: 422, detail: '' },
};
const unavailable: Verdict = { kind: 'UNAVAILABLE', status: 503, detail: 'busy', retryAfterMs: 7 };
const inputs: Record<LoopInput['type'], LoopInput> = {
  woke: { type: 'woke' },
  unanswered: { type: 'unanswered', retryAfterMs: 7 },
  saved: { type: 'saved' },
  node: { type: 'node', verdict: { kind: 'eligible', node } },
  version: { type: 'version', version: 'v1.33.2' },
  recalled: { type: 'recalled', pool: nothingSent, requestId: '' },
  checked: { type: 'checked', signature: 's1' },
  read: { type: 'read', content },
  unreadable: { type: 'unreadable', problem: problemOf('key-missing') },
  lease: { type: 'lease', isOurs: true },
  prepared: { type: 'prepared', content, bytes: 1000 },
  accepted: { type: 'accepted' },
  refused: { type: 'refused', verdict: unavailable },
  released: { type: 'released' },
};

function told(command: LoopCommand): string {
  switch (command.type) {
    case 'schedule': {
      const { what, pace, retryAfterMs } = command;
      return `${what}:${pace}${retryAfterMs === 0 ? '' : `+${retryAfterMs}`}`;
    }
    case 'failed':
      return `failed:${command.pace}`;
    case 'settled':
      return `settled:${command.what}`;
    case 'delivered':
    case 'discard':
      return command.type;
  }
}
const short = ({ state, commands }: LoopStep): string => [state.task.is, ...commands.map(told)].join(' ');
const step = (state: LoopState, input: LoopInput, changes: Partial<LoopMoment> = {}): LoopStep =>
  stepLoop(state, { input, at: { ...at, ...changes } });
const only = (...due: DueName[]): Partial<LoopMoment> => ({ due: new Set(due) });

const none = Object.fromEntries(Object.keys(inputs).map((type) => [type, '-'])) as Record<LoopInput['type'], string>;
const lookFails = { unanswered: 'check cluster:kubeBackoff+7' };
const attemptFails = { unanswered: 'rest attempt:kubeBackoff+7' };
const unusable = { unreadable: 'release files:readBackoff' };

/** Every state with every input, with everything due; `-` is "nothing changes". Typed to be complete. */
const table: Record<keyof typeof states, Record<LoopInput['type'], string>> = {
  rest: { ...none, woke: 'askNode' },
  saveOnWaking: { ...none, ...lookFails, saved: 'askNode' },
  saveAfterSending: { ...none, ...attemptFails, saved: 'release' },
  askNode: { ...none, ...lookFails, node: 'askVersion' },
  askVersion: { ...none, ...lookFails, version: 'recall' },
  recallInLook: { ...none, ...lookFails, recalled: 'check settled:cluster cluster:clusterPoll' },
  recallInAttempt: { ...none, ...attemptFails, recalled: 'prepare' },
  check: { ...none, ...unusable, checked: 'read' },
  read: { ...none, ...unusable, read: 'acquire settled:files reread:reread files:filesPoll' },
  acquire: { ...none, ...attemptFails, lease: 'recall renewal:renewal' },
  renew: { ...none, unanswered: 'rest renewal:renewal', lease: 'rest renewal:renewal' },
  prepare: { ...none, ...unusable, prepared: 'send' },
  send: { ...none, accepted: 'save delivered settled:delivery', refused: 'rest failed:sendBackoff' },
  release: { ...none, unanswered: 'rest', released: 'rest' },
  giveUp: none,
};

describe('loop machine', () => {
  it('answers every input in every state as the table says', () => {
    for (const [name, row] of Object.entries(table)) {
      const state: LoopState = states[name as keyof typeof states];
      for (const [type, expected] of Object.entries(row)) {
        const after = step(state, inputs[type as LoopInput['type']]);
        if (expected === '-') expect([name, type, after]).toEqual([name, type, { state, commands: [] }]);
        else expect([name, type, short(after)]).toEqual([name, type, expected]);
      }
    }
  });

  it('goes the whole way from nothing to a delivery, and rests', () => {
    const version: LoopInput = { type: 'version', version: 'v1.33.2' };
    const way: LoopInput[] = [
      ...(['woke', 'node'] as const).map((type) => inputs[type]),
      version,
      ...(['recalled', 'checked', 'read'] as const).map((type) => inputs[type]),
      // The version was told once: it is asked for again before anything is sent.
      inputs.woke,
      inputs.node,
      version,
      ...(['recalled', 'checked', 'read'] as const).map((type) => inputs[type]),
      // The reason is new and spread.
      inputs.woke,
      inputs.lease,
      inputs.recalled,
      inputs.prepared,
      inputs.accepted,
      inputs.saved,
      inputs.released,
    ];
    let state = NOTHING_DONE;
    const tasks = way.map((input, index) => {
      ({ state } = step(state, input, {
        isLeaseHeld: state.hasLease,
        ...(index === 12 ? only('attempt') : {}),
      }));
      return state.task.is;
    });
    const look = ['askNode', 'askVersion', 'recall', 'check', 'read', 'rest'];
    expect(tasks).toEqual([...look, ...look, 'acquire', 'recall', 'prepare', 'send', 'save', 'release', 'rest']);
    expect(state.decision).toEqual({ kind: 'current' });
  });

  it('does nothing that is not due', () => {
    const f = (due: Partial<LoopMoment>, expected: string, changes: Partial<LoopState> = {}): void =>
      expect(short(step(doing(rest, changes), inputs.woke, due))).toBe(expected);
    f(only(), 'rest');
    f(only('cluster'), 'askNode');
    f(only('files'), 'check');
    f(only('attempt'), 'acquire');
    f(only('renewal'), 'renew');
    f({ ...only('renewal'), isLeaseHeld: false }, 'rest');
    f(only('reread'), 'rest');
    f(only('attempt', 'renewal'), 'release', { seen: seenWith(sent) });
    f(only('attempt', 'renewal'), 'rest', { seen: seenWith(sent), hasLease: false });
  });

  it('rests until something that matters is due', () => {
    const excluded: Observation = { type: 'node', verdict: { kind: 'excluded', exclusion: 'karpenter' } };
    const f = (changes: Partial<LoopState>, isLeaseHeld: boolean, expected: string[]): void => {
      const { task } = step(doing(rest, { hasLease: false, ...changes }), inputs.woke, {
        due: new Set(),
        isLeaseHeld,
      }).state;
      expect(task).toEqual({ is: 'rest', until: expected });
    };
    f({ seen: NOTHING_SEEN }, true, ['cluster']);
    f({ seen: learn(seenWith(nothingSent), excluded) }, true, ['cluster']);
    f({ seen: seenWith(sent) }, true, ['cluster', 'files']);
    f({}, false, ['cluster', 'files', 'attempt']);
    f({}, true, ['cluster', 'files', 'attempt', 'renewal']);
  });

  it('spreads the first attempt for a new reason, and renews a lease that it has meanwhile', () => {
    const before = doing(rest, { scheduledKey: 'another' });
    const f = (due: Partial<LoopMoment>, expected: string): void => {
      const after = step(before, inputs.woke, due);
      expect([short(after), after.state.scheduledKey]).toEqual([expected, key]);
    };
    f(only('attempt'), 'rest attempt:spread');
    f(only('attempt', 'renewal'), 'renew attempt:spread');
  });

  it('asks for a version again soon when it was told once only', () => {
    const seen = learn(seenWith(nothingSent), { type: 'control-plane', version: 'v1.34.0', atMs: NOW });
    expect(short(step(doing(recall('look'), { seen }), inputs.recalled, only()))).toBe(
      'rest settled:cluster cluster:confirm',
    );
  });

  it('neither reads nor remembers the data of a node that is none of ours', () => {
    const seen = learn(seenWith(nothingSent), { type: 'node', verdict: { kind: 'excluded', exclusion: 'karpenter' } });
    const after = step(doing({ is: 'askVersion' }, { seen }), inputs.version);
    expect(short(after)).toBe('release settled:cluster cluster:clusterPoll');
    expect(after.state.seen.content).toBeUndefined();
    expect(after.state.decision).toEqual({ kind: 'excluded', exclusion: 'karpenter' });
  });

  it('reads when the signature is another one, when nothing is known, and once an hour', () => {
    const check = (changes: Partial<LoopState>): LoopState =>
      doing({ is: 'check' }, { seen: seenWith(sent), ...changes });
    const f = (state: LoopState, due: Partial<LoopMoment>, expected: string): void =>
      expect(short(step({ ...state, hasLease: false }, inputs.checked, due))).toBe(expected);
    f(check({}), only('files'), 'rest files:filesPoll');
    f(check({ signature: 's0' }), only('files'), 'read');
    f(check({ signature: undefined }), only('files'), 'read');
    f(check({ seen: learn(seenWith(sent), { type: 'content-lost' }) }), only('files'), 'read');
    f(check({}), only('files', 'reread'), 'read');
    // Only what was read well counts as read.
    expect(step(states.read, inputs.read).state.signature).toBe('s2');
    expect(step(states.read, inputs.unreadable).state.signature).toBe('s1');
  });

  it('gives up where an operator has to change the deployment, at the start only', () => {
    const atStart = doing({ is: 'check' }, { signature: undefined });
    const f = (kind: DataProblemKind, state: LoopState): string =>
      step(state, { type: 'unreadable', problem: problemOf(kind) }).state.task.is;
    const fatal = DATA_PROBLEMS.filter((kind) => f(kind, atStart) === 'giveUp');
    expect(fatal).toEqual(['directory-missing', 'access-denied']);
    expect(DATA_PROBLEMS.filter((kind) => f(kind, states.check) === 'giveUp')).toEqual([]);
  });

  it('forgets the content that cannot be read any more', () => {
    for (const state of [states.check, states.read, states.prepare]) {
      const after = step(state, inputs.unreadable).state;
      expect([after.seen.content, after.decision]).toEqual([undefined, { kind: 'waiting', for: ['content'] }]);
    }
  });

  it('believes itself rather than the API server while that has not kept what was delivered', () => {
    const unsaved = { seen: seenWith(sent), unsaved: change };
    const recalled = step(doing(recall('attempt'), unsaved), { type: 'recalled', pool: nothingSent, requestId: 'r-1' });
    expect([recalled.state.seen.pool, recalled.state.seen.requestId]).toEqual([sent, 'r-1']);
    // It is kept before the API server is asked for its own, and until then under the lease.
    expect(step(doing(rest, unsaved), inputs.woke).state.task).toEqual({ is: 'save', change, after: 'waking' });
    expect(short(step(doing(rest, unsaved), inputs.woke, only()))).toBe('rest');
    expect(step(doing({ is: 'save', change, after: 'waking' }, unsaved), inputs.saved).state.unsaved).toBeUndefined();
    expect(step(states.saveOnWaking, inputs.unanswered).state.unsaved).toEqual(change);
  });

  it('says nothing when another pod has delivered while it waited for the lease', () => {
    const after = step(states.recallInAttempt, { type: 'recalled', pool: sent, requestId: '' });
    expect([short(after), after.state.decision]).toEqual(['release', { kind: 'current' }]);
  });

  it('sends what was read for the attempt, under the key of that', () => {
    const other = { fingerprint: 'f2', fingerprintKeyId: 'k1' };
    const { state } = step(states.prepare, { type: 'prepared', content: other, bytes: 5 });
    expect(state.task).toEqual({
      is: 'send',
      delivery: { node, reason: 'startup', key: key.replace('"f1"', '"f2"'), content: other, bytes: 5 },
    });
    expect(state.scheduledKey).toBe(key.replace('"f1"', '"f2"'));
  });

  it('throws away what was prepared when the lease may be gone, or when the platform has it already', () => {
    expect(short(step(states.prepare, inputs.prepared, { isLeaseHeld: false }))).toBe('rest discard');
    const seen = learn(seenWith(sent), { type: 'content', fingerprint: 'f0', fingerprintKeyId: 'k1' });
    const prepare = doing({ is: 'prepare', description, keyIndex: 0 }, { seen });
    expect(short(step(prepare, inputs.prepared))).toBe('release discard');
  });

  it('rests without a lease when another pod is at work', () => {
    const after = step(states.acquire, { type: 'lease', isOurs: false });
    expect([short(after), after.state.hasLease]).toEqual(['rest attempt:leaseTaken', false]);
    // What was lost at a renewal is not given back for whoever has it now.
    const lost = step(states.renew, { type: 'lease', isOurs: false });
    expect([short(lost), lost.state.hasLease]).toEqual(['rest renewal:renewal', false]);
    expect(step(states.renew, inputs.unanswered).state.hasLease).toBe(true);
    expect(step(states.release, inputs.unanswered).state.hasLease).toBe(false);
  });

  it('keeps what was acknowledged: what it was, when, of which node, in answer to what', () => {
    const seen = learn(seenWith(nothingSent), { type: 'request', id: 'r-1' });
    const { state, commands } = step(doing({ is: 'send', delivery }, { seen }), inputs.accepted, { nowMs: NOW + 5 });
    const pool = { acked: { ...acked, ackedAtMs: NOW + 5, requestId: 'r-1' }, refused: undefined };
    expect(state.task).toEqual({ is: 'save', change: { node, pool }, after: 'sending' });
    expect([state.unsaved, state.seen.pool]).toEqual([{ node, pool }, pool]);
    expect(commands[0]).toEqual({ type: 'delivered', reason: 'startup', bytes: 1000 });
  });

  it('tries again at the pace that the answer asks for', () => {
    const f = (verdict: Verdict, pace: string): void => {
      const after = step(states.send, { type: 'refused', verdict });
      expect(short(after)).toBe(`rest failed:${pace}`);
      expect(after.commands[0]).toMatchObject({ type: 'failed', verdict });
    };
    f({ kind: 'NO_ANSWER', failure: { kind: 'timeout', code: '', detail: '' }, detail: '' }, 'sendBackoff');
    f(unavailable, 'sendBackoff');
    f({ kind: 'INTERFERENCE', ackMismatch: false, detail: '' }, 'slow');
    // A firewall's page: neither is the next key tried, nor is anything kept of it.
    f({ kind: 'REJECTED', byPlatform: false, detail: '' }, 'slow');
    f({ kind: 'TOO_LARGE', byPlatform: false, detail: '' }, 'slow');
    f({ kind: 'UNAUTHORIZED', keyChanged: false, detail: '' }, 'slow');
    f({ kind: 'UNAUTHORIZED', keyChanged: true, detail: '' }, 'now');
  });

  it('tries every trusted key before it takes a refusal for one', () => {
    const first = step(doing({ is: 'send', delivery }, { seen: seenWith(sent) }), rejected);
    expect([short(first), first.state.keyIndex]).toEqual(['rest failed:now', 1]);
    const next = step({ ...states.recallInAttempt, keyIndex: 1 }, inputs.recalled);
    expect(next.state.task).toMatchObject({ is: 'prepare', keyIndex: 1 });

    const last = doing({ is: 'send', delivery }, { seen: seenWith(sent), keyIndex: 1 });
    const pool = { acked, refused: { sendKey: key, atMs: NOW } };
    const f = (state: LoopState, keyCount: number): void => {
      const after = step(state, rejected, { keyCount });
      expect([short(after), after.state.keyIndex]).toEqual(['save failed:now', 0]);
      expect(after.state.unsaved).toEqual({ node, pool });
    };
    f(last, 2);
    // In compatibility mode nothing is sealed, so there is no key to change.
    f({ ...last, keyIndex: 0 }, 0);
    f({ ...last, keyIndex: 0 }, 1);
  });

  it('keeps its promises wherever a random walk leads', () => {
    const seed = 20_260_820;
    const random = new SeededRandom(seed);
    let sends = 0;
    for (let walk = 0; walk < 200; walk += 1) {
      let state = NOTHING_DONE;
      let nowMs = NOW;
      let stored = nothingSent;
      let lastAccepted = '';
      for (let turn = 0; turn < 200 && state.task.is !== 'giveUp'; turn += 1) {
        nowMs += 1000 + random.integer(3) * HOUR;
        const due = new Set(DUE_NAMES.filter(() => random.chance(0.6)));
        const isLeaseHeld = state.hasLease && random.chance(0.9);
        const before = state;
        const input = anyEnd(before.task, stored, random);
        const after = stepLoop(before, { input, at: { ...at, nowMs, due, isLeaseHeld } });
        ({ state } = after);
        const { task } = state;
        if (input.type === 'saved' && before.task.is === 'save') stored = before.task.change.pool;
        if (input.type === 'accepted' && before.task.is === 'send') lastAccepted = before.task.delivery.key;
        if (task.is === 'send') sends += 1;

        const where = `seed ${seed}, walk ${walk}, turn ${turn}: ${before.task.is} ${input.type} → ${short(after)}`;
        const holds = (what: string, isTrue: boolean): void =>
          expect(`${where}: ${what}: ${isTrue}`).toBe(`${where}: ${what}: true`);
        holds('each end leads to another task', task !== before.task);
        holds('it always looks again', task.is !== 'rest' || task.until.includes('cluster'));
        holds('it sends under the lease', task.is !== 'send' || isLeaseHeld);
        holds('it sends nothing twice', task.is !== 'send' || task.delivery.key !== lastAccepted);
        holds('it lets go with nothing left to keep', task.is !== 'release' || state.unsaved === undefined);
        holds('it leaves nodes alone that are none of ours', !isAtFiles(task) || state.seen.node?.kind === 'eligible');
        if (input.type !== 'prepared') continue;
        const isDiscarded = after.commands.some(({ type }) => type === 'discard');
        holds('what was prepared is sent or overwritten', isDiscarded !== (task.is === 'send'));
      }
    }
    expect(sends).toBeGreaterThan(200);
  });
});

function isAtFiles({ is }: LoopTask): boolean {
  return is === 'check' || is === 'read' || is === 'prepare';
}

/** One of the ways in which a task may end, mostly the first: that goes well. */
function anyEnd(task: LoopTask, stored: PoolState, random: SeededRandom): LoopInput {
  const fingerprint = random.chance(0.9) ? 'f1' : 'f2';
  const known = { fingerprint, fingerprintKeyId: 'k1' };
  const unreadable: LoopInput = { type: 'unreadable', problem: problemOf(random.pick(DATA_PROBLEMS)) };
  const ours: LoopInput = { type: 'lease', isOurs: random.chance(0.7) };
  const ends: Record<LoopTask['is'], readonly LoopInput[]> = {
    rest: [inputs.woke],
    save: [inputs.saved, inputs.unanswered],
    askNode: [inputs.node, { type: 'node', verdict: { kind: 'excluded', exclusion: 'karpenter' } }, inputs.unanswered],
    askVersion: [inputs.version, { type: 'version', version: 'v1.34.0' }, inputs.unanswered],
    recall: [{ type: 'recalled', pool: stored, requestId: random.pick(['', 'r-1', 'r-2']) }, inputs.unanswered],
    check: [{ type: 'checked', signature: random.pick(['s1', 's2']) }, unreadable],
    read: [{ type: 'read', content: known }, unreadable],
    acquire: [ours, inputs.unanswered],
    renew: [ours, inputs.unanswered],
    prepare: [{ type: 'prepared', content: known, bytes: 9 }, unreadable],
    send: [
      inputs.accepted,
      inputs.refused,
      rejected,
      { type: 'refused', verdict: { kind: 'UNAUTHORIZED', keyChanged: random.chance(0.5), detail: '' } },
    ],
    release: [inputs.released, inputs.unanswered],
    giveUp: [inputs.woke],
  };
  const [well] = ends[task.is];
  return well !== undefined && random.chance(0.7) ? well : random.pick(ends[task.is]);
}
