import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** SQLite's primary result code when another connection holds the lock (sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;
const RETRY_MS = 500;

/** Who waits is told once, so that a long wait is not mistaken for a hang. */
interface LockOptions {
  readonly file: string;
  readonly onWait: () => void;
}

/**
 * Runs `task` while no other process or caller holds the lock on `file`, which is created when absent.
 * Throws what `task` throws, or SQLite's error when the file cannot be opened.
 *
 * The lock is an exclusive transaction on an empty SQLite database: the operating system drops it with the process,
 * so a killed build leaves nothing stale behind, which a lock file with a process id in it cannot promise.
 */
export async function withFileLock<T>(options: LockOptions, task: () => Promise<T>): Promise<T> {
  const database = new DatabaseSync(options.file);
  try {
    for (let attempt = 0; !tryBegin(database); attempt += 1) {
      if (attempt === 0) options.onWait();
      await sleep(RETRY_MS);
    }
    return await task();
  } finally {
    database.close();
  }
}

function tryBegin(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
