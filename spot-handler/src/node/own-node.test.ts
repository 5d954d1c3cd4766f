import { expect, it } from 'vitest';
import type { WatchEvent } from '@castai/shared/kube/watch-events.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { jsonItem } from '@castai/shared/kube/kube-item.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { OwnNode } from './own-node.ts';

const GONE = new KubeError('KUBE_NOT_FOUND', 'there is no node n-1');
const AWAY = new KubeError('KUBE_UNREACHABLE', 'refused', { retryAfterMs: 7_000 });

const node = (resourceVersion: string, uid = 'u-1') => ({ metadata: { name: 'n-1', uid, resourceVersion } });
const event = (type: 'ADDED' | 'MODIFIED' | 'DELETED', version: string): WatchEvent => ({
  type,
  ...jsonItem(node(version)),
});

/** A node whose reads give these, the last one for ever, and whose first watch brings these rounds; later ones bring nothing. */
function scenario(reads: readonly (Record<string, unknown> | Error)[], rounds: readonly WatchEvent[][] = []) {
  const clock = new ManualClock();
  const told: (string | undefined)[] = [];
  const failures: unknown[] = [];
  const readAtMs: number[] = [];
  const watches: string[] = [];
  const stop = new AbortController();
  const own = new OwnNode({
    name: 'n-1',
    clock,
    random: () => 0.5,
    client: {
      get: async () => {
        readAtMs.push(clock.monotonicMs());
        const answer = reads[Math.min(readAtMs.length, reads.length) - 1];
        if (answer instanceof Error) throw answer;
        return answer ?? {};
      },
    },
    watch: {
      follow: async function* ({ name, resourceVersion, timeoutSeconds }) {
        watches.push(`${name} after ${resourceVersion} for ${String(timeoutSeconds)} s`);
        if (watches.length === 1) yield* rounds;
      },
    },
    onChange: (view) => told.push(view?.resourceVersion),
    onFailure: (error) => failures.push(error),
  });
  const run = own.run(stop.signal).catch((error: unknown) => error);
  const end = async (): Promise<unknown> => {
    stop.abort(new Error('stopped'));
    return run;
  };
  return { own, clock, told, failures, readAtMs, watches, end };
}

it('is read once and followed from there', async () => {
  const { own, clock, told, watches, end } = scenario(
    [node('5')],
    [[event('MODIFIED', '6'), { type: 'BOOKMARK', resourceVersion: '9' }], [event('MODIFIED', '10')]],
  );
  expect([own.path, own.current, own.isDeleted]).toEqual(['/api/v1/nodes/n-1', undefined, false]);
  await clock.advance(0);
  expect(told).toEqual(['5', '6', '10']);
  expect(own.current?.resourceVersion).toBe('10');
  expect(watches).toEqual(['n-1 after 5 for 450 s']);
  expect(await end()).toEqual(new Error('stopped'));
  expect(clock.pendingTimers).toBe(0);
});

it('does not go back to a state that is older than the known one, but takes another node of the same name', async () => {
  const { own, clock, told, end } = scenario([node('10')]);
  await clock.advance(0);
  expect(own.adopt(node('9')).resourceVersion).toBe('10');
  expect(own.adopt(node('3', 'u-2')).resourceVersion).toBe('3');
  expect(told).toEqual(['10', '3']);
  await end();
});

it('is read again half a second after a watch has ended', async () => {
  const { clock, readAtMs, end } = scenario([node('5')]);
  await clock.advance(500);
  expect(readAtMs).toEqual([0, 500]);
  await end();
});

it('is gone when a watch says so, once, and is looked for until its kubelet registers it anew', async () => {
  const { own, clock, told, failures, readAtMs, end } = scenario(
    [node('5'), GONE, GONE, node('2')],
    [[event('DELETED', '6')]],
  );
  await clock.advance(0);
  expect([own.isDeleted, told]).toEqual([true, ['5', undefined]]);
  await clock.advance(500 + 20_000);
  expect(readAtMs).toEqual([0, 500, 10_500, 20_500]);
  // Older by its number: what was deleted has no say in what comes after it.
  expect([own.isDeleted, own.current?.resourceVersion, told]).toEqual([false, '2', ['5', undefined, '2']]);
  expect(failures).toEqual([]);
  await end();
});

it('stays as last known while the API server is away, which is told, and a Retry-After is kept to', async () => {
  const { own, clock, told, failures, readAtMs, end } = scenario([node('5'), AWAY, node('6')]);
  await clock.advance(500);
  expect([own.current?.resourceVersion, failures]).toEqual(['5', [AWAY]]);
  await clock.advance(7_249);
  expect(readAtMs).toEqual([0, 500]);
  await clock.advance(1);
  expect([readAtMs, told]).toEqual([
    [0, 500, 7_750],
    ['5', '6'],
  ]);
  await end();
});
