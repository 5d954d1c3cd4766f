/** Orders texts by code unit: the same everywhere, where a locale has an order of its own, and without its tables. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
