import { expect, test } from 'vitest';
import { checkOpen, judgeBatch, judgeOpen, type BatchVerdict, type OpenVerdict } from './session-rules.ts';

test('a batch is placed by its epoch first and its seq second', () => {
  const f = (
    stored: [epoch: number, sessionEpoch: number, receivedSeq: number],
    batch: [number, number],
  ): BatchVerdict =>
    judgeBatch(
      { epoch: stored[0], sessionEpoch: stored[1], receivedSeq: stored[2], lastDigest: 'd' },
      { epoch: batch[0], seq: batch[1], digest: 'd' },
    );
  expect(f([3, 3, 7], [3, 8])).toEqual({ type: 'apply' });
  expect(f([3, 3, 0], [3, 1])).toEqual({ type: 'apply' });
  expect(f([3, 3, 7], [3, 7])).toEqual({ type: 'duplicate' });
  expect(f([3, 3, 7], [3, 1])).toEqual({ type: 'duplicate' });
  expect(f([3, 3, 7], [3, 9])).toEqual({ type: 'gap', expectedSeq: 8 });
  expect(f([3, 3, 0], [3, 2])).toEqual({ type: 'gap', expectedSeq: 1 });
  // Fenced whatever the seq, and also while the newer session is lost.
  expect(f([3, 3, 7], [2, 8])).toEqual({ type: 'fenced' });
  expect(f([3, 0, 7], [2, 8])).toEqual({ type: 'fenced' });
  expect(f([3, 3, 7], [4, 8])).toEqual({ type: 'unknownEpoch' });
  expect(f([3, 2, 7], [3, 8])).toEqual({ type: 'unknownEpoch' });
  expect(f([3, 0, 7], [3, 7])).toEqual({ type: 'unknownEpoch' });
  expect(f([0, 0, 0], [1, 1])).toEqual({ type: 'unknownEpoch' });
});

test('other content under the last seq is no repetition: an ack would lose it', () => {
  const stored = { epoch: 3, sessionEpoch: 3, receivedSeq: 7, lastDigest: 'd' };
  expect(judgeBatch(stored, { epoch: 3, seq: 7, digest: 'd' })).toEqual({ type: 'duplicate' });
  expect(judgeBatch(stored, { epoch: 3, seq: 7, digest: 'other' })).toEqual({ type: 'gap', expectedSeq: 8 });
  // Of what came before that no digest is kept.
  expect(judgeBatch(stored, { epoch: 3, seq: 6, digest: 'other' })).toEqual({ type: 'duplicate' });
});

test('an epoch of 0 is never a session', () => {
  expect(
    judgeBatch({ epoch: 0, sessionEpoch: 0, receivedSeq: 0, lastDigest: '' }, { epoch: 0, seq: 1, digest: 'd' }),
  ).toEqual({
    type: 'unknownEpoch',
  });
});

test('an open is refused only for older evidence of the same lease', () => {
  type Lease = { uid: string; transitions: number } | undefined;
  const f = (stored: Lease, offered: Lease): OpenVerdict['type'] =>
    judgeOpen({ lease: stored }, offered ? { lease: offered } : {}).type;
  expect(f(undefined, undefined)).toBe('accept');
  expect(f(undefined, { uid: 'l', transitions: 0 })).toBe('accept');
  expect(f({ uid: 'l', transitions: 4 }, { uid: 'l', transitions: 3 })).toBe('notLeader');
  expect(f({ uid: 'l', transitions: 4 }, { uid: 'l', transitions: 4 })).toBe('accept');
  expect(f({ uid: 'l', transitions: 4 }, { uid: 'l', transitions: 5 })).toBe('accept');
  expect(f({ uid: 'l', transitions: 4 }, { uid: 'created again', transitions: 0 })).toBe('accept');
  expect(f({ uid: 'l', transitions: 4 }, undefined)).toBe('accept');
});

test('one open raises what is remembered of a lease by a thousand at most, so that one lie locks nobody out', () => {
  const f = (stored: number | undefined, offered: number): unknown =>
    judgeOpen(
      { lease: stored === undefined ? undefined : { uid: 'l', transitions: stored } },
      { lease: { uid: 'l', transitions: offered } },
    );
  const accept = (transitions: number): OpenVerdict => ({ type: 'accept', lease: { uid: 'l', transitions } });
  expect(f(4, 5)).toEqual(accept(5));
  expect(f(4, 2 ** 31 - 3)).toEqual(accept(1004));
  expect(f(undefined, 7)).toEqual(accept(7));
  expect(f(undefined, 2 ** 31 - 3)).toEqual(accept(1000));
  // The honest count of an old lease is caught up with, and never refused on the way.
  expect(f(1000, 5000)).toEqual(accept(2000));
});

test('evidence that no Lease can hold is not remembered: every agent would count less', () => {
  const f = (transitions: number): unknown => {
    const lease = { uid: 'l', transitions };
    const words = { instanceId: '', agentVersion: '', kubernetesVersion: '' };
    try {
      return checkOpen({ ...words, clusterUid: 'u', feeds: [], encodings: [], lease });
    } catch (error) {
      return error;
    }
  };
  expect(f(2 ** 31 - 1)).toBeUndefined();
  expect(f(2 ** 31)).toMatchObject({ status: 400, message: 'no lease has so many transitions' });
});
