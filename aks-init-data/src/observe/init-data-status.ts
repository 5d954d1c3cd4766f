import type { CastaiError } from '@castai/shared/errors.ts';
import { HealthChecks } from '@castai/shared/http/health.ts';
import type { StatusDocument, StatusValue } from '@castai/shared/http/status-document.ts';
import type { TheirTime } from '@castai/shared/verdict/clock-trouble.ts';
import type { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import type { ApiKey } from '@castai/shared/wire/api-key.ts';
import type { InitDataConfig } from '../config.ts';
import type { PlatformKey } from '../seal/platform-keys.ts';
import type { InitDataLoop } from '../trigger/init-data-loop.ts';
import { describeDecision, type InitDataObserver } from './init-data-observer.ts';

/** Everything that readiness and `/statusz` look at; all of it in memory, none of it content. */
export interface InitDataView {
  readonly config: InitDataConfig;
  readonly version: string;
  readonly startedAtMs: number;
  readonly loop: InitDataLoop;
  readonly observer: InitDataObserver;
  readonly apiKey: ApiKey;
  readonly platformKeys: readonly PlatformKey[];
  /** Why core dumps would hold memory; undefined: they hold none. */
  readonly coreProblem: CastaiError | undefined;
  /** Where the API server is. */
  readonly server: URL;
  /** What other clocks say of ours. */
  readonly times: () => readonly TheirTime[];
}

/** Readiness: the node was looked at, its data can be read, and the platform has it or will have it soon. */
export function initDataHealth({ loop, observer, apiKey }: InitDataView): HealthChecks {
  const isExcluded = (): boolean => loop.decision.kind === 'excluded';
  return new HealthChecks({
    cluster: () => {
      if (observer.kubeError !== undefined) return withHint(observer.kubeError);
      return loop.seen.node === undefined ? 'the API server has not been asked yet' : undefined;
    },
    data: () => {
      const { problem } = observer;
      if (isExcluded()) return undefined;
      if (problem !== undefined) return `${problem.kind}: ${withHint(problem)}`;
      return loop.seen.content === undefined ? 'the data has not been read yet' : undefined;
    },
    delivery: () => {
      const { verdict } = observer;
      const { decision } = loop;
      if (decision.kind === 'current' || decision.kind === 'superseded' || isExcluded()) return undefined;
      const said =
        verdict === undefined ? '' : `: ${verdict.kind}, ${withHint({ ...verdict, message: verdict.detail })}`;
      return `${describeDecision(decision)}${said}`;
    },
    key: () => apiKey.problem?.message,
  });
}

/** The page that answers without reading logs. */
export function initDataStatus(
  view: InitDataView,
  verdict: Pick<VerdictKeeper, 'verdict' | 'problems'>,
): StatusDocument {
  const { version, startedAtMs, loop } = view;
  return {
    program: 'castai-aks-init-data',
    version,
    startedAt: new Date(startedAtMs).toISOString(),
    verdict: verdict.verdict,
    problems: verdict.problems,
    sections: [
      { title: 'Decision', rows: decisionRows(view) },
      { title: 'Node', rows: nodeRows(loop) },
      { title: 'Data', rows: dataRows(view) },
      { title: 'Delivery', rows: deliveryRows(view) },
    ],
  };
}

type Rows = Record<string, StatusValue>;

function decisionRows({ loop }: InitDataView): Rows {
  const next = loop.nextAttemptMs;
  return {
    decision: describeDecision(loop.decision),
    'next attempt': next === undefined ? '' : `in ${Math.round(next / 1000)} s`,
  };
}

function nodeRows({ seen }: InitDataLoop): Rows {
  const { node, controlPlaneVersion = '' } = seen;
  const controlPlane = { 'control plane': controlPlaneVersion };
  if (node === undefined) return controlPlane;
  if (node.kind === 'excluded') return { 'not of ours': node.exclusion, ...controlPlane };
  const { agentPool, architecture, nodeImage, kubeletVersion, createdAtMs } = node.node;
  const createdAt = new Date(createdAtMs).toISOString();
  return { agentPool, architecture, nodeImage, kubelet: kubeletVersion, 'created at': createdAt, ...controlPlane };
}

function dataRows({ observer, config, coreProblem }: InitDataView): Rows {
  const { facts, problem } = observer;
  return {
    folder: config.waagentDir,
    'core dumps': coreProblem === undefined ? 'hold no memory' : withHint(coreProblem),
    problem: problem === undefined ? '' : problem.kind,
    'what is wrong': problem?.message ?? '',
    'what to do': problem?.hint ?? '',
    ...(facts === undefined
      ? {}
      : {
          'CustomData bytes': facts.customDataBytes,
          'settings bytes': facts.settingsBytes,
          shape: facts.shape,
          'settings source': facts.settingsSource,
          'extension version': facts.extensionVersion,
          sequence: facts.sequence,
          algorithms: facts.oids.join(', '),
          // Eight digits tell two contents apart for whoever compares pages.
          'fingerprint begins': facts.fingerprint.slice(0, 8),
        }),
  };
}

function deliveryRows({ config, observer, platformKeys }: InitDataView): Rows {
  const { lastAckAtMs, verdict } = observer;
  return {
    platform: config.apiUrl.href,
    format: config.format,
    'trusted keys': platformKeys.map(({ id }) => id).join(', '),
    'last acknowledged': lastAckAtMs === undefined ? 'never' : new Date(lastAckAtMs).toISOString(),
    'last refusal': verdict === undefined ? '' : `${verdict.kind}: ${verdict.detail}`,
    'what to do': verdict?.hint ?? '',
    'CA files': observer.trustProblems.map(withHint).join('; '),
  };
}

function withHint({ message, hint }: { readonly message: string; readonly hint?: string | undefined }): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
