import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { Span } from './maintenance.ts';
import type { MixedSince } from './pool-evenness.ts';

/** What took time to find out, and cannot be read off the objects of a cluster: what a term of the election leaves to the next one. */
export interface DriftMemory {
  /** Version of the control plane, once it was believed. */
  readonly controlPlane: string | undefined;
  readonly mixedSinceMs: MixedSince;
  /** Maintenance windows that have begun, or are to begin; the cluster tells only the next one. */
  readonly windows: readonly Span[];
}

/** Nothing is known. */
export const NO_MEMORY: DriftMemory = { controlPlane: undefined, mixedSinceMs: new Map(), windows: [] };

/**
 * It stands in a Lease, which is written anew every few seconds: it says when it was true no finer than this, and it is never longer than
 * `LONGEST_TEXT` characters.
 */
const GRAIN_MS = 600_000;
const LONGEST_TEXT = 4096;
/** When nobody has looked for longer, a pool may have become even and uneven again meanwhile, and it begins anew. */
const LONGEST_GAP_MS = 3_600_000;

/** As text. Where there are too many pools, those that have been uneven for longest are in it. */
export function encodeMemory({ controlPlane, mixedSinceMs, windows }: DriftMemory, nowMs: number): string {
  const head = {
    seen: toText(Math.floor(nowMs / GRAIN_MS) * GRAIN_MS),
    ...(controlPlane === undefined ? {} : { controlPlane }),
    ...(windows.length === 0
      ? {}
      : { windows: windows.map(({ startMs, endMs }) => [toText(startMs), toText(endMs)] as const) }),
  };
  const pools: [pool: string, since: string][] = [];
  let length = JSON.stringify({ ...head, mixedSince: {} }).length;
  for (const [pool, sinceMs] of [...mixedSinceMs].toSorted(([, a], [, b]) => a - b)) {
    const since = toText(sinceMs);
    length += JSON.stringify({ [pool]: since }).length - 1;
    if (length > LONGEST_TEXT) break;
    pools.push([pool, since]);
  }
  return JSON.stringify({ ...head, mixedSince: Object.fromEntries(pools) });
}

/**
 * What such a text says; `NO_MEMORY` for one that is of another time, or that nobody can read: it is no more than a saving of time, and
 * anybody with a right to the Lease may have written it. What it says of the future was said by a clock that is ahead, and is now.
 */
export function parseMemory(text: string, nowMs: number): DriftMemory {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return NO_MEMORY;
  }
  if (!isRecord(said)) return NO_MEMORY;
  const seenMs = toMs(said['seen']);
  if (seenMs === undefined || Math.abs(nowMs - seenMs) > LONGEST_GAP_MS) return NO_MEMORY;
  const { controlPlane, mixedSince, windows } = said;
  const pools = isRecord(mixedSince) ? Object.entries(mixedSince) : [];
  return {
    controlPlane: typeof controlPlane === 'string' && controlPlane !== '' ? controlPlane : undefined,
    mixedSinceMs: new Map(
      pools.flatMap(([pool, since]) => {
        const sinceMs = toMs(since);
        return sinceMs === undefined ? [] : [[pool, Math.min(sinceMs, nowMs)] as const];
      }),
    ),
    windows: Array.isArray(windows) ? windows.flatMap(readSpan) : [],
  };
}

function readSpan(value: unknown): Span[] {
  const [start, end]: unknown[] = Array.isArray(value) ? value : [];
  const [startMs, endMs] = [toMs(start), toMs(end)];
  return startMs === undefined || endMs === undefined || endMs <= startMs ? [] : [{ startMs, endMs }];
}

function toText(ms: number): string {
  return new Date(ms).toISOString();
}

function toMs(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
