import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withFileLock } from './file-lock.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'castai-lock-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

test('tasks run one after another and the one that waits is told once', async () => {
  const seen: string[] = [];
  const run = (name: string): Promise<string> =>
    withFileLock({ file: join(directory, 'order'), onWait: () => seen.push(`${name} waits`) }, async () => {
      seen.push(`${name} begins`);
      await sleep(20);
      seen.push(`${name} ends`);
      return name;
    });
  expect(await Promise.all([run('a'), run('b')])).toEqual(['a', 'b']);
  expect(seen).toEqual(['a begins', 'b waits', 'a ends', 'b begins', 'b ends']);
});

test('a task that throws releases the lock', async () => {
  const options = { file: join(directory, 'thrown'), onWait: () => undefined };
  const failing = withFileLock(options, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  await expect(withFileLock(options, () => Promise.resolve('free'))).resolves.toBe('free');
});

test('a holder that is killed releases the lock', async () => {
  const file = join(directory, 'killed');
  const program = `
    import { withFileLock } from ${JSON.stringify(join(import.meta.dirname, 'file-lock.ts'))};
    await withFileLock({ file: ${JSON.stringify(file)}, onWait() {} }, async () => {
      console.log('held');
      await new Promise((resolve) => setTimeout(resolve, 300_000));
    });`;
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const waited = new Promise<void>((resolve) => {
    void withFileLock({ file, onWait: () => holder.kill('SIGKILL') }, () => Promise.resolve(resolve()));
  });
  await expect(waited).resolves.toBeUndefined();
});
