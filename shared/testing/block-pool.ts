import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

/** More than libuv has threads, unless somebody asks for more than 64 of them. */
const CALLS = 64;

/**
 * Keeps every thread of libuv's pool busy until it is disposed of, as name servers do that are silent: each opens a pipe in this folder that
 * nobody has opened at its other end. What goes to the pool meanwhile waits.
 */
export async function blockPool(folder: string): Promise<AsyncDisposable> {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const opening = Array.from({ length: CALLS }, () => open(pipe, 'r'));
  return {
    [Symbol.asyncDispose]: async () => {
      // Opened for both directions it does not wait, and is the other end for all.
      const end = openSync(pipe, 'r+');
      const handles: FileHandle[] = await Promise.all(opening);
      await Promise.all(handles.map((handle) => handle.close()));
      closeSync(end);
    },
  };
}
