import type { Trouble } from '@castai/shared/verdict/problem.ts';
import { isIndispensable } from '../feeds/feeds.ts';
import type { FeedStatus } from '../feeds/supervised-feed.ts';
import type { AgentFacts } from './agent-troubles.ts';

const RUNBOOKS = 'monitoring/runbooks';

/** What is wrong with single feeds while the API server as a whole answers: no right, a broken API behind them, a platform that takes none. */
export function feedTroubles(facts: AgentFacts): Trouble[] {
  return [forbidden(facts), broken(facts), refused(facts)].filter((trouble) => trouble !== undefined);
}

function forbidden({ feeds, apiServer: address, cureOf }: AgentFacts): Trouble | undefined {
  const closed = namesOf(feeds, ({ phase }) => phase === 'forbidden');
  if (closed.length === 0) return undefined;
  const served = namesOf(feeds, ({ phase }) => phase !== 'absent' && phase !== 'unknown');
  return {
    cause: 'feeds',
    severity: closed.some(isIndispensable) ? 'blocked' : 'degraded',
    why: `FORBIDDEN: the service account may not list and watch ${some(closed)} (${String(closed.length)} of ${String(served.length)})`,
    address,
    cure: [...new Set(closed.map(cureOf))].join('; '),
    runbook: `${RUNBOOKS}/CastaiAgentFeedsForbidden.md`,
    subjects: closed,
  };
}

/** `KUBE_EXPIRED` and its like are harmless: the feed is listed again, and says so by itself when it cannot be. */
const OF_ONE_KIND = /^DEGRADED: (?!KUBE_(?:UNREACHABLE|UNAUTHORIZED|WATCHDOG|STREAM_BROKEN|THROTTLED|EXPIRED)$)/;

function broken({ feeds, heard, longUnknown: unknown, apiServer: address }: AgentFacts): Trouble | undefined {
  const failing = feeds.filter(({ phase, state }) => phase !== 'unknown' && OF_ONE_KIND.test(state));
  const [first] = failing;
  const subjects = [...failing.map(({ feed }) => feed), ...unknown];
  if (subjects.length === 0) return undefined;
  const words =
    first === undefined
      ? 'the API behind it does not answer'
      : (heard.feeds.get(first.feed)?.message ?? first.state.replace('DEGRADED: ', ''));
  const hint = first === undefined ? '' : (heard.feeds.get(first.feed)?.hint ?? '');
  const isUnsupported = first?.phase === 'unsupported';
  return {
    cause: 'feed-api',
    severity: subjects.some(isIndispensable) ? 'blocked' : 'degraded',
    why: `${some(subjects)}: ${words}`,
    address,
    cure: isUnsupported
      ? 'upgrade the agent; until then the platform keeps what it has of it'
      : hint === ''
        ? 'look at whatever serves it: the conversion webhook of its CRD, or its APIService (kubectl get apiservices)'
        : hint,
    runbook: `${RUNBOOKS}/CastaiAgentFeedNotSynced.md`,
    subjects,
  };
}

function refused({ feeds, platform: address }: AgentFacts): Trouble | undefined {
  const subjects = namesOf(feeds, ({ phase }) => phase === 'refused');
  if (subjects.length === 0) return undefined;
  return {
    cause: 'refused-objects',
    severity: subjects.some(isIndispensable) ? 'blocked' : 'degraded',
    why: `the platform takes no object of ${some(subjects)}`,
    address,
    cure: 'ask the platform why; what it has of it stays, and it is sent again from time to time',
    runbook: `${RUNBOOKS}/CastaiAgentEntriesRejected.md`,
    subjects,
  };
}

function namesOf(feeds: readonly FeedStatus[], is: (feed: FeedStatus) => boolean): string[] {
  return feeds.filter(is).map(({ feed }) => feed);
}

/** As many as fit into a line; all of them are the problem's subjects. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${String(names.length - 4)} more` : shown;
}
