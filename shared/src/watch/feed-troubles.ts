import { isOfServer, serverTrouble } from '../kube/server-trouble.ts';
import type { Trouble } from '../verdict/problem.ts';
import type { Said } from '../verdict/said.ts';

/** A feed, as its status tells it. */
export interface ToldFeed {
  readonly feed: string;
  readonly phase: string;
  readonly state: string;
}

/** What the troubles of feeds are made of. */
export interface FeedFacts<Feed extends ToldFeed = ToldFeed> {
  /** Address. */
  readonly apiServer: string;
  readonly feeds: readonly Feed[];
  /** What was heard of a feed last; counts only while it says that it is degraded. */
  readonly heard: ReadonlyMap<string, Said>;
  /** Whether nothing of use comes of the program without this feed. */
  readonly isIndispensable: (feed: string) => boolean;
  /** As in a trouble. */
  readonly runbook: string;
}

/**
 * The API server as a whole: what was told beside the feeds comes first, else what the feeds say that lag because of it. `isNothingRead`:
 * nothing is, whatever the feeds say.
 */
export function serverTroubleOf(
  { apiServer: address, feeds, heard, runbook }: Omit<FeedFacts, 'isIndispensable'>,
  { told, isNothingRead }: { readonly told: Said | undefined; readonly isNothingRead: boolean },
): Trouble | undefined {
  const running = feeds.filter(({ phase }) => READING.has(phase));
  const lagging = running.filter(({ state }) => isOfServer(codeIn(state)));
  const [first] = lagging;
  const said = told ?? (first && (heard.get(first.feed) ?? wordless(codeIn(first.state))));
  if (said === undefined) return undefined;
  const isAll = isNothingRead || lagging.length === running.length;
  return serverTrouble({ said, address, isAll, subjects: lagging.map(({ feed }) => feed), runbook });
}

/** Feeds that may not be read. `cureOf`: what to do about one. */
export function forbiddenTrouble(
  { feeds, apiServer: address, isIndispensable, runbook }: Omit<FeedFacts, 'heard'>,
  cureOf: (feed: string) => string,
): Trouble | undefined {
  const closed = feeds.filter(({ phase }) => phase === 'forbidden').map(({ feed }) => feed);
  if (closed.length === 0) return undefined;
  const served = feeds.filter(({ phase }) => phase !== 'absent' && phase !== 'unknown');
  return {
    cause: 'feeds',
    severity: closed.some(isIndispensable) ? 'blocked' : 'degraded',
    why: `FORBIDDEN: the service account may not list and watch ${someOf(closed)} (${String(closed.length)} of ${String(served.length)})`,
    address,
    cure: [...new Set(closed.map(cureOf))].join('; '),
    runbook,
    subjects: closed,
  };
}

/**
 * Feeds whose API answers with errors while the API server as a whole is there. `longUnknown`: those of which nobody has said for minutes
 * whether they are there. `cureOf`: what to do about the first of them, where it is known better than by what was heard.
 */
export function brokenTrouble<Feed extends ToldFeed>(
  { feeds, heard, apiServer: address, isIndispensable, runbook }: FeedFacts<Feed>,
  {
    longUnknown = [],
    cureOf,
  }: { readonly longUnknown?: readonly string[]; readonly cureOf?: (feed: Feed) => string | undefined } = {},
): Trouble | undefined {
  const failing = feeds.filter(({ phase, state }) => phase !== 'unknown' && OF_ONE_KIND.test(state));
  const [first] = failing;
  const subjects = [...failing.map(({ feed }) => feed), ...longUnknown];
  if (subjects.length === 0) return undefined;
  const words =
    first === undefined
      ? 'the API behind it does not answer'
      : (heard.get(first.feed)?.message ?? first.state.replace('DEGRADED: ', ''));
  const hint = first === undefined ? '' : (heard.get(first.feed)?.hint ?? '');
  return {
    cause: 'feed-api',
    severity: subjects.some(isIndispensable) ? 'blocked' : 'degraded',
    why: `${someOf(subjects)}: ${words}`,
    address,
    cure: (first && cureOf?.(first)) ?? (hint === '' ? BROKEN_CURE : hint),
    runbook,
    subjects,
  };
}

const BROKEN_CURE =
  'look at whatever serves it: the conversion webhook of its CRD, or its APIService (kubectl get apiservices)';

/** `KUBE_EXPIRED` and its like are harmless: the feed is listed again, and says so by itself when it cannot be. Words may follow the code. */
const OF_ONE_KIND = /^DEGRADED: (?!KUBE_(?:UNREACHABLE|UNAUTHORIZED|WATCHDOG|STREAM_BROKEN|THROTTLED|EXPIRED)(?:$|: ))/;

const READING: ReadonlySet<string> = new Set(['queued', 'listing', 'pausing', 'live']);

/** The code for which a feed says that it lags; empty when it does not, or for another reason. */
function codeIn(state: string): string {
  return /^DEGRADED: (KUBE_[A-Z_]+)/.exec(state)?.[1] ?? '';
}

const wordless = (code: string): Said => ({ code: 'KUBE_UNREACHABLE', message: code, hint: '' });

/** As many as fit into a line; all of them are the problem's subjects. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${String(names.length - 4)} more` : shown;
}
