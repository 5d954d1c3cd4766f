/** One measured number beside what it should be. */
export interface Figure {
  readonly figure: string;
  readonly value: number;
  /** `MiB`, `s`, `ratio`, `%`, `objects`. */
  readonly unit: string;
  /** `≤ 150`; empty for a figure that is only shown. */
  readonly target: string;
  readonly met: boolean;
}

/** A figure that may not exceed its target. */
export function atMost(target: number, row: Pick<Figure, 'figure' | 'value' | 'unit'>): Figure {
  return { ...row, value: round(row.value), target: `≤ ${String(target)}`, met: row.value <= target };
}

/** A figure that may not fall below its target. */
export function atLeast(target: number, row: Pick<Figure, 'figure' | 'value' | 'unit'>): Figure {
  return { ...row, value: round(row.value), target: `≥ ${String(target)}`, met: row.value >= target };
}

/** A figure without a target: it tells where the others come from. */
export function shown(row: Pick<Figure, 'figure' | 'value' | 'unit'>): Figure {
  return { ...row, value: round(row.value), target: '', met: true };
}

/** The smallest value that at least the share `p` (0 to 1) of the sample does not exceed (nearest rank); NaN of nothing. */
export function percentile(sample: readonly number[], p: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle of an odd number of values, the lower of the two middle ones otherwise. */
export function median(sample: readonly number[]): number {
  return percentile(sample, 0.5);
}

/** Three significant digits are more than any of these machines can promise. */
function round(value: number): number {
  return Number(value.toPrecision(3));
}
