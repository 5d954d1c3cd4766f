import { HealthChecks } from '@castai/shared/http/health.ts';
import type { StatusDocument } from '@castai/shared/http/status-document.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import type { TheirTime } from '@castai/shared/verdict/clock-trouble.ts';
import type { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import type { ApiKey } from '@castai/shared/wire/api-key.ts';
import type { Approvals } from '../act/approvals.ts';
import type { NodeMarker } from '../act/node-marker.ts';
import type { PodDrain } from '../act/pod-drain.ts';
import type { Reporter } from '../act/reporter.ts';
import type { Mode, SpotHandlerConfig } from '../config.ts';
import type { Interruptions } from '../decide/interruptions.ts';
import { parseRecord } from '../node/node-record.ts';
import type { OwnNode } from '../node/own-node.ts';
import type { MetadataWatch } from '../poll/metadata-watch.ts';
import type { SpotObserver } from './spot-observer.ts';

/** Everything that readiness and `/statusz` look at; all of it in memory. */
export interface SpotView {
  readonly context: Pick<ProgramContext<SpotHandlerConfig>, 'name' | 'version' | 'startedAtMs' | 'config'>;
  readonly mode: Mode;
  readonly node: OwnNode;
  readonly metadataWatch: MetadataWatch;
  readonly interruptions: Interruptions;
  readonly marker: NodeMarker;
  readonly reporter: Reporter;
  readonly drain: PodDrain;
  readonly approvals: Approvals;
  readonly observer: SpotObserver;
  readonly apiKey: ApiKey;
  /** Where the API server is. */
  readonly server: URL;
  /** What other clocks say of ours, the metadata service's aside. */
  readonly times: () => readonly TheirTime[];
}

/**
 * Readiness: a notice would be heard of. Platform and API server are not looked at: while they are away this program does what it
 * can, and a DaemonSet whose pods are all unready because of them would only hide which machines are blind.
 */
export function spotHealth({ metadataWatch, apiKey }: SpotView): HealthChecks {
  return new HealthChecks({
    'metadata service': () => metadataWatch.blindness,
    key: () => apiKey.problem?.message,
  });
}

/** The page that answers without reading logs. */
export function spotStatus(view: SpotView, verdict: Pick<VerdictKeeper, 'verdict' | 'problems'>): StatusDocument {
  const { context, metadataWatch, interruptions, observer } = view;
  const { name, version, startedAtMs } = context;
  return {
    program: name,
    version,
    startedAt: new Date(startedAtMs).toISOString(),
    verdict: verdict.verdict,
    problems: verdict.problems,
    sections: [
      { title: 'Machine', rows: machineRows(view) },
      { title: 'Switches', rows: switchRows(view) },
      { title: 'Metadata service', rows: metadataWatch.status.map((source) => ({ ...source })) },
      { title: 'Notices', rows: interruptions.status.map((notice) => ({ ...notice })) },
      { title: 'Node', rows: nodeRows(view) },
      { title: 'Waiting', rows: waitingRows(view) },
      { title: 'Pods that hold up the drain', rows: heldRows(view) },
      { title: 'Met lately', rows: observer.problems.map((problem) => ({ ...problem })) },
    ],
  };
}

function machineRows({ metadataWatch, node, context, interruptions }: SpotView): Record<string, string | number> {
  return {
    node: context.config.nodeName,
    provider: metadataWatch.cloud ?? 'not known yet',
    'provider id': node.current?.providerId ?? metadataWatch.identity?.providerId ?? '',
    'names in notices': metadataWatch.namesWith(node.current?.providerId).join(', '),
    'clock error in seconds': Math.round(interruptions.clockErrorMs / 1000),
  };
}

function switchRows({ context, mode }: SpotView): Record<string, string | boolean> {
  const { config } = context;
  return {
    mode,
    'dry run': config.dryRun,
    'acts on': config.eventTypes.join(', '),
    'approves events': config.acknowledgeEvents,
    platform: config.apiUrl.href,
    cluster: config.clusterId,
  };
}

function nodeRows({ node, marker }: SpotView): Record<string, string | boolean> {
  const mark = parseRecord(node.current?.record).mark;
  const cordoned = node.current?.unschedulable === true;
  return {
    known: node.current !== undefined,
    deleted: node.isDeleted,
    marked: marker.isMarked,
    cordoned,
    'cordoned by us': cordoned && mark?.isCordonOurs === true,
  };
}

function heldRows({ drain }: SpotView): Record<string, string>[] {
  return drain.held.map(({ namespace, name, reason, detail }) => ({ pod: `${namespace}/${name}`, reason, detail }));
}

function waitingRows({ reporter, marker, drain, approvals }: SpotView): Record<string, string | number | boolean> {
  return {
    'notices the platform has not taken': reporter.pendingCount,
    'last refusal of the platform': reporter.lastError,
    'node to be changed': marker.isPending,
    'last refusal of the API server': marker.lastError?.message ?? '',
    'pods to be evicted': drain.isPending,
    'approvals the provider has not taken': approvals.pendingCount,
  };
}
