import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { clampLimits } from './clamp-limits.ts';

const BEFORE: Limits = { maxBatchBytes: 8_388_608, heartbeatMs: 15_000, minBatchIntervalMs: 100 };

describe('limits of the platform', () => {
  const f = (name: keyof Limits, told: number, expected: number): void => {
    const { limits, clamped } = clampLimits({ ...BEFORE, [name]: told }, BEFORE);
    expect([told, limits]).toEqual([told, { ...BEFORE, [name]: expected }]);
    const isKept = told === expected || Number.isNaN(told) || (told === 0 && expected === BEFORE[name]);
    expect(clamped).toEqual(isKept ? [] : [`${name} ${told} → ${expected}`]);
  };

  it('are taken as they are within bounds, and at the bounds beyond', () => {
    f('maxBatchBytes', 65_535, 65_536);
    f('maxBatchBytes', 65_536, 65_536);
    f('maxBatchBytes', 33_554_432, 33_554_432);
    f('maxBatchBytes', 33_554_433, 33_554_432);
    f('heartbeatMs', 1, 1_000);
    f('heartbeatMs', 1_000, 1_000);
    f('heartbeatMs', 300_000, 300_000);
    f('heartbeatMs', 4e9, 300_000);
    f('minBatchIntervalMs', 0, 0);
    f('minBatchIntervalMs', 60_000, 60_000);
    f('minBatchIntervalMs', 4e9, 60_000);
    f('minBatchIntervalMs', -1, 0);
    f('heartbeatMs', Infinity, 300_000);
  });

  it('stay as they were where the platform says nothing', () => {
    f('maxBatchBytes', 0, BEFORE.maxBatchBytes);
    f('heartbeatMs', 0, BEFORE.heartbeatMs);
    f('heartbeatMs', NaN, BEFORE.heartbeatMs);
    f('minBatchIntervalMs', NaN, BEFORE.minBatchIntervalMs);
  });

  it('may have other bounds, for who wants to see much happen with little', () => {
    const any = { least: 0, most: Infinity };
    const bounds = { maxBatchBytes: any, heartbeatMs: any, minBatchIntervalMs: any };
    const tiny = { maxBatchBytes: 150, heartbeatMs: 1, minBatchIntervalMs: 1e9 };
    expect(clampLimits(tiny, BEFORE, bounds)).toEqual({ limits: tiny, clamped: [] });
  });
});
