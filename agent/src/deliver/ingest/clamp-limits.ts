import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** The least and the most that is done for the platform. */
export type LimitBounds = Readonly<Record<keyof Limits, { readonly least: number; readonly most: number }>>;

/**
 * What the platform may ask for. A heartbeat a millisecond keeps agent and network busy with nothing, and limits come with answers only:
 * a pause of a month could not be taken back. Batches below 64 KiB make a snapshot of a large cluster last for hours, and ones above
 * 32 MiB are more than this agent has memory for.
 */
const LIMIT_BOUNDS: LimitBounds = {
  maxBatchBytes: { least: 64 * 1024, most: 32 * 1024 * 1024 },
  heartbeatMs: { least: 1_000, most: 300_000 },
  minBatchIntervalMs: { least: 0, most: 60_000 },
};

const NAMES = ['maxBatchBytes', 'heartbeatMs', 'minBatchIntervalMs'] as const satisfies readonly (keyof Limits)[];

/** Limits as they are kept, and in words what was asked for beyond them, such as `heartbeatMs 1 → 1000`. */
export interface ClampedLimits {
  readonly limits: Limits;
  readonly clamped: readonly string[];
}

/** Takes what the platform says within bounds; a size or a heartbeat of 0, or what is no number, means as before. */
export function clampLimits(told: Limits, before: Limits, bounds: LimitBounds = LIMIT_BOUNDS): ClampedLimits {
  const limits = { ...before };
  const clamped: string[] = [];
  for (const name of NAMES) {
    const value = told[name];
    if (Number.isNaN(value) || (value === 0 && name !== 'minBatchIntervalMs')) continue;
    limits[name] = Math.min(Math.max(value, bounds[name].least), bounds[name].most);
    if (limits[name] !== value) clamped.push(`${name} ${value} → ${limits[name]}`);
  }
  return { limits, clamped };
}
