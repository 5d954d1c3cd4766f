import { instantIn } from './instant-in.ts';
import type { Span } from './maintenance.ts';

/** What Karpenter for Azure is told of the next window; the one for images. */
const KEY = 'aksManagedNodeOSUpgradeSchedule';

/** Also for longer than a month nothing is maintained in one go. */
const LONGEST_MS = 31 * 86_400_000;

/**
 * Reads the data of the ConfigMap `upcoming-maintenance-window`: two instants, from and to. Undefined where neither is there. Throws an Error
 * with one sentence for what cannot be meant, such as one of the two alone.
 */
export function parseUpcomingWindow(data: Readonly<Record<string, unknown>>): Span | undefined {
  const [start, end] = [data[`${KEY}-start`], data[`${KEY}-end`]];
  if (start === undefined && end === undefined) return undefined;
  if (start === undefined || end === undefined)
    throw new Error(`it has ${KEY}-${start === undefined ? 'end' : 'start'} alone`);
  const [startMs, endMs] = [start, end].map((one) => (typeof one === 'string' ? instantIn(one) : undefined));
  if (startMs === undefined || endMs === undefined) throw new Error(`${KEY} is no pair of instants as of RFC 3339`);
  if (startMs >= endMs || endMs - startMs > LONGEST_MS) throw new Error(`${KEY} does not end after it begins`);
  return { startMs, endMs };
}
