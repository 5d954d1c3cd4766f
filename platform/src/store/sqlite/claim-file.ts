/**
 * One platform works with a file at a time: two would tell of everything twice, each in its own words, and neither would know what the other
 * one has sent. The lock is the system's, on a file beside it, so that it is gone with the process however that ends; the store's own file
 * stays open to whoever only looks.
 */
import { DatabaseSync } from 'node:sqlite';

/** Claims a database file for this process, until what is returned is called. Throws `RangeError` when another one has it. */
export function claimFile(file: string): () => void {
  // Of this process alone.
  if (file === ':memory:' || file === '') return () => undefined;
  const owner = new DatabaseSync(`${file}-owner`);
  try {
    owner.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    owner.close();
    throw new RangeError('another platform works with it', { cause });
  }
  return () => owner.close();
}
