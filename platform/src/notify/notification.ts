/** One message to somebody: that an episode has begun, became worse, or is over. */
import { createHash } from 'node:crypto';
import type { ClusterRow } from '../store/cluster-row.ts';
import { type Condition, SEVERITIES, type Severity, type Trouble } from './condition.ts';
import { cutText } from './cut-text.ts';
import type { EpisodeCommand } from './episode-state.ts';

/** The message. Every text is bounded. Times are milliseconds since the epoch of Unix. */
export interface Notification {
  /** The same for every attempt and every endpoint: what a receiver knows a repetition by. */
  readonly id: string;
  /** The same from the begin of an episode to its end. */
  readonly episode: string;
  readonly status: 'firing' | 'resolved';
  readonly trouble: Trouble;
  /** The worst that the episode was. */
  readonly severity: Severity;
  /** What of it was told before, each worse than the one before; empty at the begin. */
  readonly toldBefore: readonly Severity[];
  readonly cluster: { readonly id: string; readonly name: string; readonly provider: string };
  readonly summary: string;
  readonly reason: string;
  readonly cure: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** When it was decided to tell. */
  readonly atMs: number;
  /** Sent because somebody wanted to see whether it arrives. */
  readonly isTest: boolean;
}

/** Of which trouble of which cluster an episode is. */
export interface EpisodeSubject {
  readonly cluster: Pick<ClusterRow, 'id' | 'name' | 'provider'>;
  readonly trouble: Trouble;
}

/** A name, and a sentence: what is longer is none. */
const MAX_LINE = 300;
/** A body should stay under 20 kB (Standard Webhooks), and there are three texts that may be long, each character of up to six bytes. */
const MAX_TEXT = 900;

/** What is told of an episode. */
export function notificationOf(command: EpisodeCommand, subject: EpisodeSubject, nowMs: number): Notification {
  const { episode } = command;
  const isOver = command.type === 'resolve';
  const told = isOver ? episode.severities : episode.severities.slice(0, -1);
  const name = episodeId(subject, episode.startedAtMs);
  return {
    // No dot: that is what separates the id from the time in what is signed.
    id: `${name}-${told.length + 1}`,
    episode: name,
    status: isOver ? 'resolved' : 'firing',
    trouble: subject.trouble,
    severity: episode.severities.at(-1) ?? episode.condition.severity,
    toldBefore: told,
    ...words(subject, episode.condition),
    startedAtMs: episode.startedAtMs,
    endedAtMs: isOver ? command.endedAtMs : undefined,
    atMs: nowMs,
    isTest: false,
  };
}

/** A sample that says of itself that it is one. `nonce` makes it another message each time. */
export function testNotification(nonce: string, nowMs: number): Notification {
  const cluster = { id: '00000000-0000-0000-0000-000000000000', name: 'no cluster', provider: 'none' };
  return {
    id: `test_${nonce}-1`,
    episode: `test_${nonce}`,
    status: 'firing',
    trouble: 'connection',
    severity: SEVERITIES[0],
    toldBefore: [],
    cluster,
    summary: 'This is a test: nothing is wrong',
    reason: 'somebody asked for a test on the platform’s page',
    cure: 'Nothing has to be done.',
    startedAtMs: nowMs,
    endedAtMs: undefined,
    atMs: nowMs,
    isTest: true,
  };
}

/** The end of a test: what it opened at a receiver would stay open there for ever. */
export function testEnd(test: Notification): Notification {
  const { episode, severity, startedAtMs } = test;
  return { ...test, id: `${episode}-2`, status: 'resolved', toldBefore: [severity], endedAtMs: startedAtMs };
}

/** Stable over restarts, and of nothing secret. */
function episodeId({ cluster, trouble }: EpisodeSubject, startedAtMs: number): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([cluster.id, trouble, startedAtMs]))
    .digest('hex');
  return `ep_${digest.slice(0, 24)}`;
}

function words(
  { cluster }: EpisodeSubject,
  { summary, reason, cure }: Condition,
): Pick<Notification, 'cluster' | 'summary' | 'reason' | 'cure'> {
  const { id, name, provider } = cluster;
  return {
    cluster: { id, name: cutText(name, MAX_LINE), provider: cutText(provider, MAX_LINE) },
    summary: cutText(summary, MAX_LINE),
    reason: cutText(reason, MAX_TEXT),
    cure: cutText(cure, MAX_TEXT),
  };
}
