import type { FaultRule } from './fault-rules.ts';

/** A fault in force, in words for the page. */
export function faultText({ id, on, times, probability, action }: FaultRule): string {
  const { type, ...details } = action;
  const values = Object.entries(details).map(([key, value]) => `${key} ${String(value)}`);
  const where = on.length === 0 ? 'any call' : on.join(', ');
  const often = times === undefined ? 'until cleared' : `${times} times`;
  const chance = probability < 1 ? `, chance ${probability}` : '';
  const what = values.length === 0 ? type : `${type} (${values.join(', ')})`;
  return `${id}: ${what} on ${where}, ${often}${chance}`;
}
