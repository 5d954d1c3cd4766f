import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataProblem } from './data-problem.ts';
import { SafeDirectory } from './safe-directory.ts';

describe('safe directory', () => {
  let root = '';
  const path = (...names: string[]): string => join(root, ...names);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'castai-safe-'));
    writeFileSync(path('file'), 'content');
    mkdirSync(path('folder'));
    writeFileSync(path('folder', 'inner'), 'inner content');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const kindOf = async (work: (directory: SafeDirectory) => Promise<unknown>): Promise<string> => {
    await using directory = await SafeDirectory.open(root);
    try {
      return JSON.stringify(await work(directory));
    } catch (error) {
      if (!(error instanceof DataProblem)) throw error;
      expect(error.cause).toBeUndefined();
      return error.kind;
    }
  };

  it('reads files in it and in folders below', async () => {
    await using directory = await SafeDirectory.open(root);
    expect((await directory.readFile('file', 7))?.bytes.toString()).toBe('content');
    expect((await directory.list()).sort()).toEqual(['file', 'folder']);
    await using folder = await directory.directory('folder');
    expect((await folder?.readFile('inner', 100))?.bytes.toString()).toBe('inner content');
    expect(await directory.readFile('absent', 1)).toBeUndefined();
    expect(await directory.directory('absent')).toBeUndefined();
    expect(await directory.stat('absent')).toBeUndefined();
    expect(await directory.stat('file')).toMatchObject({ bytes: 7 });
  });

  it('follows no link, neither to a file nor to a folder, wherever it points', async () => {
    symlinkSync('/etc/passwd', path('link'));
    symlinkSync(path('file'), path('link-inside'));
    symlinkSync(path('folder'), path('link-folder'));
    for (const name of ['link', 'link-inside']) {
      expect(await kindOf((directory) => directory.readFile(name, 1_000_000))).toBe('not-a-file');
    }
    expect(await kindOf((directory) => directory.directory('link-folder'))).toBe('not-a-file');
    await expect(SafeDirectory.open(path('link-folder'))).rejects.toMatchObject({ kind: 'not-a-file' });
  });

  it('reads no file that has a second name, wherever that is', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'castai-outside-'));
    writeFileSync(join(outside, 'secret'), 'canary');
    linkSync(join(outside, 'secret'), path('hard'));
    linkSync(path('file'), path('folder', 'again'));
    for (const name of ['hard', 'file']) {
      expect([name, await kindOf((directory) => directory.readFile(name, 100))]).toEqual([name, 'not-a-file']);
    }
    rmSync(path('folder', 'again'));
    expect(await kindOf(async (directory) => (await directory.readFile('file', 100))?.bytes.length)).toBe('7');
    rmSync(outside, { recursive: true });
  });

  it('goes on reading the folder that it opened when a link takes its place', async () => {
    await using directory = await SafeDirectory.open(root);
    await using folder = await directory.directory('folder');
    rmSync(path('folder'), { recursive: true });
    symlinkSync('/etc', path('folder'));
    expect(await folder?.readFile('passwd', 1_000_000)).toBeUndefined();
  });

  it('does not wait for a FIFO, nor read sockets, devices and folders', async () => {
    execFileSync('mkfifo', [path('fifo')]);
    const server = createServer().listen(path('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    for (const name of ['fifo', 'socket', 'folder']) {
      expect([name, await kindOf((directory) => directory.readFile(name, 1_000_000))]).toEqual([name, 'not-a-file']);
    }
    expect(await kindOf((directory) => directory.directory('file'))).toBe('not-a-file');
    server.close();
  });

  it('does not read what is too large: 2 GiB are refused by their size', async () => {
    truncateSync(path('file'), 2 ** 31);
    const before = process.memoryUsage().arrayBuffers;
    expect(await kindOf((directory) => directory.readFile('file', 1024 * 1024))).toBe('too-large');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  it('takes no name that leads out of it', async () => {
    for (const name of ['../file', 'folder/inner', '..', '', '/etc/passwd']) {
      expect([name, await kindOf((directory) => directory.readFile(name, 100))]).toEqual([name, 'not-a-file']);
    }
  });

  it('says when it does not exist', async () => {
    await expect(SafeDirectory.open(path('absent'))).rejects.toMatchObject({ kind: 'directory-missing' });
    await expect(SafeDirectory.open(path('file'))).rejects.toMatchObject({ kind: 'not-a-file' });
  });
});
