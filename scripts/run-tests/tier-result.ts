/** What a tier, or all of them, came to. */
export interface TierResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, each with its file and its first words. Said again at the end: of a long output often only the end is kept. */
  readonly failures: readonly string[];
  /** What passed only at its second try, in CI: each is a race to be found, in the test or in the program. */
  readonly again: readonly string[];
}

/** Adds results up. */
export function sumResults(results: readonly TierResult[]): TierResult {
  const sum = (pick: (result: TierResult) => number): number => results.reduce((total, one) => total + pick(one), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum((one) => one.skipped),
    failures: results.flatMap(({ failures }) => failures),
    again: results.flatMap(({ again }) => again),
  };
}

/** The line that a test run ends with; CI reads it. */
export function closingLine({ passed, failed, skipped }: TierResult): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
