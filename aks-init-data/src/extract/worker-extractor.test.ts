import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@castai/shared/async/clock.ts';
import { FakeWaagent } from '@castai/test/fakes/waagent.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { ExtractJob } from './extract-job.ts';
import { WorkerExtractor } from './worker-extractor.ts';

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'castai-worker-'));
afterAll(() => rmSync(folder, { recursive: true }));

const job = (root: string): ExtractJob => ({
  root,
  isCustomDataOptional: false,
  fingerprintKey: 'AAAA',
  output: { kind: 'facts' },
});
const worker = (entry: string, clock: Pick<ManualClock, 'setTimer'> = systemClock): WorkerExtractor =>
  new WorkerExtractor({ executable: process.execPath, entry, clock });
/** A worker that misbehaves. */
const broken = (code: string): string => {
  const entry = join(folder, `broken-${code.length}.mjs`);
  writeFileSync(entry, code);
  return entry;
};
const OURS = join(import.meta.dirname, '../main.ts');

describe('worker', () => {
  it('extracts in a process of its own', async () => {
    using node = new FakeWaagent();
    const { facts, body } = await worker(OURS).extract(job(node.root), never);
    expect(facts).toMatchObject({ customDataBytes: node.customData.length, settingsBytes: node.settings.length });
    expect(body.length).toBe(0);
  });

  it('leaves of its answer what whoever gets it overwrites, and no other copy', async () => {
    using node = new FakeWaagent();
    const concat = Buffer.concat.bind(Buffer);
    const pieces: Uint8Array[] = [];
    vi.spyOn(Buffer, 'concat').mockImplementation((list) => {
      pieces.push(...list);
      return concat(list);
    });
    const output = { kind: 'clear', architecture: 'amd64' } as const;
    const { body } = await worker(OURS).extract({ ...job(node.root), output }, never);
    vi.restoreAllMocks();
    expect(JSON.parse(body.toString())).toMatchObject({ architecture: 'amd64' });
    expect(pieces.length).toBeGreaterThan(0);
    expect(pieces.every((piece) => piece.every((byte) => byte === 0))).toBe(true);
  });

  it('tells conditions of the data as they are', async () => {
    using node = new FakeWaagent();
    rmSync(node.keyFile);
    await expect(worker(OURS).extract(job(node.root), never)).rejects.toMatchObject({
      kind: 'key-missing',
      message: 'the key that the settings are encrypted for is not there',
    });
  });

  it('finds this Node suitable', async () => {
    await expect(worker(OURS).selfTest(never)).resolves.toBeUndefined();
  });

  it('that crashes, talks nonsense or too much is a condition of its own, and nothing that it said gets out', async () => {
    const f = async (code: string, expected: string): Promise<void> => {
      const error: unknown = await worker(broken(code))
        .extract(job('/nowhere'), never)
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ kind: 'worker-failed', message: expect.stringContaining(expected) as string });
      expect(JSON.stringify(error) + String(error)).not.toContain('canary');
    };
    await f('throw new Error("canary")', 'exit code 1');
    await f('process.abort() // canary', 'ended by SIGABRT');
    await f('process.stdout.write("canary")', 'gave no answer');
    await f('process.stdout.write("canary\\n")', 'makes no sense');
    await f('process.stdout.write("null\\n") // canary', 'makes no sense');
    await f('process.stdout.write("{} \\n") // canary', 'makes no sense');
    const odd = { ok: false, kind: 'canary', message: 'canary', details: {} };
    await f(`process.stdout.write(${JSON.stringify(`${JSON.stringify(odd)}\n`)})`, 'makes no sense');
    await f('setInterval(() => process.stdout.write("canary".repeat(200000)), 0)', 'ended by SIGKILL');
    await f('', 'gave no answer');
  });

  it('that hangs is killed after a minute', async () => {
    const clock = new ManualClock();
    const running = worker(broken('setInterval(() => {}, 1000)'), clock).extract(job('/nowhere'), never);
    const outcome = running.catch((error: unknown) => error);
    await eventually({ what: 'the deadline is set', look: () => clock.pendingTimers, until: (count) => count === 1 });
    await clock.advance(60_000);
    expect(await outcome).toMatchObject({
      kind: 'worker-failed',
      message: 'the extraction did not come to an end: it took longer than 60 s',
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('is killed when nobody wants its answer any more', async () => {
    const stop = new AbortController();
    const running = worker(broken('setInterval(() => {}, 999)')).extract(job('/nowhere'), stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 100);
    await expect(running).rejects.toThrow('stopped');
  });

  it('that cannot be started says so', async () => {
    const options = { executable: join(folder, 'absent'), entry: OURS, clock: systemClock };
    await expect(new WorkerExtractor(options).extract(job('/nowhere'), never)).rejects.toMatchObject({
      kind: 'worker-failed',
    });
  });

  it('sees neither our environment nor our options', async () => {
    const code = `
      const leaked = Object.keys(process.env).filter((name) => !name.startsWith('__'));
      const isShut = process.execArgv.includes('--disable-sigusr1');
      process.stdout.write(JSON.stringify({ ok: true, facts: { leaked, isShut } }) + '\\n');
      process.stdin.resume();
    `;
    const { facts } = await worker(broken(code)).extract(job('/nowhere'), never);
    expect(facts).toEqual({ leaked: [], isShut: true });
  });
});
