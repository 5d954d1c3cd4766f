type WireNumber = number | { toNumber(): number } | null | undefined;

/** 64-bit fields come as `Long` where that package is loaded and as numbers elsewhere; ours all stay below 2^53. */
export function toNumber(value: WireNumber): number {
  if (value === null || value === undefined) return 0;
  return typeof value === 'number' ? value : value.toNumber();
}
