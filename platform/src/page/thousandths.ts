/** Sums of floats drift; a thousandth of a core is what a page can show. The `+ 0` makes a 0 of a -0. */
export function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000 + 0;
}
