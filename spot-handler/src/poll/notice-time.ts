const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `Mon, 19 Sep 2016 18:29:47 GMT`, with or without the weekday, with one or two digits of the day. */
const RFC_1123 =
  /^(?:[a-z]{3,9},?\s+)?(?<day>\d{1,2})\s+(?<month>[a-z]{3})[a-z]*\s+(?<year>\d{4})\s+(?<hour>\d{1,2}):(?<minute>\d{2}):(?<second>\d{2})(?:\.\d+)?(?:\s*(?:gmt|utc|z|\+00:?00))?$/i;
/** `2017-09-18T08:22:00Z`; no zone means UTC, as in the documents of all three providers. */
const ISO_8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?<zone>Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * A provider's time in milliseconds since the epoch; undefined for an empty or unreadable text. The weekday is never checked:
 * Azure's own sample has a wrong one, which `Date.parse` does not mind today and may tomorrow.
 */
export function parseNoticeTime(text: string): number | undefined {
  const trimmed = text.trim();
  return parseIso8601(trimmed) ?? parseRfc1123(trimmed);
}

function parseIso8601(text: string): number | undefined {
  const match = ISO_8601.exec(text);
  if (match === null) return undefined;
  const atMs = Date.parse(match.groups?.['zone'] === undefined ? `${text}Z` : text);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function parseRfc1123(text: string): number | undefined {
  const parts = RFC_1123.exec(text)?.groups;
  const month = MONTHS.indexOf(parts?.['month']?.toLowerCase() ?? '') + 1;
  if (parts === undefined || month === 0) return undefined;
  const [day = '', hour = '', minute = '', second = ''] = ['day', 'hour', 'minute', 'second'].map((name) =>
    (parts[name] ?? '').padStart(2, '0'),
  );
  // Through the other notation, because that refuses the 25th hour and the 13th month.
  return parseIso8601(`${parts['year']}-${String(month).padStart(2, '0')}-${day}T${hour}:${minute}:${second}Z`);
}
