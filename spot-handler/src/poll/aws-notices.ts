import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { parseNoticeTime } from './notice-time.ts';
import type { Notice, NoticeKind } from './notice.ts';
import { idOf, type Reading, readEntries, whole, wordOf } from './reading.ts';

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

/**
 * `spot/instance-action`. There is no event id, and there is one such notice at a time: what it says, and for when, may change while it
 * stands, and is the same notice all the same.
 */
export function parseInstanceAction(text: string): Reading | undefined {
  const document = parse(text);
  if (!isRecord(document) || typeof document['action'] !== 'string') return undefined;
  const action = wordOf(document['action']);
  const startsAtMs = parseNoticeTime(wordOf(document['time']));
  return whole({
    id: 'instance-action',
    source: 'instance-action',
    kind: ACTIONS.get(action.toLowerCase()) ?? 'other',
    type: action,
    status: '',
    // Two minutes ahead at most, none for hibernation: there is nothing to wait for.
    isStarted: true,
    ...(startsAtMs === undefined ? {} : { startsAtMs }),
    description: '',
  });
}

/** `events/recommendations/rebalance`: stays for good once it is there, and says the same however often it is given anew. */
export function parseRebalance(text: string): Reading | undefined {
  const document = parse(text);
  if (!isRecord(document) || typeof document['noticeTime'] !== 'string') return undefined;
  return whole({
    id: 'rebalance',
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

/**
 * `autoscaling/target-lifecycle-state`: one state is a notice. All others, those of warm pools (`Warmed:Stopped`) among them, end no node
 * that is in service.
 */
export function parseLifecycleState(text: string): Reading | undefined {
  const state = text.trim();
  // Anything but a word is an error page.
  if (!/^[A-Za-z:]+$/.test(state)) return undefined;
  if (state.toLowerCase() !== 'terminated') return whole();
  return whole({
    id: 'lifecycle-state',
    source: 'lifecycle-state',
    kind: 'terminate',
    type: 'lifecycle-state Terminated',
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
    id: idOf(id),
    source: 'scheduled-maintenance',
    kind: CODES.get(code.toLowerCase()) ?? 'other',
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
