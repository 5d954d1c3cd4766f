/** Orders texts by code units: a locale would order the same names differently elsewhere. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
