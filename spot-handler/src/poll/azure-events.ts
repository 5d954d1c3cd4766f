import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { parseNoticeTime } from './notice-time.ts';
import type { Notice, NoticeKind } from './notice.ts';
import { idOf, type Reading, readEntries, wordOf } from './reading.ts';

const KINDS: ReadonlyMap<string, NoticeKind> = new Map(
  Object.entries({
    preempt: 'preempt',
    terminate: 'terminate',
    redeploy: 'redeploy',
    reboot: 'reboot',
    freeze: 'freeze',
    spotrebalancerecommendation: 'rebalance',
  } as const),
);

/**
 * The events of a Scheduled Events document, those of other machines included. Undefined when the text is no such document. Unknown
 * types, states and fields are data, and an entry that cannot be read hides none of the others.
 */
export function parseScheduledEvents(text: string): Reading | undefined {
  const events = eventsOf(text);
  return events === undefined ? undefined : readEntries(events, toNotice);
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
  // Whom it concerns could not be read: taken for another machine's it would be as good as absent.
  const resources = namesIn(event['Resources']);
  if (resources === undefined) return undefined;
  const status = wordOf(event['EventStatus']);
  const startsAtMs = parseNoticeTime(wordOf(event['NotBefore']));
  const kind = KINDS.get(type.toLowerCase()) ?? 'other';
  return {
    id: idOf(id),
    ...(id === wordOf(id) ? { givenId: id } : {}),
    source: 'scheduled-events',
    // Whatever its type: an advisory announces nothing that is certain.
    kind: status.toLowerCase() === 'advisory' ? 'rebalance' : kind,
    type: wordOf(type),
    status,
    isStarted: status.toLowerCase() === 'started',
    ...(startsAtMs === undefined ? {} : { startsAtMs }),
    resources,
    description: wordOf(event['Description']),
  };
}

/** The machines that are named; undefined when that cannot be read. One alone may stand without the list around it. */
function namesIn(resources: unknown): string[] | undefined {
  if (typeof resources === 'string') return [resources];
  return Array.isArray(resources) ? resources.filter((resource) => typeof resource === 'string') : undefined;
}
