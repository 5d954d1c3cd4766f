import { expect, test } from 'vitest';
import type { HistoryLine } from '../platform-rig/client.ts';
import { historyViolations } from './check-history.ts';

let id = 0;
const line = (seq: number, record: HistoryLine['record'], epoch = 1): HistoryLine => {
  id += 1;
  return { id, cluster: 'c', epoch, seq, atMs: id, record };
};
const upsert = (resourceVersion: string, uid = 'u') =>
  ({ type: 'upsert', feedId: 1, uid, name: 'a', resourceVersion }) as const;
const remove = (resourceVersion: string) =>
  ({ type: 'delete', feedId: 1, uid: 'u', name: 'a', resourceVersion }) as const;
const swept = { type: 'swept', feedKey: 7, uids: ['u'] } as const;

const f = (history: readonly HistoryLine[], expected: readonly string[]): void =>
  expect(historyViolations(history)).toEqual(expected);

test('a life from creation to deletion, told twice by a second session, breaks nothing', () => {
  f(
    [
      line(0, { type: 'open', instanceId: 'a' }),
      line(1, { type: 'snapshotBegin', feedId: 1 }),
      line(1, upsert('9')),
      line(1, { type: 'snapshotEnd', feedId: 1, resourceVersion: '9', count: 1 }),
      line(2, upsert('10')),
      line(0, { type: 'open', instanceId: 'b' }, 2),
      line(1, upsert('10'), 2),
      line(2, remove('11'), 2),
      line(3, remove('11'), 2),
    ],
    [],
  );
});

test('an object that comes back after its deletion is a resurrection', () => {
  f(
    [line(1, upsert('5')), line(2, remove('6')), line(3, upsert('7'))],
    ['I2: epoch 1, seq 3 brings a (u) back, which epoch 1, seq 2 removed'],
  );
});

test('an object that comes back after a sweep is a resurrection', () => {
  const end = { type: 'snapshotEnd', feedId: 1, resourceVersion: '9', count: 0 };
  f(
    [line(1, upsert('5')), line(2, end), line(2, swept), line(3, upsert('7'))],
    ['I2: epoch 1, seq 3 brings a (u) back, which epoch 1, seq 2 removed'],
  );
});

test('a full snapshot of the second wire may sweep, and was not whole when what it swept comes back', () => {
  const full = { type: 'fullSnapshot' };
  f([line(1, upsert('5')), line(1, full, 2), line(1, swept, 2)], []);
  f(
    [line(1, upsert('5')), line(1, full, 2), line(1, swept, 2), line(2, upsert('5'), 2)],
    ['I2: epoch 2, seq 2 brings a (u) back, which epoch 2, seq 1 removed'],
  );
});

test('an older state after a newer one is told, by length and not by the alphabet', () => {
  f([line(1, upsert('10')), line(2, upsert('9'))], ['I3: epoch 1, seq 2 has a (u) at 9 after 10']);
  f([line(1, upsert('9')), line(2, upsert('10'))], []);
});

test('a state that the platform rejected has no effect', () => {
  f([line(1, upsert('10')), line(2, { ...upsert('9'), rejection: 'TOO_LARGE' })], []);
});

test('only the end of a snapshot or the absence of a resource may sweep, and only in their own batch', () => {
  const end = { type: 'snapshotEnd', feedId: 1, resourceVersion: '9', count: 0 };
  f([line(1, end), line(2, swept)], ['I6: epoch 1, seq 2 sweeps 1 objects without the end of a snapshot']);
  f([line(1, { type: 'feedState', feedId: 1, state: 'ABSENT' }), line(1, swept)], []);
  f(
    [line(1, { type: 'feedState', feedId: 1, state: 'FORBIDDEN' }), line(1, swept)],
    ['I6: epoch 1, seq 1 sweeps 1 objects without the end of a snapshot'],
  );
});

test('an effect of an older session or of an older batch is told', () => {
  f([line(1, upsert('5'), 2), line(2, upsert('6'))], ['I7: epoch 1, seq 2 has an effect after epoch 2']);
  f([line(2, upsert('5')), line(1, upsert('6'))], ['I7: epoch 1, seq 1 has an effect after seq 2']);
});

test('virtual objects, whose uid is a name, may come and go', () => {
  const metrics = { ...upsert('1', 'shop/a') };
  f([line(1, metrics), line(2, { ...remove('1'), uid: 'shop/a' }), line(3, metrics)], []);
});

test('an offer marks what was put last, and nothing that went or has another version', () => {
  const offer = (resourceVersion: string, more: object = {}) =>
    ({ type: 'offer', feedId: 1, uid: 'u', resourceVersion, ...more }) as const;
  f([line(1, upsert('5')), line(2, offer('5')), line(3, offer('6', { wanted: true }))], []);
  // Of what was put before the history began nobody knows.
  f([line(1, offer('5'))], []);
  f([line(1, upsert('5')), line(2, offer('6'))], ['offers: epoch 1, seq 2 marks u at 6, which is held at 5']);
  f(
    [line(1, upsert('5')), line(2, remove('6')), line(3, offer('5'))],
    ['offers: epoch 1, seq 3 marks u, which epoch 1, seq 2 removed'],
  );
  const end = { type: 'snapshotEnd', feedId: 1, resourceVersion: '9', count: 0 };
  f(
    [line(1, end), line(1, swept), line(2, offer('5'))],
    ['offers: epoch 1, seq 2 marks u, which epoch 1, seq 1 removed'],
  );
});
