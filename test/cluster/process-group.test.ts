import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { ProcessGroup } from './process-group.ts';

const newDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'castai-group-'));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('stop ends every process and removes the folder', async () => {
  const group = new ProcessGroup(await newDirectory());
  const server = group.start({ name: 'server', program: 'sleep', args: ['300'] });
  expect(server.hasEnded()).toBe(false);
  await group.stop();
  await expect(server.ended).resolves.toBe('signal SIGKILL');
  expect(existsSync(group.directory)).toBe(false);
  await group.stop();
});

test('a process that ends by itself tells how, and its last lines', async () => {
  const group = new ProcessGroup(await newDirectory());
  const server = group.start({ name: 'server', program: 'sh', args: ['-c', 'echo first; echo last >&2; exit 3'] });
  await expect(server.ended).resolves.toBe('exit code 3');
  expect(server.hasEnded()).toBe(true);
  expect(await server.lastLines()).toBe('first\nlast\n');
  await group.stop();
});

test('a program that is not there ends with the reason', async () => {
  const group = new ProcessGroup(await newDirectory());
  const server = group.start({ name: 'server', program: join(group.directory, 'absent'), args: [] });
  await expect(server.ended).resolves.toContain('ENOENT');
  await group.stop();
});

test('a parent that is killed takes its processes and their folder along', async () => {
  const directory = await newDirectory();
  const program = `
    import { ProcessGroup } from ${JSON.stringify(join(import.meta.dirname, 'process-group.ts'))};
    const group = new ProcessGroup(${JSON.stringify(directory)});
    group.start({ name: 'finished', program: 'true', args: [] }).ended.then(() => {
      const script = 'echo $$ > pid; exec sleep 300';
      group.start({ name: 'server', program: 'sh', args: ['-c', script] });
      console.log('started');
    });`;
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: parent.stdout })) if (line === 'started') break;
  const readPid = async (): Promise<number> => Number(await readFile(join(directory, 'pid'), 'utf8').catch(() => ''));
  await expect.poll(readPid, { timeout: 10_000 }).toBeGreaterThan(0);
  const pid = await readPid();
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(pid) || existsSync(directory), { timeout: 10_000 }).toBe(false);
});
