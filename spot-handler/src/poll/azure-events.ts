import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { parseNoticeTime } from './notice-time.ts';
import type { Notice, NoticeKind } from './notice.ts';

const KINDS: Readonly<Record<string, NoticeKind>> = {
  preempt: 'preempt',
  terminate: 'terminate',
  redeploy: 'redeploy',
  reboot: 'reboot',
  freeze: 'freeze',
  spotrebalancerecommendation: 'rebalance',
};

const MAX_DESCRIPTION_CHARACTERS = 200;

/**
 * The events of a Scheduled Events document, those of other machines included. Undefined when the text is no such document:
 * half of one may lack the very event that matters, so it is not used at all. Unknown types, states and fields are data.
 */
export function parseScheduledEvents(text: string): Notice[] | undefined {
  const events = eventsOf(text);
  if (events === undefined) return undefined;
  const notices = events.map(toNotice);
  return notices.every((notice) => notice !== undefined) ? notices : undefined;
}

/**
 * The names by which events mean a machine, from its node's providerID: `{set}_{instance}` in a Uniform scale set, whose node
 * has another name (`aks-pool-1-vmss000003`), else the machine's own. The last two parts of the id say it.
 */
export function azureNamesOf(providerId: string): string[] {
  const set = /^azure:\/\/.*\/virtualMachineScaleSets\/([^/]+)\/virtualMachines\/([^/]+)$/i.exec(providerId);
  if (set !== null) return [`${set[1]}_${set[2]}`];
  const single = /^azure:\/\/.*\/virtualMachines\/([^/]+)$/i.exec(providerId);
  return single?.[1] === undefined ? [] : [single[1]];
}

function eventsOf(text: string): unknown[] | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const events = isRecord(document) ? document['Events'] : undefined;
    return Array.isArray(events) ? events : undefined;
  } catch {
    return undefined;
  }
}

function toNotice(event: unknown): Notice | undefined {
  if (!isRecord(event)) return undefined;
  const [id, type] = [event['EventId'], event['EventType']];
  if (typeof id !== 'string' || id === '' || typeof type !== 'string') return undefined;
  const status = textOf(event['EventStatus']);
  const startsAtMs = parseNoticeTime(textOf(event['NotBefore']));
  const resources: unknown[] = Array.isArray(event['Resources']) ? event['Resources'] : [];
  return {
    // Seen in upper and in lower case for the same event.
    id: id.toLowerCase(),
    givenId: id,
    source: 'scheduled-events',
    // Whatever its type: an advisory announces nothing that is certain.
    kind: status.toLowerCase() === 'advisory' ? 'rebalance' : (KINDS[type.toLowerCase()] ?? 'other'),
    type,
    status,
    isStarted: status.toLowerCase() === 'started',
    ...(startsAtMs === undefined ? {} : { startsAtMs }),
    resources: resources.filter((resource) => typeof resource === 'string'),
    description: textOf(event['Description']).slice(0, MAX_DESCRIPTION_CHARACTERS),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
