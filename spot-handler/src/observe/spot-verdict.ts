import { VerdictLog } from '@castai/shared/program/verdict-log.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { startWaits } from '@castai/shared/verdict/common-troubles.ts';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import { said } from '@castai/shared/verdict/said.ts';
import { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import type { SpotHandlerConfig } from '../config.ts';
import { spotHealth, type SpotView } from './spot-status.ts';
import { type SpotFacts, spotTroubles } from './spot-troubles.ts';

/** Makes the keeper of the spot handler's verdict: it looks at what the view shows, and tells the log. */
export function createSpotVerdict(
  { clock, logger, broken }: Pick<ProgramContext<SpotHandlerConfig>, 'clock' | 'logger' | 'broken'>,
  view: SpotView,
): VerdictKeeper {
  const health = spotHealth(view);
  const waits = startWaits(() => health.readiness().reasons);
  const look = (): Trouble[] => spotTroubles({ ...factsOf(view), startWaitsFor: waits() });
  const amounts = ({ cause }: { readonly cause: string }): string =>
    cause === 'starting' ? `provider ${view.metadataWatch.cloud ?? 'unknown'}` : '';
  return new VerdictKeeper({ clock, look, observer: new VerdictLog({ logger, amounts }), onBug: broken });
}

function factsOf(view: SpotView): Omit<SpotFacts, 'startWaitsFor'> {
  const { context, server, metadataWatch, apiKey, node, marker, reporter, interruptions, observer, times } = view;
  const { apiUrl, imdsUrl } = context.config;
  return {
    apiServer: server.href,
    platform: apiUrl.href,
    metadataService: imdsUrl.href,
    blindness: metadataWatch.blindness,
    key: apiKey.problem === undefined ? undefined : said(apiKey.problem),
    isNodeDeleted: node.isDeleted,
    patchError: marker.isPending ? marker.lastError : undefined,
    waitingReports: reporter.pendingCount,
    clockErrorMs: interruptions.clockErrorMs,
    times: times(),
    heard: observer.heard,
  };
}
