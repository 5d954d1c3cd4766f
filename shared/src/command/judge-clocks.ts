import { clockCure, describeClocks, type TheirTime, withinLimit } from '../verdict/clock-trouble.ts';
import { fine, type Finding, skipped, trouble } from './finding.ts';

const ID = 'clock';

/** What the dates of the answers that a doctor got say of the clock of this machine, each by its last answer. A warning: work goes on. */
export function judgeClocks(answered: readonly TheirTime[]): Finding {
  const others = answered.map(({ aheadMs, ...other }) => ({
    ...other,
    aheadMs: aheadMs === undefined ? undefined : withinLimit(aheadMs),
  }));
  const heard = others.filter(({ aheadMs }) => aheadMs !== undefined);
  if (heard.length === 0) return skipped(ID, 'no answer told the time');
  if (heard.every(({ aheadMs }) => aheadMs === 0)) return fine(ID, describeClocks(heard));
  return trouble(ID, { severity: 'warning', detail: describeClocks(heard), cure: clockCure(heard) });
}
