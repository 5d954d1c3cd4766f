import type { Transfer } from '../deliver/delivery.ts';

/** As long as a confirmed batch may be old: a full snapshot of a large cluster takes half of it. */
const LONG_MS = 60_000;
/** Of the time, for which more was at hand than was taken: less than that, and reading is what takes long. */
const MOSTLY = 0.5;

/** In words, that it is the platform, or what lies in between, that takes a full snapshot slowly; undefined: it does not, or not for long. */
export function slowTransfer(transfer: Transfer | undefined, nowMs: number): string | undefined {
  if (transfer === undefined) return undefined;
  const { startedAtMs, bytes, waitedMs } = transfer;
  const forMs = nowMs - startedAtMs;
  if (forMs <= LONG_MS || waitedMs < forMs * MOSTLY) return undefined;
  const kilobytes = bytes / 1000;
  const seconds = forMs / 1000;
  return `a full snapshot is taken at ${String(Math.round(kilobytes / seconds))} kB/s: ${(kilobytes / 1000).toFixed(1)} MB in ${String(Math.round(seconds))} s`;
}
