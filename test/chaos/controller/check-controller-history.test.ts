import { expect, test } from 'vitest';
import { checkControllerHistory } from './check-controller-history.ts';
import type { ChaosKind, HistoryEntry } from './history.ts';

type Effect = Extract<HistoryEntry, { type: 'write' }>['effect'];

const asked = (kind: ChaosKind, ...meant: string[]): HistoryEntry => ({ type: 'asked', id: 'a', kind, meant });
const write = (uid: string, effect: Effect = 'changed', condition = uid): HistoryEntry => ({
  type: 'write',
  id: 'a',
  verb: 'patch',
  uid,
  condition,
  effect,
});
const gone = (uid: string): HistoryEntry => ({ type: 'gone', uid });
const ack = (error: string | null = null, isSo = true): HistoryEntry => ({ type: 'ack', id: 'a', error, isSo });
const checks = (expected: readonly string[], ...history: readonly HistoryEntry[]): void =>
  expect(checkControllerHistory(history)).toEqual(expected);

const UNKNOWN = 'unavailable: whether it was done cannot be told, and twice would not be the same: lost';
const BEGUN = 'internal: it was begun before and not heard of again';

test('a history in which all promises were kept has nothing to say', () => {
  checks([], asked('evictPod', 'p'), write('p'), write('p', 'none'), gone('p'), ack(), ack());
  checks([], asked('drainNode', 'n', 'p', 'q'), write('p'), gone('q'), gone('p'), ack());
  checks([], asked('drainNode', 'n', 'p'), gone('n'), ack());
  checks([], asked('deleteNode', 'n'), write('n', 'gone'), ack());
  checks([], asked('patchNode', 'n'), write('n'), ack());
  checks([], asked('patchNode', 'n'), gone('n'), ack());
  checks([], asked('patchNode', 'n'), gone('n'), ack('mismatch: another machine', false));
  checks([], asked('createEvent'), write('e', 'changed', ''), ack());
  checks([], asked('append', 'm'), write('m'), ack(UNKNOWN), ack(UNKNOWN));
  checks([], asked('append', 'm'), ack(BEGUN, false));
});

test('each broken promise is found', () => {
  checks(['evictPod a: nobody was told'], asked('evictPod', 'p'));
  checks([`append a: told in 2 ways:  | ${BEGUN}`], asked('append', 'm'), write('m'), ack(), ack(BEGUN));
  checks(
    ['evictPod a: it hit successor, which was not meant'],
    asked('evictPod', 'p'),
    gone('p'),
    write('successor', 'none', 'p'),
    ack(),
  );
  checks(['patchNode a: a write was on no condition'], asked('patchNode', 'n'), write('n', 'changed', ''), ack());
  for (const kind of ['patchNode', 'append'] as const) {
    checks([`${kind} a: patch of m had an effect 2 times`], asked(kind, 'm'), write('m'), write('m'), ack());
  }
  const event = write('e', 'changed', '');
  checks(['createEvent a: patch had an effect 2 times'], asked('createEvent'), event, write('f', 'changed', ''), ack());
});

test('what is told to be done and is not is found by what was carried out, and by what the cluster is', () => {
  const untrue = (kind: ChaosKind): string[] => [`${kind} a: told to be done, and was not`];
  checks(untrue('evictPod'), asked('evictPod', 'p'), write('p'), ack(), gone('p'));
  checks(untrue('drainNode'), asked('drainNode', 'n', 'p', 'q'), gone('p'), ack(), gone('q'));
  checks(untrue('deleteNode'), asked('deleteNode', 'n'), write('n'), ack());
  checks(untrue('patchNode'), asked('patchNode', 'n'), write('n', 'none'), ack());
  checks(untrue('createEvent'), asked('createEvent'), ack());
  checks(untrue('append'), asked('append', 'm'), ack(), write('m'));
  checks(untrue('append'), asked('append', 'm'), write('m'), ack(null, false));
});

test('what is told not to be done needs a reason', () => {
  checks(
    ['evictPod a: told timeout: after 9 s, for which there is no reason'],
    asked('evictPod', 'p'),
    ack('timeout: after 9 s', false),
  );
  checks(['append a: told internal: x, for which there is no reason'], asked('append', 'm'), ack('internal: x'));
  checks(
    ['patchNode a: told mismatch: other, and it was the machine that was meant'],
    asked('patchNode', 'n'),
    ack('mismatch: other'),
    gone('n'),
  );
});
