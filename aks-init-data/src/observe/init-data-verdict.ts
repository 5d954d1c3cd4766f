import { VerdictLog } from '@castai/shared/program/verdict-log.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { startWaits } from '@castai/shared/verdict/common-troubles.ts';
import type { Problem, Trouble } from '@castai/shared/verdict/problem.ts';
import { said } from '@castai/shared/verdict/said.ts';
import { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import type { InitDataConfig } from '../config.ts';
import { describeDecision } from './init-data-observer.ts';
import { initDataHealth, type InitDataView } from './init-data-status.ts';
import { type InitDataFacts, initDataTroubles } from './init-data-troubles.ts';

/** Makes the keeper of the verdict of AKS init data: it looks at what the view shows, and tells the log. */
export function createInitDataVerdict(
  { clock, logger, broken }: Pick<ProgramContext<InitDataConfig>, 'clock' | 'logger' | 'broken'>,
  view: InitDataView,
): VerdictKeeper {
  const health = initDataHealth(view);
  const waits = startWaits(() => health.readiness().reasons);
  const look = (): Trouble[] => initDataTroubles({ ...factsOf(view), startWaitsFor: waits() });
  const amounts = ({ cause }: Problem): string => (cause === 'starting' ? describeDecision(view.loop.decision) : '');
  return new VerdictKeeper({ clock, look, observer: new VerdictLog({ logger, amounts }), onBug: broken });
}

function factsOf(view: InitDataView): Omit<InitDataFacts, 'startWaitsFor'> {
  const { config, loop, observer, apiKey, server, times } = view;
  const { kind } = loop.decision;
  const isExcluded = kind === 'excluded';
  const isDelivered = isExcluded || kind === 'current' || kind === 'superseded';
  const { problem, kubeError, kubeSubject } = observer;
  return {
    apiServer: server.href,
    platform: config.apiUrl.href,
    folder: config.waagentDir,
    key: apiKey.problem === undefined ? undefined : said(apiKey.problem),
    kube: kubeError === undefined ? undefined : { ...said(kubeError), subject: kubeSubject },
    data: problem === undefined || isExcluded ? undefined : { ...said(problem), kind: problem.kind },
    answer: isDelivered ? undefined : observer.verdict,
    trust: observer.trustProblems.map(said),
    times: times(),
  };
}
