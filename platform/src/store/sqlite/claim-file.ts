/**
 * One platform works with a file at a time: two would tell of everything twice, each in its own words, and neither would know what the other
 * one has sent. The lock is the system's, on a file beside it, so that it is gone with the process however that ends; the store's own file
 * stays open to whoever only looks.
 */
import { DatabaseSync } from 'node:sqlite';
import { describeError } from '@castai/shared/errors.ts';

/** SQLITE_BUSY; its finer kinds have more in the higher bits. */
const BUSY = 5;

/** Claims a database file for this process, until what is returned is called. Throws `RangeError` when another one has it, or nobody can tell. */
export function claimFile(file: string): () => void {
  // Of this process alone.
  if (file === ':memory:' || file === '') return () => undefined;
  const lock = `${file}-owner`;
  let owner: DatabaseSync | undefined;
  try {
    owner = new DatabaseSync(lock);
    owner.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    owner?.close();
    // A file system without locks, or somebody else's file: whoever is told of another platform looks for it in vain.
    const why = isBusy(cause) ? 'another platform works with it' : `${lock} cannot be locked: ${describeError(cause)}`;
    throw new RangeError(why, { cause });
  }
  const claimed = owner;
  return () => claimed.close();
}

function isBusy(cause: unknown): boolean {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'errcode') : undefined;
  return typeof code === 'number' && (code & 255) === BUSY;
}
