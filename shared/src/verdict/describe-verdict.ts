import type { Verdict } from './verdict.ts';

/** A verdict in one line, for people: `blocked since 06:00: platform (https://…): connect ECONNREFUSED; what to do`. */
export function describeVerdict({ state, since, cause, why, address, cure, others }: Verdict): string {
  if (cause === '') return `verdict: ${state} since ${since}`;
  const where = address === '' ? '' : ` (${address})`;
  const more = others === 0 ? '' : `; and ${String(others)} more`;
  return `verdict: ${state} since ${since}: ${cause}${where}: ${why}${cure === '' ? '' : `; ${cure}`}${more}`;
}
