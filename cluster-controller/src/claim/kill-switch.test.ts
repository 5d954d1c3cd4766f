import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { describe, expect, it } from 'vitest';
import { KillSwitch } from './kill-switch.ts';

const signal = new AbortController().signal;

/** A switch over a ConfigMap that a test changes; undefined: there is none. */
function start() {
  const world: { data: Record<string, unknown> | undefined; error: KubeError | undefined } = {
    data: undefined,
    error: undefined,
  };
  const client = {
    get: (): Promise<Record<string, unknown>> => {
      if (world.error !== undefined) return Promise.reject(world.error);
      if (world.data === undefined) return Promise.reject(new KubeError('KUBE_NOT_FOUND', 'HTTP 404'));
      return Promise.resolve({ data: world.data });
    },
  };
  return { world, killSwitch: new KillSwitch(client, 'castai-agent') };
}

describe('the switch', () => {
  it('stops actions and lines of log each by a key of its own', async () => {
    const { world, killSwitch } = start();
    const told: unknown[] = [];
    for (const data of [undefined, {}, { paused: ' True' }, { logs: 'False\n' }, { paused: 'no', logs: 'true' }]) {
      world.data = data;
      told.push([await killSwitch.isPaused(signal), await killSwitch.silencesLogs(signal)]);
    }
    expect(told).toEqual([
      [false, false],
      [false, false],
      [true, false],
      [false, true],
      [false, false],
    ]);
  });

  it('that cannot be read lets no action begin, and of lines says what it said before', async () => {
    const { world, killSwitch } = start();
    const error = new KubeError('KUBE_UNREACHABLE', 'no route');
    world.error = error;
    await expect(killSwitch.isPaused(signal)).rejects.toBe(error);
    expect(await killSwitch.silencesLogs(signal)).toBe(false);
    [world.error, world.data] = [undefined, { logs: 'false' }];
    expect(await killSwitch.silencesLogs(signal)).toBe(true);
    world.error = error;
    expect(await killSwitch.silencesLogs(signal)).toBe(true);
    const gone = new Error('the term is over');
    await expect(killSwitch.silencesLogs(AbortSignal.abort(gone))).rejects.toBe(gone);
  });
});
