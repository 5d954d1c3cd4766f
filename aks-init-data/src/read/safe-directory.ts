import {
  closeSync,
  constants,
  type Dir,
  fstatSync,
  lstatSync,
  openSync,
  opendirSync,
  readSync,
  type Stats,
} from 'node:fs';
import { errorCodeOf } from '@castai/shared/errors.ts';
import { DataProblem } from './data-problem.ts';
import { MOST_ENTRIES } from './scan-budget.ts';

/** A file's bytes at one moment. The owner wipes them. */
export interface FileSnapshot {
  readonly bytes: Buffer;
  readonly mtimeMs: number;
  /** Changes with every rewrite and replacement that the kernel's clock can tell apart. */
  readonly identity: string;
}

/** What is asked of a file without opening it. */
export type FileFacts = Pick<FileSnapshot, 'identity' | 'mtimeMs'> & {
  readonly bytes: number;
  /** False for links, FIFOs, folders: reading them is refused. */
  readonly isFile: boolean;
};

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
/** Without O_NONBLOCK opening a FIFO waits for a writer, possibly for ever. */
const FILE_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/**
 * A directory that is read without ever leaving it: everything below is opened relative to the handle of its parent (through
 * `/proc/self/fd`, as Node has no `openat`), names hold no separator, and links are refused: symbolic
 * ones at every level, and files that have a second name.
 *
 * The calls are synchronous underneath: files are small and on a local disk, nothing is waited for (a FIFO is opened without), and a
 * dozen trips to the thread pool would take longer than the work.
 *
 * Failures are `DataProblem`s that tell names, sizes, owners and modes only.
 */
export class SafeDirectory implements AsyncDisposable {
  readonly #handle: number;
  /** As an operator knows it. */
  readonly #shown: string;

  private constructor(handle: number, shown: string) {
    this.#handle = handle;
    this.#shown = shown;
  }

  /** Opens a directory by its path. Throws `directory-missing`, `access-denied`, or `not-a-file` when it is something else. */
  static async open(path: string): Promise<SafeDirectory> {
    try {
      return new SafeDirectory(openSync(path, O_RDONLY | O_NOFOLLOW | O_DIRECTORY), path);
    } catch (error) {
      const code = errorCodeOf(error);
      if (code === 'ENOENT') {
        throw new DataProblem('directory-missing', `${path} does not exist`, {
          hint: "this is no Azure node, or the pod does not mount the node's folder there",
        });
      }
      throw problemOf(error, { path, shown: path });
    }
  }

  /** Names of what is in it, unordered: all of them, or one more than {@link MOST_ENTRIES}, which is for the caller to refuse. */
  async list(): Promise<string[]> {
    try {
      return readNames(opendirSync(this.#path('.')));
    } catch (error) {
      throw this.#problem(error, '.');
    }
  }

  /** A directory in it; `undefined` when there is none. */
  async directory(name: string): Promise<SafeDirectory | undefined> {
    const path = this.#path(name);
    const shown = `${this.#shown}/${name}`;
    try {
      return new SafeDirectory(openSync(path, O_RDONLY | O_NOFOLLOW | O_DIRECTORY), shown);
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw this.#problem(error, name);
    }
  }

  /** When a file was changed and how large it is; `undefined` when there is none. */
  async stat(name: string): Promise<FileFacts | undefined> {
    try {
      const stats = lstatSync(this.#path(name));
      const { mtimeMs, size: bytes } = stats;
      return { identity: identityOf(stats), mtimeMs, bytes, isFile: stats.isFile() };
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw this.#problem(error, name);
    }
  }

  /**
   * A regular file's content; `undefined` when there is none. Throws `not-a-file` for a link, a FIFO, a device or a directory,
   * `too-large` above `maxBytes` without reading it, `unstable` when it changed under the reading.
   */
  async readFile(name: string, maxBytes: number): Promise<FileSnapshot | undefined> {
    let file: number;
    try {
      file = openSync(this.#path(name), FILE_FLAGS);
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw this.#problem(error, name);
    }
    try {
      return this.#read(file, { name, maxBytes });
    } catch (error) {
      throw error instanceof DataProblem ? error : this.#problem(error, name);
    } finally {
      closeSync(file);
    }
  }

  /** Lets go of the handle. */
  async [Symbol.asyncDispose](): Promise<void> {
    closeSync(this.#handle);
  }

  #read(file: number, { name, maxBytes }: { name: string; maxBytes: number }): FileSnapshot {
    const before = fstatSync(file);
    const shown = `${this.#shown}/${name}`;
    if (!before.isFile()) throw new DataProblem('not-a-file', `${shown} is not a regular file`);
    // A second name of a file may lie anywhere, also outside of the folder. Nothing that writes here makes one.
    if (before.nlink > 1) {
      throw new DataProblem(
        'not-a-file',
        `${shown} has a second name (a hard link), so it may be somebody else's file`,
        {
          hint: 'look at who made the link, a backup perhaps; remove it, or copy the file to its place',
        },
      );
    }
    if (before.size > maxBytes) {
      throw new DataProblem('too-large', `${shown} is larger than ${maxBytes} bytes`, { bytes: before.size });
    }
    // One byte more than there should be: a file that grows shows. Memory of its own, so that wiping reaches all of it.
    const buffer = Buffer.allocUnsafeSlow(before.size + 1);
    const bytesRead = readFully(file, buffer);
    const after = fstatSync(file);
    if (bytesRead !== before.size || identityOf(before) !== identityOf(after)) {
      buffer.fill(0);
      throw new DataProblem('unstable', `${shown} changed while it was read`, { bytes: after.size });
    }
    return { bytes: buffer.subarray(0, bytesRead), mtimeMs: after.mtimeMs, identity: identityOf(after) };
  }

  #path(name: string): string {
    // A bug, or a name made of a file's content that nobody checked.
    if (name.includes('/') || name === '..' || name === '') throw new DataProblem('not-a-file', 'an impossible name');
    return `/proc/self/fd/${this.#handle}/${name}`;
  }

  #problem(error: unknown, name: string): DataProblem {
    return problemOf(error, { path: this.#path(name), shown: `${this.#shown}/${name}` });
  }
}

function readNames(directory: Dir): string[] {
  const names: string[] = [];
  try {
    while (names.length <= MOST_ENTRIES) {
      const entry = directory.readSync();
      if (entry === null) break;
      names.push(entry.name);
    }
    return names;
  } finally {
    directory.closeSync();
  }
}

function readFully(file: number, buffer: Buffer): number {
  let total = 0;
  for (;;) {
    const bytesRead = readSync(file, buffer, total, buffer.length - total, total);
    total += bytesRead;
    if (bytesRead === 0 || total === buffer.length) return total;
  }
}

function identityOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(':');
}

function problemOf(error: unknown, { path, shown }: { path: string; shown: string }): DataProblem {
  const code = errorCodeOf(error) ?? 'an unknown error';
  if (code === 'EACCES' || code === 'EPERM') {
    return new DataProblem('access-denied', `${shown} cannot be read (${code}${ownership(path)})`, {
      hint:
        'run as uid 0 without capabilities; in a user namespace the volume must be id-mapped; ' +
        'look for AppArmor and SELinux denials of this container',
    });
  }
  // ELOOP: a link. ENOTDIR: a link or a file in place of a directory. ENXIO: a socket.
  if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'ENXIO') {
    return new DataProblem('not-a-file', `${shown} is a link or not of the kind that it should be (${code})`);
  }
  return new DataProblem('unstable', `${shown} cannot be read (${code})`);
}

function ownership(path: string): string {
  try {
    const { uid, gid, mode } = lstatSync(path);
    return `; owner ${uid}:${gid}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
  } catch {
    return '';
  }
}
