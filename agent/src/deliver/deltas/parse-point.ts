/**
 * Where deltas may go on, as a text that is kept beside the Lease: written by one process, read by the next, which may be of another
 * version. It is bounded, because every write of a Lease carries it; and it has a sum, because positions that somebody has changed by
 * hand would leave out what happened between, and nobody would ever notice.
 */
import { createHash } from 'node:crypto';
import type { DeltaPoint, FeedPoint } from './delta-memory.ts';

/** What a text says. `why`: in words, why it cannot be used. */
export type ParsedPoint =
  | { readonly usable: true; readonly point: DeltaPoint }
  | { readonly usable: false; readonly why: string };

const VERSION = 1;
/** A Lease of the usual sixty feeds has about four thousand. */
const MOST_CHARACTERS = 16_384;
const SUM_CHARACTERS = 16;

/** The text; undefined: it would be too long. */
export function encodePoint({ clusterId, token, positions }: DeltaPoint): string | undefined {
  const feeds = Object.fromEntries([...positions].map(([name, { position, shape }]) => [name, [position, shape]]));
  const said = JSON.stringify({ version: VERSION, clusterId, token, feeds });
  const text = `${sumOf(said)} ${said}`;
  return text.length > MOST_CHARACTERS ? undefined : text;
}

/** What a text says; never throws. */
export function parsePoint(text: string): ParsedPoint {
  if (text.length > MOST_CHARACTERS) return unusable('it is longer than any that an agent writes');
  const said = text.slice(SUM_CHARACTERS + 1);
  const fields = fieldsOf(said);
  if (fields !== undefined && fields.get('version') !== VERSION)
    return unusable('it is of another version of the agent');
  if (fields === undefined || text.slice(0, SUM_CHARACTERS + 1) !== `${sumOf(said)} `)
    return unusable('somebody has changed it');
  const [clusterId, token, feeds] = ['clusterId', 'token', 'feeds'].map((key) => fields.get(key));
  const positions = positionsOf(feeds);
  if (typeof clusterId !== 'string' || typeof token !== 'string' || positions === undefined) {
    return unusable('it is not of this agent');
  }
  return { usable: true, point: { clusterId, token, positions } };
}

function unusable(why: string): ParsedPoint {
  return { usable: false, why };
}

function sumOf(said: string): string {
  return createHash('sha256').update(said).digest('hex').slice(0, SUM_CHARACTERS);
}

function fieldsOf(said: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(said);
    return typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

function positionsOf(feeds: unknown): Map<string, FeedPoint> | undefined {
  if (typeof feeds !== 'object' || feeds === null) return undefined;
  const positions = new Map<string, FeedPoint>();
  for (const [name, value] of Object.entries(feeds)) {
    if (!Array.isArray(value)) return undefined;
    const [position, shape]: readonly unknown[] = value;
    if (typeof position !== 'string' || typeof shape !== 'string') return undefined;
    positions.set(name, { position, shape });
  }
  return positions;
}
