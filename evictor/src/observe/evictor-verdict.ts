import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { VerdictLog } from '@castai/shared/program/verdict-log.ts';
import { grouped } from '@castai/shared/verdict/grouped.ts';
import { startWaits } from '@castai/shared/verdict/common-troubles.ts';
import type { Problem, Trouble } from '@castai/shared/verdict/problem.ts';
import { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import { evictorHealth, type EvictorView } from './evictor-status.ts';
import { evictorTroubles } from './evictor-troubles.ts';

/**
 * Makes the keeper of the evictor's verdict: it looks at what the view shows, which is not asked before the first look, and tells the log.
 * What a server says may hold what it was sent: secrets in use are replaced.
 */
export function createEvictorVerdict(
  { clock, logger, secrets, broken: onBug }: Pick<ProgramContext, 'clock' | 'logger' | 'secrets' | 'broken'>,
  view: () => EvictorView,
): VerdictKeeper {
  const waits = startWaits(() => evictorHealth(view()).readiness().reasons);
  const look = (): Trouble[] => {
    const { config, kube, leadership, observer: heard, sight, times } = view();
    const found = evictorTroubles({
      apiServer: kube.server.href,
      platform: config.apiUrl?.href ?? '',
      isLooking: sight() !== undefined,
      leadership: leadership.status,
      feeds: sight()?.follow.status ?? [],
      missing: sight()?.view.missing ?? [],
      heard,
      times: times(),
      startWaitsFor: waits(),
    });
    return found.map((trouble) => ({ ...trouble, why: secrets.redact(trouble.why) }));
  };
  const observer = new VerdictLog({ logger, amounts: (problem) => amountsOf(problem, view()) });
  return new VerdictKeeper({ clock, look, observer, onBug });
}

/** `40 nodes and 1,727 pods are known`. */
function amountsOf({ cause }: Problem, { sight }: EvictorView): string {
  if (!TOLD_WITH_AMOUNTS.has(cause)) return '';
  const seen = sight();
  if (seen === undefined) return 'standing by';
  const { view } = seen;
  return `${grouped(view.count('nodes'))} nodes and ${grouped(view.count('pods'))} pods are known`;
}

const TOLD_WITH_AMOUNTS: ReadonlySet<Problem['cause']> = new Set(['starting', 'api-server', 'feeds', 'feed-api']);
