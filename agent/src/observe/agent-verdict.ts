import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { VerdictLog } from '@castai/shared/program/verdict-log.ts';
import { grouped } from '@castai/shared/verdict/grouped.ts';
import { startWaits } from '@castai/shared/verdict/common-troubles.ts';
import type { Problem, Trouble } from '@castai/shared/verdict/problem.ts';
import { theirTimes } from '@castai/shared/http/their-times.ts';
import { VerdictKeeper, type VerdictObserver } from '@castai/shared/verdict/verdict-keeper.ts';
import type { FeedSpec } from '../feeds/feeds.ts';
import { forbiddenCure } from '../feeds/forbidden-cure.ts';
import { agentHealth, type AgentView } from './agent-status.ts';
import { agentTroubles } from './agent-troubles.ts';
import type { AgentFacts } from './agent-facts.ts';
import { said } from '@castai/shared/verdict/said.ts';
import { UnknownFeeds } from './unknown-feeds.ts';

/** What the verdict is made of, and who hears of it beside the log. */
export interface AgentVerdictParts {
  /** Not asked before the first look. */
  readonly view: () => AgentView;
  readonly listeners: readonly VerdictObserver[];
}

/**
 * Makes the keeper of the agent's verdict: it looks at what the view shows, and tells the log and whoever else listens.
 * What a server says may hold what it was sent, and the verdict leaves the cluster: secrets in use are replaced.
 */
export function createAgentVerdict(
  { clock, logger, secrets, broken: onBug }: Pick<ProgramContext, 'clock' | 'logger' | 'secrets' | 'broken'>,
  specs: readonly FeedSpec[],
  { view, listeners }: AgentVerdictParts,
): VerdictKeeper {
  const cures = new Map(specs.map((spec) => [spec.name, forbiddenCure(spec)]));
  const cureOf = (feed: string): string => cures.get(feed) ?? '';
  const unknown = new UnknownFeeds(clock);
  const waits = startWaits(() => agentHealth(view()).readiness().reasons);
  let mostWaiting = 0;
  const look = (): Trouble[] => {
    const { pendingCount } = view().outbox;
    const facts = factsOf(view());
    const troubles = agentTroubles({
      ...facts,
      longUnknown: unknown.longSince(facts),
      cureOf,
      startWaitsFor: waits(),
    });
    const isDelivering = !troubles.some(({ cause }) => OF_DELIVERY.has(cause));
    mostWaiting = isDelivering ? mostWaiting : Math.max(mostWaiting, pendingCount);
    return troubles.map((trouble) => ({ ...trouble, why: secrets.redact(trouble.why) }));
  };
  const amounts = (problem: Problem): string => {
    if (problem.cause === 'starting') return startAmounts(view());
    if (problem.cause === 'api-server') return `${String(liveFeeds(view()).length)} feeds live`;
    if (!OF_DELIVERY.has(problem.cause)) return '';
    const waited = mostWaiting;
    mostWaiting = 0;
    return `${grouped(waited)} changes had waited`;
  };
  return new VerdictKeeper({ clock, look, observer: all([new VerdictLog({ logger, amounts }), ...listeners]), onBug });
}

function all(observers: readonly VerdictObserver[]): VerdictObserver {
  return {
    onProblemBegan: (trouble, verdict) => observers.forEach((one) => one.onProblemBegan(trouble, verdict)),
    onProblemEnded: (problem, verdict) => observers.forEach((one) => one.onProblemEnded(problem, verdict)),
  };
}

const OF_DELIVERY: ReadonlySet<string> = new Set(['api-key', 'cluster-id', 'fenced', 'platform']);

function factsOf(view: AgentView): Omit<AgentFacts, 'cureOf' | 'longUnknown' | 'startWaitsFor'> {
  const { config, kube, leadership, delivery, registrar, supervisor, observer, clock, platform, outbox } = view;
  const { problem } = platform.apiKey;
  return {
    apiServer: kube.server.href,
    platform: config.apiUrl.href,
    isClusterKnown: view.facts() !== undefined,
    leadership: leadership.status,
    registrar: registrar.status,
    delivery: delivery.status,
    nowMs: clock.monotonicMs(),
    pending: { bytes: outbox.pendingBytes, limit: config.pendingLimitBytes },
    key: problem === undefined ? undefined : said(problem),
    feeds: supervisor.status,
    heard: observer.heard,
    times: theirTimes({
      apiServer: { address: kube.server.href, theirClock: kube.theirClock },
      platform: { address: config.apiUrl.href, theirClock: platform.theirClock },
    }),
  };
}

/** `33 feeds, 1,727 objects delivered, 2 may not be read`. */
function startAmounts(view: AgentView): string {
  if (view.leadership.status.role === 'standby') return 'standing by';
  const forbidden = view.supervisor.status.filter(({ phase }) => phase === 'forbidden').length;
  const parts = [
    `${String(liveFeeds(view).length)} feeds`,
    `${grouped(view.observer.delivery.entriesTaken)} entries delivered`,
    ...(forbidden === 0 ? [] : [`${String(forbidden)} may not be read`]),
  ];
  return parts.join(', ');
}

function liveFeeds({ supervisor }: AgentView) {
  return supervisor.status.filter(({ state }) => state === 'SYNCED');
}
