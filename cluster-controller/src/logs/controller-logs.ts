import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { LogExport, type LogExportOptions } from '@castai/shared/wire/logs/log-export.ts';
import { KillSwitch } from '../claim/kill-switch.ts';
import type { ControllerConfig } from '../config.ts';
import type { Connections } from '../connect/connections.ts';
import { logCall } from './log-call.ts';

/**
 * What sends warnings of the log to the platform, of the replica that acts and of those that stand by, each for itself. None where that is
 * not wanted, and none of a dry run: nothing of what it says has happened, and the platform hears nothing else of it either.
 */
export function controllerLogs(
  { config, recentLog, clock, random, instanceId }: ProgramContext<ControllerConfig>,
  { acks: platform, kube }: Pick<Connections, 'acks' | 'kube'>,
  onLost: LogExportOptions['onLost'],
): LogExport[] {
  const { sendLogs, dryRun, podName, podNamespace, clusterId } = config;
  if (!sendLogs || dryRun) return [];
  const killSwitch = new KillSwitch(kube, podNamespace);
  const logs = new LogExport({
    platform,
    callFor: (event) => logCall(clusterId, event),
    instance: { instanceId, ...(podName === undefined ? {} : { pod: podName }) },
    isStopped: (signal) => killSwitch.silencesLogs(signal),
    onLost,
    clock,
    random,
  });
  logs.follow(recentLog);
  return [logs];
}
