import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { parseNoticeTime } from './notice-time.ts';
import { type Reading, whole, wordOf } from './reading.ts';

/** `instance/preempted`. Undefined for a text that is neither of its values. */
export function parsePreempted(text: string): Reading | undefined {
  const value = text.trim().toUpperCase();
  if (value === 'FALSE') return whole();
  if (value !== 'TRUE') return undefined;
  return whole({
    id: 'preempted',
    source: 'preempted',
    kind: 'preempt',
    type: 'preempted',
    status: value,
    isStarted: true,
    description: '',
  });
}

/** `instance/maintenance-event`: one at a time, whatever its value becomes. Values that nobody has heard of are data. */
export function parseMaintenanceEvent(text: string): Reading | undefined {
  const value = text.trim().toUpperCase();
  if (!/^[A-Z_]+$/.test(value)) return undefined;
  if (value === 'NONE') return whole();
  const kinds = { TERMINATE_ON_HOST_MAINTENANCE: 'terminate', MIGRATE_ON_HOST_MAINTENANCE: 'freeze' } as const;
  const kind =
    value === 'TERMINATE_ON_HOST_MAINTENANCE' || value === 'MIGRATE_ON_HOST_MAINTENANCE' ? kinds[value] : 'other';
  return whole({
    id: 'maintenance-event',
    source: 'maintenance-event',
    kind,
    type: wordOf(value),
    status: '',
    // A minute ahead, an hour on machines with GPUs; the time is not said.
    isStarted: true,
    description: '',
  });
}

/**
 * `instance/upcoming-maintenance` as JSON: days ahead, on some types of machines. "Nothing" comes as an empty object or as the word
 * NONE; an error object is no object of this kind. `isTerminated`: the machine does not live through maintenance.
 */
export function parseUpcomingMaintenance(text: string, isTerminated: boolean): Reading | undefined {
  if (/^"?NONE"?$/.test(text.trim())) return whole();
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(document)) return undefined;
  const fields = new Map(Object.entries(document).map(([name, value]) => [snakeCase(name), value]));
  if (fields.size === 0) return whole();
  const status = textOf(fields.get('maintenance_status'));
  const start = textOf(fields.get('window_start_time'));
  if (fields.has('error') || (status === '' && start === '')) return undefined;
  const startsAtMs = parseNoticeTime(start);
  return whole({
    // There is one at a time, and its window can be moved.
    id: 'upcoming-maintenance',
    source: 'upcoming-maintenance',
    kind: isTerminated ? 'reboot' : 'freeze',
    type: wordOf(`${textOf(fields.get('type')).toLowerCase()} maintenance`.trim()),
    status,
    isStarted: status.toUpperCase() === 'ONGOING',
    ...(startsAtMs === undefined ? {} : { startsAtMs }),
    description: '',
  });
}

/**
 * Whether an error object says that there was no notice yet, which `upcoming-maintenance` answers with status 503 on machines that
 * have this key. Any other 503 says nothing: the server also answers so for a moment while its host is maintained.
 */
export function isNoNoticeYet(text: string): boolean {
  try {
    const document: unknown = JSON.parse(text);
    const error = isRecord(document) ? document['error'] : undefined;
    return isRecord(error) && /\bno notif/i.test(textOf(error['message']));
  } catch {
    return false;
  }
}

/** Both spellings have been seen. */
function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Numbers and truth values arrive as text as well. */
function textOf(value: unknown): string {
  return wordOf(typeof value === 'number' || typeof value === 'boolean' ? String(value) : value);
}
