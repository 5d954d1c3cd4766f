import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { afterAll, expect, it } from 'vitest';
import { emptyCoreDumps } from './empty-core-dumps.ts';

const folder = mkdtempSync(join(tmpdir(), 'castai-core-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('the kernel is told to leave all memory out of core dumps', () => {
  const filter = join(folder, 'coredump_filter');
  writeFileSync(filter, '00000033\n');
  expect(emptyCoreDumps(filter)).toBeUndefined();
  expect(readFileSync(filter, 'utf8')).toBe('0');
});

it('where that cannot be had it is said, with what to do', () => {
  const problem = emptyCoreDumps(join(folder, 'absent', 'coredump_filter'));
  expect(problem).toMatchObject({
    message: 'a core dump of this program would hold its memory: no write to /proc/self/coredump_filter (ENOENT)',
    hint: expect.stringContaining('LimitCORE=0') as string,
  });
});

it('a worker has done so before it has read its job, whoever started it', async () => {
  const main = join(import.meta.dirname, '../main.ts');
  const child = spawn(process.execPath, [main, 'extract'], { env: {}, stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    const filter = await eventually({
      what: 'its core dumps are empty',
      look: () => readFileSync(`/proc/${child.pid}/coredump_filter`, 'utf8').trim(),
      until: (now) => now === '00000000',
    });
    expect(filter).toBe('00000000');
  } finally {
    child.kill('SIGKILL');
  }
});
