/**
 * An instant as RFC 3339 writes it, in milliseconds; undefined for every other text. Strict about days: JavaScript takes the 30th of February for the
 * 2nd of March.
 */
export function instantIn(text: string): number | undefined {
  const match = /^(?<date>\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/u.exec(text);
  const date = match?.groups?.['date'];
  const ms = Date.parse(text);
  return date === undefined || dayIn(date) === undefined || Number.isNaN(ms) ? undefined : ms;
}

/** A date such as 2026-11-30 in milliseconds, at its beginning in UTC; undefined for a day that does not exist. */
export function dayIn(date: string): number | undefined {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date) ? ms : undefined;
}
