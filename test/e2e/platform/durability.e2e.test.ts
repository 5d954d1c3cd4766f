/** I4 and C68 of the fault list: what the platform acknowledged survives SIGKILL at any moment, and nothing is half there. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { PlatformControl } from '../../platform-rig/client.ts';
import { begin, end, HandAgent, progress, upsert } from '../../platform-rig/hand-agent.ts';

const MAIN = fileURLToPath(new URL('../../platform-rig/main.ts', import.meta.url));
const OBJECTS_PER_BATCH = 20;

let folder = '';
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'castai-durability-'));
});
afterEach(async () => {
  await kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function start(...args: string[]): Promise<string> {
  const started = spawn(process.execPath, [MAIN, '--port', '0', '--db', join(folder, 'platform.db'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  const line = await new Promise<string>((resolve, reject) => {
    started.stdout.once('data', (data: Buffer) => resolve(data.toString()));
    started.once('exit', (code) => reject(new Error(`the platform ended with ${code}`)));
  });
  return (JSON.parse(line) as { url: string }).url;
}

async function kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  const running = child;
  if (!running || running.exitCode !== null || running.signalCode !== null) return running?.exitCode ?? null;
  const ended = new Promise<number | null>((resolve) => {
    running.once('exit', resolve);
  });
  running.kill(signal);
  return ended;
}

/** Every batch replaces one object per slot and claims its own number as the resume point: both or neither may be there. */
function batchEntries(seq: number): Entry[] {
  const slots = Array.from({ length: OBJECTS_PER_BATCH }, (_, slot) =>
    upsert(`slot-${slot}`, { resourceVersion: String(seq), json: { seq, padding: 'x'.repeat(500) } }),
  );
  return seq === 1 ? [begin(), ...slots, end(OBJECTS_PER_BATCH, '1')] : [...slots, progress(String(seq))];
}

/** Small generator, so that a failing seed can be run again (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('SIGKILL in the middle of a stream loses nothing acknowledged and leaves no half batch', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = seeded(seed);
  let agent = new HandAgent(await start());
  const cluster = await agent.register();
  const { epoch } = await agent.mustOpen();
  let acknowledged = 0;
  for (let round = 0; round < 5; round += 1) {
    const stop = sleep(random() * 150).then(async () => kill('SIGKILL'));
    try {
      for (;;) {
        const ack = await agent.mustSend(epoch, acknowledged + 1, batchEntries(acknowledged + 1));
        acknowledged = ack.receivedSeq;
      }
    } catch {
      // The platform is gone: the last batch may or may not have been committed, its answer never came.
    }
    await stop;
    const url = await start();
    agent = new HandAgent(url);
    agent.cluster = cluster;
    const control = new PlatformControl(url);
    const stored = await control.cluster(cluster);
    expect([acknowledged, acknowledged + 1]).toContain(stored?.receivedSeq);
    acknowledged = stored?.receivedSeq ?? -1;
    expect(stored).toMatchObject({
      epoch,
      processedSeq: acknowledged,
      receivedTotal: acknowledged,
      processedTotal: acknowledged,
    });
    if (acknowledged === 0) continue;
    expect(stored?.feeds.find(({ resource }) => resource === 'pods')?.resumePoint).toBe(String(acknowledged));
    const objects = await control.allObjects({ cluster, feed: 'pods' });
    expect(objects.map(({ resourceVersion }) => resourceVersion)).toEqual(
      Array.from({ length: OBJECTS_PER_BATCH }, () => String(acknowledged)),
    );
  }
  expect(acknowledged).toBeGreaterThan(0);
});

test('a session and a half-sent snapshot go on after a restart of the platform', async () => {
  const before = new HandAgent(await start());
  const cluster = await before.register();
  await before.mustOpen();
  await before.mustSend(1, 1, [begin(), upsert('a'), upsert('old'), end(2, '70')]);
  await before.mustSend(1, 2, [begin(), upsert('a')]);
  expect(await kill('SIGKILL')).toBeNull();
  const url = await start();
  const after = new HandAgent(url);
  expect(await after.register()).toBe(cluster);
  expect(await after.mustSend(1, 2, [begin(), upsert('a')])).toMatchObject({ receivedSeq: 2, entryCount: 2 });
  await after.mustSend(1, 3, [upsert('b'), end(2, '80')]);
  const control = new PlatformControl(url);
  const objects = await control.allObjects({ cluster, feed: 'pods' });
  expect(objects.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(await control.metrics()).toContain(`snapshots_received_total{castai_cluster="${cluster}"} 3\n`);
});

test('what was marked and what is wanted of offers is known after a restart of the platform', async () => {
  const offer = (name: string) => ({ type: 'offer', feedId: 1, uid: `uid-${name}`, resourceVersion: '100' }) as const;
  const before = new HandAgent(await start());
  const cluster = await before.register();
  await before.mustOpen();
  await before.mustSend(1, 1, [begin(), upsert('a'), upsert('old'), end(2, '70')]);
  const entries = [begin(), offer('a'), offer('b')];
  expect((await before.mustSend(1, 2, entries)).wanted).toEqual([2]);
  await kill('SIGKILL');
  const url = await start();
  const after = new HandAgent(url);
  await after.register();
  expect((await after.mustSend(1, 2, entries)).wanted).toEqual([2]);
  expect((await after.mustSend(1, 3, [upsert('b'), end(2, '80')])).directives).toEqual([]);
  const objects = await new PlatformControl(url).allObjects({ cluster, feed: 'pods' });
  expect(objects.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('what was received and not processed is processed when the platform starts again', async () => {
  const before = await start();
  const agent = new HandAgent(before);
  const cluster = await agent.register();
  await agent.mustOpen();
  await new PlatformControl(before).pauseProcessing(true);
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1, '70')]);
  await kill('SIGKILL');
  const control = new PlatformControl(await start());
  expect(await control.cluster(cluster)).toMatchObject({ receivedSeq: 1, processedSeq: 1, objects: 1 });
});

test('SIGTERM ends the program with exit code 0', async () => {
  await start();
  expect(await kill('SIGTERM')).toBe(0);
});

test('a platform that cannot start says why in one line, with an exit code', async () => {
  const run = async (...args: string[]): Promise<[number | null, string]> => {
    const ended = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    ended.stderr.on('data', (data: Buffer) => (said += data.toString()));
    return new Promise((resolve) => {
      ended.once('close', (code) => resolve([code, said]));
    });
  };
  const { port } = new URL(await start());
  expect(await run('--port', port)).toEqual([1, `the platform cannot start: port ${port} of 127.0.0.1 is in use\n`]);
  expect(await run('--port', 'x')).toEqual([
    2,
    expect.stringMatching(/PORT="x" is not a whole number.*\nSee --help\.\n$/),
  ]);
});

test('faults and keys can be given on the command line', async () => {
  const fault = '{"on":"open","times":1,"action":{"type":"status","status":503}}';
  const agent = new HandAgent(await start('--api-key', 'key', '--fault', fault));
  await agent.register();
  expect(await agent.open()).toMatchObject({ ok: false, status: 503 });
  expect(await agent.open({}, { apiKey: 'other' })).toMatchObject({ ok: false, status: 401 });
  expect(await agent.open()).toMatchObject({ ok: true });
});
