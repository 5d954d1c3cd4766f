import type { Trouble } from '@castai/shared/verdict/problem.ts';
import { brokenTrouble, forbiddenTrouble, someOf } from '@castai/shared/watch/feed-troubles.ts';
import { isIndispensable } from '../feeds/feeds.ts';
import type { FeedStatus } from '../feeds/supervised-feed.ts';
import type { AgentFacts } from './agent-facts.ts';

const RUNBOOKS = 'monitoring/runbooks';

/** What is wrong with single feeds while the API server as a whole answers: no right, a broken API behind them, a platform that takes none. */
export function feedTroubles(facts: AgentFacts): Trouble[] {
  const { feeds, heard, longUnknown, apiServer, cureOf } = facts;
  const common = { apiServer, feeds, heard: heard.feeds, isIndispensable };
  return [
    forbiddenTrouble({ ...common, runbook: `${RUNBOOKS}/CastaiAgentFeedsForbidden.md` }, cureOf),
    brokenTrouble(
      { ...common, runbook: `${RUNBOOKS}/CastaiAgentFeedNotSynced.md` },
      { longUnknown, cureOf: unsupportedCure },
    ),
    refused(facts),
  ].filter((trouble) => trouble !== undefined);
}

function unsupportedCure({ phase }: FeedStatus): string | undefined {
  return phase === 'unsupported' ? 'upgrade the agent; until then the platform keeps what it has of it' : undefined;
}

function refused({ feeds, platform: address }: AgentFacts): Trouble | undefined {
  const subjects = namesOf(feeds, ({ phase }) => phase === 'refused');
  if (subjects.length === 0) return undefined;
  return {
    cause: 'refused-objects',
    severity: subjects.some(isIndispensable) ? 'blocked' : 'degraded',
    why: `the platform takes no object of ${someOf(subjects)}`,
    address,
    cure: 'ask the platform why; what it has of it stays, and it is sent again from time to time',
    runbook: `${RUNBOOKS}/CastaiAgentEntriesRejected.md`,
    subjects,
  };
}

function namesOf(feeds: readonly FeedStatus[], is: (feed: FeedStatus) => boolean): string[] {
  return feeds.filter(is).map(({ feed }) => feed);
}
