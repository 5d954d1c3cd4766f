import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { parseNoticeTime } from './notice-time.ts';
import type { Notice, NoticeKind } from './notice.ts';

/** The notices that a document holds; undefined when it is no such document. */
export type AwsParser = (text: string) => Notice[] | undefined;

const ACTIONS: Readonly<Record<string, NoticeKind>> = { terminate: 'preempt', stop: 'stop', hibernate: 'hibernate' };

const CODES: Readonly<Record<string, NoticeKind>> = {
  'instance-reboot': 'reboot',
  'system-reboot': 'reboot',
  'instance-retirement': 'retire',
  'instance-stop': 'stop',
  'system-maintenance': 'maintenance',
};

/** `spot/instance-action`. There is no event id: what and when it says is the identity, and both are fixed once it stands. */
export function parseInstanceAction(text: string): Notice[] | undefined {
  const document = parse(text);
  if (!isRecord(document) || typeof document['action'] !== 'string') return undefined;
  const { action, time } = document;
  const timeText = typeof time === 'string' ? time : '';
  const startsAtMs = parseNoticeTime(timeText);
  return [
    {
      id: `instance-action/${action}/${timeText}`,
      source: 'instance-action',
      kind: ACTIONS[action] ?? 'other',
      type: action,
      status: '',
      // Two minutes ahead at most, none for hibernation: there is nothing to wait for.
      isStarted: true,
      ...(startsAtMs === undefined ? {} : { startsAtMs }),
      description: '',
    },
  ];
}

/** `events/recommendations/rebalance`: stays for good once it is there. */
export function parseRebalance(text: string): Notice[] | undefined {
  const document = parse(text);
  if (!isRecord(document) || typeof document['noticeTime'] !== 'string') return undefined;
  const { noticeTime } = document;
  return [
    {
      id: `rebalance/${noticeTime}`,
      source: 'rebalance',
      kind: 'rebalance',
      type: 'rebalance',
      status: '',
      isStarted: false,
      description: '',
    },
  ];
}

/** `events/maintenance/scheduled`: events that were cancelled or are complete may still be listed. */
export function parseMaintenance(text: string): Notice[] | undefined {
  const document = parse(text);
  if (!Array.isArray(document)) return undefined;
  const notices = document.map(toMaintenance);
  if (notices.includes(undefined)) return undefined;
  return notices.filter((notice) => notice !== undefined && notice !== 'over');
}

/** `autoscaling/target-lifecycle-state`: the state is all there is, so it is the identity. */
export function parseLifecycleState(text: string): Notice[] | undefined {
  const state = text.trim();
  // Anything but a word is an error page.
  if (!/^[A-Za-z:]+$/.test(state)) return undefined;
  if (state !== 'Terminated') return [];
  return [
    {
      id: `lifecycle-state/${state}`,
      source: 'lifecycle-state',
      kind: 'terminate',
      type: `lifecycle-state ${state}`,
      status: '',
      isStarted: true,
      description: 'the Auto Scaling group is about to terminate this instance',
    },
  ];
}

function toMaintenance(event: unknown): Notice | 'over' | undefined {
  if (!isRecord(event)) return undefined;
  const { EventId: id, Code: code, State: state, NotBefore: notBefore, Description: description } = event;
  if (typeof id !== 'string' || id === '' || typeof code !== 'string') return undefined;
  const status = typeof state === 'string' ? state : '';
  if (/^(canceled|cancelled|completed)$/i.test(status)) return 'over';
  const startsAtMs = parseNoticeTime(typeof notBefore === 'string' ? notBefore : '');
  return {
    id: id.toLowerCase(),
    source: 'scheduled-maintenance',
    kind: CODES[code] ?? 'other',
    type: code,
    status,
    isStarted: false,
    ...(startsAtMs === undefined ? {} : { startsAtMs }),
    description: typeof description === 'string' ? description.slice(0, 200) : '',
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
