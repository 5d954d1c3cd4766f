import { expect, test } from 'vitest';
import { checkControllerHistory } from './check-controller-history.ts';
import type { ChaosKind, HistoryEntry } from './history.ts';

const asked = (kind: ChaosKind, ...meant: string[]): HistoryEntry => ({ type: 'asked', id: 'a', kind, meant });
const write = (uid: string, isTaken = true): HistoryEntry => ({ type: 'write', id: 'a', verb: 'patch', uid, isTaken });
const gone = (uid: string): HistoryEntry => ({ type: 'gone', uid });
const ack = (error: string | null = null): HistoryEntry => ({ type: 'ack', id: 'a', error });
const checks = (expected: readonly string[], ...history: readonly HistoryEntry[]): void =>
  expect(checkControllerHistory(history)).toEqual(expected);

test('a history in which all promises were kept has nothing to say', () => {
  checks([], asked('evictPod', 'p'), write('p'), write('p'), gone('p'), ack(), ack());
  checks([], asked('drainNode', 'n', 'p', 'q'), write('p'), gone('q'), gone('p'), ack());
  checks([], asked('drainNode', 'n', 'p'), gone('n'), ack());
  checks([], asked('deleteNode', 'n'), write('n', false), write('n'), ack());
  checks([], asked('patchNode', 'n'), write('n'), ack());
  checks([], asked('createEvent'), write(''), ack());
  checks([], asked('append', 'm'), write('m'), ack('internal: it cannot be told'));
});

test('each broken promise is found', () => {
  checks(['evictPod a: nobody was told'], asked('evictPod', 'p'));
  checks(['evictPod a: told in 2 ways:  | timeout'], asked('evictPod', 'p'), gone('p'), ack(), ack('timeout'));
  checks(
    ['evictPod a: it hit successor, which was not meant'],
    asked('evictPod', 'p'),
    gone('p'),
    write('successor'),
    ack(),
  );
  checks(['evictPod a: told to be done, and was not'], asked('evictPod', 'p'), write('p'), ack(), gone('p'));
  checks(['drainNode a: told to be done, and was not'], asked('drainNode', 'n', 'p', 'q'), gone('p'), ack(), gone('q'));
  checks(['patchNode a: a write was on no condition'], asked('patchNode', 'n'), write(''), ack());
  checks(['patchNode a: told to be done, and was not'], asked('patchNode', 'n'), write('n', false), ack());
  checks(['deleteNode a: it was done 2 times'], asked('deleteNode', 'n'), write('n'), write('n'), ack());
  checks(['createEvent a: it was done 2 times'], asked('createEvent'), write(''), write(''), ack());
  checks(['append a: it was done 2 times'], asked('append', 'm'), write('m'), write('m'), ack('internal: x'));
});
