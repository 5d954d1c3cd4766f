import { expect, test } from 'vitest';
import type { ReportRow } from '../store/report-row.ts';
import { ReplayGuard } from './replay-guard.ts';

const NOW = Date.UTC(2026, 7, 20, 12);
const at = (ms: number): string => new Date(NOW + ms).toISOString();

function guardOver(...bodies: unknown[]): ReplayGuard {
  const rows: ReportRow[] = bodies.map((body, id) => ({ id, cluster: 'c1', kind: 'initData', atMs: NOW, body }));
  return new ReplayGuard({ store: { reports: async () => rows }, now: () => NOW });
}

test('an envelope is taken once, and one that was made before it is not taken after it', async () => {
  const guard = guardOver();
  await guard.admit('c1', 'pool1', at(-1000));
  const refused = { status: 409, code: 'NOT_NEWER' };
  await expect(guard.admit('c1', 'pool1', at(-1000))).rejects.toMatchObject(refused);
  await expect(guard.admit('c1', 'pool1', at(-2000))).rejects.toMatchObject(refused);
  await guard.admit('c1', 'pool1', at(-999));
});

test('pools and clusters have nothing to do with each other', async () => {
  const guard = guardOver();
  await guard.admit('c1', 'pool1', at(0));
  await expect(guard.admit('c1', 'pool2', at(-5000))).resolves.toBeUndefined();
  await expect(guard.admit('c2', 'pool1', at(-5000))).resolves.toBeUndefined();
});

test('what an earlier process took counts: the newest of the pool, whatever else stands there', async () => {
  const guard = guardOver(
    { agentPool: 'pool1', capturedAt: at(-9000) },
    { agentPool: 'pool1', capturedAt: at(-3000) },
    { agentPool: 'pool2', capturedAt: at(0) },
    { agentPool: 'pool1', capturedAt: 'never' },
    null,
  );
  await expect(guard.admit('c1', 'pool1', at(-3000))).rejects.toMatchObject({
    code: 'NOT_NEWER',
    message: 'an envelope of this pool that was made at 2026-08-20T11:59:57.000Z was taken already',
  });
  await guard.admit('c1', 'pool1', at(-2000));
});

test('of two equal ones at once one is taken', async () => {
  const guard = guardOver();
  const both = [guard.admit('c1', 'pool1', at(0)), guard.admit('c1', 'pool1', at(0))];
  const ends = await Promise.allSettled(both);
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});

test('a time far ahead is not believed, or it would keep the pool out until then', async () => {
  const guard = guardOver();
  await expect(guard.admit('c1', 'pool1', at(300_001))).rejects.toMatchObject({ status: 409, code: 'CLOCK_AHEAD' });
  await guard.admit('c1', 'pool1', at(300_000));
});

test.each(['', '2026', '2026-08-20T12:00:00Z', 'soon'])('%j is no time', async (text) => {
  await expect(guardOver().admit('c1', 'pool1', text)).rejects.toMatchObject({ status: 400 });
});
