import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { describe, expect, it } from 'vitest';
import { KillSwitch } from './kill-switch.ts';

const signal = new AbortController().signal;

/** A switch over a ConfigMap that a test changes; undefined: there is none. */
function start() {
  const world: {
    data: Record<string, unknown> | undefined;
    error: KubeError | undefined;
    answer?: Record<string, unknown>;
  } = { data: undefined, error: undefined };
  const client = {
    get: (): Promise<Record<string, unknown>> => {
      if (world.error !== undefined) return Promise.reject(world.error);
      if (world.data === undefined) return Promise.reject(new KubeError('KUBE_NOT_FOUND', 'HTTP 404'));
      return Promise.resolve(world.answer ?? { metadata: { name: 'switch' }, data: world.data });
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

  it('is on by any word that is not a no', async () => {
    const { world, killSwitch } = start();
    for (const paused of ['true', 'yes', '1', 'on', 'please', 'TRUE', 'tru']) {
      world.data = { paused };
      expect([paused, await killSwitch.isPaused(signal)]).toEqual([paused, true]);
    }
    for (const no of ['', ' ', 'false', 'No', 'off', '0']) {
      world.data = { paused: no, logs: no };
      expect([no, await killSwitch.isPaused(signal), await killSwitch.silencesLogs(signal)]).toEqual([
        no,
        false,
        no.trim() !== '',
      ]);
    }
  });

  it('that is answered with something else is not known to be off', async () => {
    const { world, killSwitch } = start();
    [world.data, world.answer] = [{}, { hello: 'portal' }];
    await expect(killSwitch.isPaused(signal)).rejects.toThrow('no ConfigMap');
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
