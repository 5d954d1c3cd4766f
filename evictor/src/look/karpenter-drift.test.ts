import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { expect, test } from 'vitest';
import type { KarpenterDrift } from '../judge/node-claim.ts';
import { node } from '../testing/objects.ts';
import { readNode } from '../view/node-record.ts';
import { viewInterners } from '../view/view-interners.ts';
import { KarpenterDrifts } from './karpenter-drift.ts';

const MINUTE = 60_000;
const interners = viewInterners();
const OTHERS = [readNode(node('a'), interners)];
const ITS = [...OTHERS, readNode(node('b', { labels: { 'karpenter.sh/nodepool': 'spot' } }), interners)];
const { signal } = new AbortController();

function drifts(...answers: (KarpenterDrift | Error)[]) {
  const clock = new ManualClock(0);
  const told: unknown[] = [];
  let asked = 0;
  const one = new KarpenterDrifts({
    clock,
    askClaims: () => {
      const answer = answers[asked];
      asked += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? new Map());
    },
    onClaimsAsked: (error) => told.push(error),
  });
  return { clock, told, of: (nodes = ITS) => one.of(nodes, signal), asked: () => asked };
}

const drift = (reason: string): KarpenterDrift => new Map([['b', reason]]);

test('where Karpenter has made no node it is not asked', async () => {
  const { of, asked } = drifts();
  expect([await of(OTHERS), await of([]), asked()]).toEqual([new Map(), new Map(), 0]);
});

test('it is asked every five minutes, and an answer that fails changes nothing', async () => {
  const { clock, told, of, asked } = drifts(drift('A'), new Error('away'), drift('B'));
  expect([await of(), await of(), asked()]).toEqual([drift('A'), drift('A'), 1]);
  await clock.advance(5 * MINUTE);
  expect([await of(), await of(), asked()]).toEqual([drift('A'), drift('A'), 2]);
  await clock.advance(5 * MINUTE);
  expect([await of(), asked(), told]).toEqual([drift('B'), 3, [undefined, new Error('away'), undefined]]);
});

test('when its last node is gone, so is what was known, and what it was refused', async () => {
  const { told, of, asked } = drifts(new Error('forbidden'), drift('A'));
  expect([await of(), await of(OTHERS)]).toEqual([new Map(), new Map()]);
  expect(told).toEqual([new Error('forbidden'), undefined]);
  expect([await of(), asked()]).toEqual([drift('A'), 2]);
});

test('a look does not wait long for an answer', async () => {
  const clock = new ManualClock(0);
  const told: unknown[] = [];
  const silent = new KarpenterDrifts({
    clock,
    askClaims: async (limited) => {
      await untilAborted(limited);
      return drift('late');
    },
    onClaimsAsked: (error) => told.push(error),
  });
  const answer = silent.of(ITS, signal);
  await clock.advance(20_000);
  expect(await answer).toEqual(new Map());
  expect(told).toEqual([new KubeError('KUBE_UNREACHABLE', 'no answer within 20 s')]);
});
