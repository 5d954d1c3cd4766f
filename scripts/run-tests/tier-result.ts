/** What a tier, or all of them, came to. */
export interface TierResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Adds results up. */
export function sumResults(results: readonly TierResult[]): TierResult {
  const sum = (pick: (result: TierResult) => number): number => results.reduce((total, one) => total + pick(one), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum((one) => one.skipped),
  };
}

/** The line that a test run ends with; CI reads it. */
export function closingLine({ passed, failed, skipped }: TierResult): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
