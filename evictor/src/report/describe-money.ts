import { grouped } from '@castai/shared/verdict/grouped.ts';
import type { ReportDocument } from './report-document.ts';

/** A month of 730 hours, as providers bill it. */
const HOURS_A_MONTH = 730;

/** What would be saved, for people: `1.54 EUR an hour, 1,121 a month`. What has no price is said to have none, never taken for free. */
export function describeMoney({ perHour, currency, unpriced }: ReportDocument['saved']): string {
  if (perHour === null) return currency === '' ? 'not known: no price list' : 'not known: these nodes have no price';
  const amount = `${grouped(perHour, 2)} ${currency} an hour, ${grouped(perHour * HOURS_A_MONTH)} a month`;
  const without = unpriced === 1 ? '1 node has' : `${String(unpriced)} nodes have`;
  return unpriced === 0 ? amount : `at least ${amount}; ${without} no price`;
}
