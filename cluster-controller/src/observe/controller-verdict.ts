import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { VerdictLog } from '@castai/shared/program/verdict-log.ts';
import { grouped } from '@castai/shared/verdict/grouped.ts';
import { startWaits } from '@castai/shared/verdict/common-troubles.ts';
import type { Problem, Trouble } from '@castai/shared/verdict/problem.ts';
import { said } from '@castai/shared/verdict/said.ts';
import { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import { controllerHealth, type ControllerView } from './controller-status.ts';
import { controllerTroubles } from './controller-troubles.ts';

/**
 * Makes the keeper of the verdict: it looks at what the view shows, which is not asked before the first look, and tells the log. What a
 * server says may hold what it was sent: secrets in use are replaced.
 */
export function createControllerVerdict(
  { clock, logger, secrets, broken: onBug }: Pick<ProgramContext, 'clock' | 'logger' | 'secrets' | 'broken'>,
  view: () => ControllerView,
): VerdictKeeper {
  const waits = startWaits(() => controllerHealth(view()).readiness().reasons);
  const look = (): Trouble[] => {
    const { addresses, leadership, observer, apiKey, poller, trust, times } = view();
    const found = controllerTroubles({
      ...addresses,
      leadership: leadership.status,
      lease: observer.heard.lease,
      records: observer.heard.records,
      key: apiKey.problem === undefined ? undefined : said(apiKey.problem),
      answer: poller.failure,
      trust,
      times: times(),
      startWaitsFor: waits(),
    });
    return found.map((trouble) => ({ ...trouble, why: secrets.redact(trouble.why) }));
  };
  const amounts = ({ cause }: Problem): string => {
    const { desk, leadership } = view();
    if (cause === 'starting' && leadership.status.role === 'standby') return 'standing by';
    return `${grouped(desk.runs.length)} actions are known`;
  };
  return new VerdictKeeper({ clock, look, observer: new VerdictLog({ logger, amounts }), onBug });
}
