import type * as fs from 'node:fs';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SafeDirectory } from './safe-directory.ts';

/** What happens to the file between two of the kernel's reads. */
const moment = vi.hoisted(() => ({ during: undefined as (() => void) | undefined }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const readSync = (file: number, buffer: Buffer, offset: number, length: number, position: number): number => {
    const bytesRead = real.readSync(file, buffer, offset, length, position);
    moment.during?.();
    moment.during = undefined;
    return bytesRead;
  };
  return { ...real, readSync };
});

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'castai-identity-'));
  writeFileSync(join(root, 'file'), 'canary of the file');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

it('a file that changes under the reading is not believed, also when it is as long as before, and not kept', async () => {
  const made: Buffer[] = [];
  const allocUnsafeSlow = Buffer.allocUnsafeSlow.bind(Buffer);
  vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
    const buffer = allocUnsafeSlow(size);
    made.push(buffer);
    return buffer;
  });
  const path = join(root, 'file');
  const changes: Record<string, () => void> = {
    'as long as before': () => {
      writeFileSync(path, 'CANARY OF THE FILE');
      // The kernel's clock is coarse: two writes may fall into one of its ticks, which is why files have to be old as well.
      utimesSync(path, 1, 1);
    },
    'only touched': () => utimesSync(path, 2, 2),
    longer: () => appendFileSync(path, '!'),
    shorter: () => truncateSync(path, 3),
  };
  for (const [what, change] of Object.entries(changes)) {
    writeFileSync(path, 'canary of the file');
    moment.during = change;
    await using directory = await SafeDirectory.open(root);
    const error: unknown = await directory.readFile('file', 100).catch((reason: unknown) => reason);
    expect([what, error]).toEqual([what, expect.objectContaining({ kind: 'unstable' })]);
    expect([what, made.map((buffer) => buffer.toString('latin1').replaceAll('\0', ''))]).toEqual([
      what,
      made.map(() => ''),
    ]);
  }
  expect(made).toHaveLength(4);
  await using directory = await SafeDirectory.open(root);
  expect((await directory.readFile('file', 100))?.bytes.toString()).toBe('can');
});
