import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { expect, it } from 'vitest';
import { SwitchReader } from './read-switch.ts';

const { signal } = new AbortController();
const away = new KubeError('KUBE_UNREACHABLE', 'nobody answers');

function start(...answers: readonly (boolean | KubeError)[]) {
  const clock = new ManualClock();
  const told: string[] = [];
  let asked = 0;
  const reader = new SwitchReader({
    clock,
    killSwitch: {
      isPaused: async () => {
        const answer = answers[asked++];
        if (typeof answer === 'boolean') return answer;
        throw answer ?? new Error('nobody asks again');
      },
    },
    observer: { onSwitchFailed: (error) => told.push(String(error)), onSwitchRead: () => told.push('read') },
  });
  return { clock, reader, told, asked: () => asked };
}

it('reads at most once a second, and goes by what it read meanwhile', async () => {
  const { clock, reader, asked } = start(true, false);
  for (let count = 0; count < 3; count += 1) await reader.read(signal);
  await clock.advance(999);
  await reader.read(signal);
  expect([reader.isPaused, asked()]).toEqual([true, 1]);
  await clock.advance(1);
  await reader.read(signal);
  expect([reader.isPaused, asked()]).toEqual([false, 2]);
});

it('stops new actions while it cannot be read, says so, and is asked no more often for that', async () => {
  const { clock, reader, told, asked } = start(away, false);
  await reader.read(signal);
  await reader.read(signal);
  expect([reader.isPaused, asked(), told]).toEqual([true, 1, [String(away)]]);
  await clock.advance(1_000);
  await reader.read(signal);
  expect([reader.isPaused, told.at(-1)]).toEqual([false, 'read']);
});

it('tells nobody of a read that was called off', async () => {
  const { reader, told } = start(away);
  await expect(reader.read(AbortSignal.abort('over'))).rejects.toBe('over');
  expect([reader.isPaused, told]).toEqual([false, []]);
});
