/** What happened, in words for the page. Pure. */
import type { IngestEvent } from '../ingest/ingest-event.ts';
import type { Named } from '../deltas/delta-summary.ts';
import type { FeedRow } from '../store/feed-row.ts';

/** One line for the event list, as yet without its number and time. */
export interface PageNote {
  /** How it is meant: `bad` wants attention. */
  readonly tone: 'plain' | 'good' | 'warn' | 'bad' | 'fault';
  /** What it is about: a resource, or `session`, `batch`, `fault`. */
  readonly kind: string;
  readonly text: string;
}

type Opened = Extract<IngestEvent, { type: 'opened' }>;
type Delta = Extract<IngestEvent, { type: 'delta' }>;
type Processed = Extract<IngestEvent, { type: 'processed' }>;
type Milestone = Processed['plan']['milestones'][number];

/** More changes of a feed than this in one batch are told as a number. */
const NAMED_CHANGES = 3;

/** The lines of one ingest event, oldest first. */
export function ingestNotes(event: IngestEvent): readonly PageNote[] {
  switch (event.type) {
    case 'opened':
      return [openedNote(event), ...setAsideNotes(event)];
    case 'duplicate':
      return [{ tone: 'plain', kind: 'batch', text: `batch ${event.seq} came again and changed nothing` }];
    case 'processed':
      return [...changeNotes(event), ...milestoneNotes(event), ...rejectionNotes(event)];
    case 'delta':
      return deltaNotes(event);
    case 'received':
    case 'restored':
      return [];
  }
}

/** How many upserts and deletes a batch had. */
export function changeCount({ batch }: Processed): number {
  return batch.entries.filter(({ type }) => type === 'upsert' || type === 'delete').length;
}

function openedNote({ epoch, request, resumed }: Opened): PageNote {
  const snapshots = request.feeds.length - resumed;
  const feeds = `${resumed} feeds resume, ${snapshots} start with a snapshot`;
  return { tone: 'good', kind: 'session', text: `session ${epoch} opened by ${request.instanceId}: ${feeds}` };
}

function setAsideNotes({ request, setAside }: Opened): PageNote[] {
  if (setAside === 0) return [];
  const text = `kube-system is another one (${request.clusterUid}): ${setAside} feeds of the former are set aside for a day`;
  return [{ tone: 'bad', kind: 'session', text }];
}

/** Every object of a full snapshot is upserted, whether it is new or not: the number says more than the names. */
function deltaNotes({ isFull, items, resources }: Delta): PageNote[] {
  if (isFull)
    return [{ tone: 'good', kind: 'session', text: `a full snapshot of ${items} objects replaced everything` }];
  return [...resources].map(([kind, { upserted, deleted }]) => {
    const text = [told('upserted', upserted), told('deleted', deleted)].filter((part) => part !== '').join(', ');
    return { tone: 'plain', kind, text };
  });
}

function changeNotes({ batch, feeds }: Processed): PageNote[] {
  const changes = new Map<number, { upserts: string[]; deletes: string[] }>();
  for (const entry of batch.entries) {
    if (entry.type !== 'upsert' && entry.type !== 'delete') continue;
    const known = changes.get(entry.feedId) ?? { upserts: [], deletes: [] };
    changes.set(entry.feedId, known);
    const name = entry.namespace === '' ? entry.name : `${entry.namespace}/${entry.name}`;
    (entry.type === 'upsert' ? known.upserts : known.deletes).push(name);
  }
  return [...changes].map(([feedId, { upserts, deletes }]) => {
    const text = [told('upserted', named(upserts)), told('deleted', named(deletes))]
      .filter((part) => part !== '')
      .join(', ');
    return { tone: 'plain', kind: feedName(feeds.get(feedId)), text };
  });
}

const MILESTONES = {
  snapshotBegin: { tone: 'plain', text: 'snapshot began' },
  snapshotEnd: { tone: 'good', text: 'snapshot ended' },
  snapshotAbort: { tone: 'bad', text: 'snapshot aborted' },
  countMismatch: { tone: 'bad', text: 'snapshot not taken' },
  feedState: { tone: 'plain', text: 'state' },
} as const satisfies Record<string, Omit<PageNote, 'kind'>>;

function milestoneNotes({ plan, feeds }: Processed): PageNote[] {
  const isAbsent = ({ type, detail }: Milestone): boolean => type === 'feedState' && detail.startsWith('ABSENT');
  const notes = plan.milestones
    .filter((milestone) => !isAbsent(milestone))
    .map(({ feedId, type, detail }): PageNote => {
      const { tone, text } = MILESTONES[type];
      return { tone, kind: feedName(feeds.get(feedId)), text: detail === '' ? text : `${text}: ${detail}` };
    });
  // Two dozen lines at every start, of which the newest reads as if pods could not be read.
  const absent = plan.milestones.filter(isAbsent).map(({ feedId }) => feedName(feeds.get(feedId)));
  if (absent.length === 0) return notes;
  const text = `${absent.length === 1 ? '1 kind is' : `${absent.length} kinds are`} not served here: ${absent.join(', ')}`;
  return [...notes, { tone: 'plain', kind: 'feeds', text }];
}

function rejectionNotes({ batch, plan, feeds }: Processed): PageNote[] {
  return [...Map.groupBy(plan.rejections, ({ code }) => code)].map(([code, refused]) => {
    const index = refused[0]?.entryIndex ?? 0;
    const entry = batch.entries[index];
    const name = entry && 'name' in entry ? entry.name : `entry ${index}`;
    const others = refused.length > 1 ? ` and ${refused.length - 1} more` : '';
    const kind = entry ? feedName(feeds.get(entry.feedId)) : 'batch';
    return { tone: 'bad', kind, text: `rejected ${name}${others}: ${code}` };
  });
}

function told(verb: string, { count, names }: Named): string {
  if (count === 0) return '';
  return count > NAMED_CHANGES ? `${verb} ${count} objects` : `${verb} ${names.join(', ')}`;
}

function named(names: readonly string[]): Named {
  return { count: names.length, names };
}

/** With its group: the core has pods, and so has `metrics.k8s.io`. */
function feedName(feed: Pick<FeedRow, 'resource' | 'group'> | undefined): string {
  if (feed === undefined) return 'unknown feed';
  return feed.group === '' ? feed.resource : `${feed.resource}.${feed.group}`;
}
