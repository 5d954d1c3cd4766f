import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { parseNoticeTime } from './notice-time.ts';
import type { Notice, NoticeKind } from './notice.ts';
import { type Reading, readEntries, whole, wordOf } from './reading.ts';

/** The notices that a document holds; undefined when it is no such document. */
export type AwsParser = (text: string) => Reading | undefined;

const ACTIONS: ReadonlyMap<string, NoticeKind> = new Map([
  ['terminate', 'preempt'],
  ['stop', 'stop'],
  ['hibernate', 'hibernate'],
]);

const CODES: ReadonlyMap<string, NoticeKind> = new Map([
  ['instance-reboot', 'reboot'],
  ['system-reboot', 'reboot'],
  ['instance-retirement', 'retire'],
  ['instance-stop', 'stop'],
  ['system-maintenance', 'maintenance'],
]);

/** `spot/instance-action`. There is no event id: what and when it says is the identity, and both are fixed once it stands. */
export function parseInstanceAction(text: string): Reading | undefined {
  const document = parse(text);
  if (!isRecord(document) || typeof document['action'] !== 'string') return undefined;
  const action = wordOf(document['action']);
  const timeText = wordOf(document['time']);
  const startsAtMs = parseNoticeTime(timeText);
  return whole({
    id: `instance-action/${action}/${timeText}`,
    source: 'instance-action',
    kind: ACTIONS.get(action) ?? 'other',
    type: action,
    status: '',
    // Two minutes ahead at most, none for hibernation: there is nothing to wait for.
    isStarted: true,
    ...(startsAtMs === undefined ? {} : { startsAtMs }),
    description: '',
  });
}

/** `events/recommendations/rebalance`: stays for good once it is there. */
export function parseRebalance(text: string): Reading | undefined {
  const document = parse(text);
  if (!isRecord(document) || typeof document['noticeTime'] !== 'string') return undefined;
  const noticeTime = wordOf(document['noticeTime']);
  return whole({
    id: `rebalance/${noticeTime}`,
    source: 'rebalance',
    kind: 'rebalance',
    type: 'rebalance',
    status: '',
    isStarted: false,
    description: '',
  });
}

/** `events/maintenance/scheduled`: events that were cancelled or are complete may still be listed. */
export function parseMaintenance(text: string): Reading | undefined {
  const document = parse(text);
  if (!Array.isArray(document)) return undefined;
  return readEntries(document, toMaintenance);
}

/** `autoscaling/target-lifecycle-state`: the state is all there is, so it is the identity. */
export function parseLifecycleState(text: string): Reading | undefined {
  const state = text.trim();
  // Anything but a word is an error page.
  if (!/^[A-Za-z:]+$/.test(state)) return undefined;
  if (state !== 'Terminated') return whole();
  return whole({
    id: `lifecycle-state/${state}`,
    source: 'lifecycle-state',
    kind: 'terminate',
    type: `lifecycle-state ${state}`,
    status: '',
    isStarted: true,
    description: 'the Auto Scaling group is about to terminate this instance',
  });
}

function toMaintenance(event: unknown): Notice | 'over' | undefined {
  if (!isRecord(event)) return undefined;
  const { EventId: id, Code: code, State: state, NotBefore: notBefore, Description: description } = event;
  if (typeof id !== 'string' || id === '' || typeof code !== 'string') return undefined;
  const status = wordOf(state);
  if (/^(canceled|cancelled|completed)$/i.test(status)) return 'over';
  const startsAtMs = parseNoticeTime(wordOf(notBefore));
  return {
    id: wordOf(id).toLowerCase(),
    source: 'scheduled-maintenance',
    kind: CODES.get(code) ?? 'other',
    type: wordOf(code),
    status,
    isStarted: false,
    ...(startsAtMs === undefined ? {} : { startsAtMs }),
    description: wordOf(description),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
