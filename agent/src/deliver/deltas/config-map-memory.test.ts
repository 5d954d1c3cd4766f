import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { describe, expect, it } from 'vitest';
import { ConfigMapMemory } from './config-map-memory.ts';
import type { DeltaPoint } from './delta-memory.ts';
import { encodePoint } from './parse-point.ts';

const point = (token: string): DeltaPoint => ({
  clusterId: 'c-1',
  token,
  positions: new Map([['pods', { position: '7', shape: 'v1/1' }]]),
});
const textOf = (token: string): string => encodePoint(point(token)) ?? '';
const never = new AbortController().signal;
const forbidden = new KubeError('KUBE_FORBIDDEN', 'HTTP 403');

/** A memory whose ConfigMap holds this text; undefined: there is none. Errors are thrown once each, by the next write. */
function start(
  held: string | undefined,
  { readError, errors = [] }: { readError?: KubeError; errors?: KubeError[] } = {},
) {
  const clock = new ManualClock();
  const seen = { told: [] as string[], held, paths: [] as string[], reads: 0 };
  const memory = new ConfigMapMemory({
    client: {
      get: async () => {
        seen.reads += 1;
        if (readError !== undefined) throw readError;
        if (seen.held === undefined) throw new KubeError('KUBE_NOT_FOUND', 'HTTP 404');
        return { data: { deltas: seen.held } };
      },
      patch: async (path, { body }) => {
        seen.paths.push(path);
        const error = errors.shift();
        if (error !== undefined) throw error;
        seen.held = (body as { data: { deltas: string } }).data.deltas;
        return {};
      },
    },
    place: { namespace: 'ns', name: 'points' },
    observer: { onPointIgnored: (why) => seen.told.push(why) },
    clock,
    random: () => 0.5,
  });
  const stop = new AbortController();
  const run = memory.run(stop.signal).catch((error: unknown) => error);
  const end = async (): Promise<void> => {
    stop.abort('over');
    expect(await run).toBe('over');
    expect(clock.pendingTimers).toBe(0);
  };
  return { clock, memory, seen, end };
}

describe('memory in a ConfigMap', () => {
  it('goes on where the process before has stopped, and asks for that once', async () => {
    const { memory, seen, end } = start(textOf('t-1'));
    await memory.recall(never);
    expect(memory.point).toEqual(point('t-1'));
    memory.remember(point('t-2'));
    await memory.recall(never);
    expect([memory.point, seen.reads, seen.told]).toEqual([point('t-2'), 1, []]);
    await end();
  });

  it('knows nothing where there is no ConfigMap, where it may not be read, and where somebody has changed it', async () => {
    const f = async (given: ReturnType<typeof start>, told: string[]): Promise<void> => {
      await given.memory.recall(never);
      expect([given.memory.point, given.seen.told]).toEqual([undefined, told]);
      await given.end();
    };
    await f(start(undefined), []);
    await f(start(undefined, { readError: forbidden }), ['it cannot be read: HTTP 403']);
    await f(start(textOf('t-1').replace('7', '8')), ['somebody has changed it']);
  });

  it('is written at once, and then at most every ten seconds, with what is newest by then', async () => {
    const { clock, memory, seen, end } = start(undefined);
    await clock.advance(0);
    memory.remember(point('t-1'));
    await clock.advance(0);
    expect(seen.held).toBe(textOf('t-1'));
    for (const token of ['t-2', 't-3', 't-4']) {
      memory.remember(point(token));
      await clock.advance(3_000);
    }
    expect(seen.paths).toHaveLength(1);
    await clock.advance(1_000);
    expect([seen.held, seen.paths.length]).toEqual([textOf('t-4'), 2]);
    expect(new Set(seen.paths)).toEqual(
      new Set(['/api/v1/namespaces/ns/configmaps/points?fieldManager=castai-agent&force=true']),
    );
    await end();
  });

  it('is written at the end, whatever the pause', async () => {
    const { clock, memory, seen, end } = start(undefined);
    await clock.advance(0);
    memory.remember(point('t-1'));
    await clock.advance(0);
    memory.remember(point('t-2'));
    await end();
    await memory.flush(never);
    expect(seen.held).toBe(textOf('t-2'));
    await memory.flush(never);
    expect(seen.paths).toHaveLength(2);
  });

  it('lets nobody go on under a token that the platform has refused', async () => {
    const { clock, memory, seen, end } = start(textOf('t-1'));
    await memory.recall(never);
    await clock.advance(0);
    memory.forget();
    await clock.advance(0);
    expect([memory.point, seen.held]).toEqual([undefined, '']);
    await end();
  });

  it('says once that it cannot be written, tries ever more seldom, and says so again when it had worked', async () => {
    const { clock, memory, seen, end } = start(undefined, { errors: [forbidden, forbidden] });
    await clock.advance(0);
    memory.remember(point('t-1'));
    await clock.advance(60_000);
    expect([seen.held, seen.told]).toEqual([textOf('t-1'), ['it cannot be written: HTTP 403']]);
    await end();
  });

  it('throws what is a bug', async () => {
    const { memory, end } = start(undefined, { readError: new TypeError('a bug') as KubeError });
    await expect(memory.recall(never)).rejects.toThrow('a bug');
    await end();
  });
});
