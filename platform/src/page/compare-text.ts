/** Sorts by code unit: the same everywhere, and fast enough for thousands of names four times a second. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
