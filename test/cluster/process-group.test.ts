import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ProcessGroup } from './process-group.ts';

const newDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'castai-group-'));

/** Asks the network and not the process table, where an ended process may stay as a zombie. */
const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

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
  const server = `
    const server = require('node:net').createServer().listen(0, '127.0.0.1', () =>
      require('node:fs').writeFileSync('port', String(server.address().port)));`;
  const program = `
    import { ProcessGroup } from ${JSON.stringify(join(import.meta.dirname, 'process-group.ts'))};
    const group = new ProcessGroup(${JSON.stringify(directory)});
    await group.start({ name: 'finished', program: 'true', args: [] }).ended;
    group.start({ name: 'server', program: process.execPath, args: ['-e', ${JSON.stringify(server)}] });`;
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: 'inherit' });
  const readPort = async (): Promise<number> => Number(await readFile(join(directory, 'port'), 'utf8').catch(() => ''));
  await expect.poll(readPort, { timeout: 20_000 }).toBeGreaterThan(0);
  const port = await readPort();
  expect(await isListening(port)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isListening(port), { timeout: 20_000 }).toBe(false);
  await expect.poll(() => existsSync(directory), { timeout: 20_000 }).toBe(false);
});
