/**
 * A Kubernetes quantity (`100m`, `2Gi`, `1e3`) in whole units of 10^-`decimals`, rounded up as the scheduler rounds requests: 3 decimals
 * make of `0.1` cores 100. Exact: floating point would make of `1.1` cores 1101 thousandths. Undefined for what is no quantity.
 */
export function parseQuantity(value: unknown, decimals = 0): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const groups = QUANTITY.exec(text)?.groups;
  return groups === undefined ? undefined : inUnits(groups, decimals);
}

function inUnits(groups: Readonly<Record<string, string | undefined>>, decimals: number): number | undefined {
  const { sign = '', whole = '', fraction = '', exponent = '0', suffix = '' } = groups;
  const digits = `${whole}${fraction}`;
  if (digits === '') return undefined;
  const [base, power] = SUFFIXES[suffix] ?? [10, 0];
  const tens = Number(exponent) - fraction.length + decimals + (base === 10 ? power : 0);
  // Nothing of a cluster is of that size, and the number would take minutes to write.
  if (Math.abs(tens) > MOST_TENS) return undefined;
  const scaled = BigInt(`${sign}${digits}`) * (base === 2 ? 2n ** BigInt(power) : 1n);
  return tens >= 0 ? Number(scaled * 10n ** BigInt(tens)) : Number(divideUp(scaled, 10n ** BigInt(-tens)));
}

const QUANTITY =
  /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?:[eE](?<exponent>[+-]?\d+)|(?<suffix>[numkMGTPE]|[KMGTPE]i))?$/u;

const SUFFIXES: Readonly<Record<string, readonly [base: 2 | 10, power: number]>> = {
  n: [10, -9],
  u: [10, -6],
  m: [10, -3],
  k: [10, 3],
  M: [10, 6],
  G: [10, 9],
  T: [10, 12],
  P: [10, 15],
  E: [10, 18],
  Ki: [2, 10],
  Mi: [2, 20],
  Gi: [2, 30],
  Ti: [2, 40],
  Pi: [2, 50],
  Ei: [2, 60],
};

const MOST_TENS = 64;

function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value > 0n && value % by !== 0n ? quotient + 1n : quotient;
}
