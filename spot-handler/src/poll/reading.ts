import { createHash } from 'node:crypto';
import type { Notice } from './notice.ts';

/** What a document of the metadata service says. */
export interface Reading {
  readonly notices: readonly Notice[];
  /** Entries that could not be read. While there are any, nobody may conclude from the document that something does not stand in it. */
  readonly unread: number;
}

/** The provider's words are never longer; a longer one would travel into the node's record, which the API server bounds. */
const MOST_CHARACTERS = 200;
const LONGEST_NAME = 1000;

/**
 * Reads a list entry by entry: one that cannot be read hides none of the others. `over` is an entry that was read and is no notice any
 * more, `undefined` one that could not be read.
 */
export function readEntries(
  entries: readonly unknown[],
  read: (entry: unknown) => Notice | 'over' | undefined,
): Reading {
  const results = entries.map(read);
  return {
    notices: results.filter((result) => result !== undefined && result !== 'over'),
    unread: results.filter((result) => result === undefined).length,
  };
}

/** A document that is one notice, or none, and was read whole. */
export function whole(...notices: readonly Notice[]): Reading {
  return { notices, unread: 0 };
}

/**
 * A name that the provider gives to something, or undefined for what cannot be one: nothing, an error page, or a text without end. Only
 * whole ones are of use. The longest are Azure's resource ids.
 */
export function nameOf(value: unknown): string | undefined {
  const name = typeof value === 'string' ? value.trim() : '';
  return name.length <= LONGEST_NAME && /^[^\s<>{}"]+$/.test(name) ? name : undefined;
}

/**
 * An event's id in the one spelling that is compared, because the provider's differs for the same event. One that is too long is told from
 * others that begin like it by its digest: two notices must not become one.
 */
export function idOf(given: string): string {
  const id = given.toLowerCase();
  if (id.length <= MOST_CHARACTERS) return id;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 16);
  return `${id.slice(0, MOST_CHARACTERS - digest.length - 1)}~${digest}`;
}

/** A text of the provider, bounded; empty for what is none. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MOST_CHARACTERS) : '';
}
