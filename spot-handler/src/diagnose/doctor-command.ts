import { readFileSync } from 'node:fs';
import { configFailed, configFindings } from '@castai/shared/command/config-findings.ts';
import { createDoctorCommand, type Tell } from '@castai/shared/command/doctor-command.ts';
import { failed, fine, type Finding, skipped, trouble } from '@castai/shared/command/finding.ts';
import { judgeClocks } from '@castai/shared/command/judge-clocks.ts';
import type { CommandContext } from '@castai/shared/command/sub-command.ts';
import { theirTimes } from '@castai/shared/http/their-times.ts';
import { askInTime, serverFailed } from '@castai/shared/kube/examine-server.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { cloudOf, modeOf, type SpotHandlerConfig } from '../config.ts';
import { type Connections, connect } from '../connect/connections.ts';
import { NODE_RIGHTS_CURE } from '../node/node-rights-cure.ts';
import { viewNode } from '../node/node-view.ts';
import { createService, detectCloud } from '../poll/create-service.ts';
import { readSpotHandlerConfig } from '../read-spot-handler-config.ts';

/** The command `doctor` of the spot handler. */
export const doctorCommand = createDoctorCommand({
  summary:
    'Checks configuration, metadata service, the own node and the right to mark it, and the way to the platform. Changes nothing.',
  diagnose,
});

interface Look {
  readonly context: CommandContext;
  readonly config: SpotHandlerConfig;
  readonly connections: Connections;
}

const LATER = ['metadata-service', 'api-server', 'node', 'platform', 'api-key'] as const;

async function diagnose(context: CommandContext, tell: Tell, signal: AbortSignal): Promise<void> {
  const { environment, version, clock, secrets } = context;
  let connections: Connections;
  let config: SpotHandlerConfig;
  try {
    const read = readSpotHandlerConfig({ environment, readFile: (path) => readFileSync(path, 'utf8') });
    ({ config } = read);
    connections = connect({ config, environment, clock, secrets, userAgent: `castai-spot-handler/${version} doctor` });
    tell(configFindings(read.warnings));
  } catch (error) {
    tell(configFailed(error, LATER));
    return;
  }
  try {
    const look = { context, config, connections };
    // Asked at the same time, told in one order: reports of two nodes can be compared.
    const found = await Promise.all([
      checkMetadata(look, signal),
      checkNode(look, signal),
      checkPlatform(look, signal),
    ]);
    found.forEach(tell);
    tell([judgeClocks(theirTimes(connections.partners, 'last'))]);
  } finally {
    connections.close();
  }
}

async function checkMetadata({ context, config, connections }: Look, signal: AbortSignal): Promise<Finding[]> {
  const { imdsUrl, pollMs: periodMs, azureApiVersion } = config;
  const options = { client: connections.imds, periodMs, azureApiVersion, clock: context.clock };
  const services = {
    azure: createService('azure', options),
    aws: createService('aws', options),
    gcp: createService('gcp', options),
  };
  const told = cloudOf(config);
  const found = await detectCloud(services, signal);
  const id = 'metadata-service';
  if (found === undefined) {
    const detail = `no metadata service of Azure, AWS or GCP answers at ${imdsUrl.origin}`;
    const cure =
      'the pod needs the network of the node (hostNetwork), and nothing may block 169.254.169.254; elsewhere it has no use';
    return [trouble(id, { severity: 'problem', detail, cure })];
  }
  if (told === undefined || told === found) return [fine(id, `that of ${found} answers at ${imdsUrl.origin}`)];
  const detail = `PROVIDER says ${told}, and what answers at ${imdsUrl.origin} is that of ${found}`;
  return [trouble(id, { severity: 'problem', detail, cure: 'correct PROVIDER, or leave it out' })];
}

async function checkNode(
  { context, config, connections: { kube, server } }: Look,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { nodeName } = config;
  const path = `/api/v1/nodes/${encodeURIComponent(nodeName)}`;
  try {
    const node = viewNode(await askInTime(context.clock, (limited) => kube.get(path, limited), signal));
    const reached = fine('api-server', `answers, and gives the node ${nodeName}`);
    const mode = modeOf(config);
    if (mode === 'report') return [reached, fine('node', `${nodeName} is only reported (MODE=report)`)];
    const mayMark = await kube.canI({ group: '', resource: 'nodes', verb: 'patch', name: nodeName }, signal);
    if (mayMark)
      return [reached, fine('node', `${nodeName} may be marked; ${node.providerId ?? 'it has no providerID'}`)];
    const detail = `FORBIDDEN: the service account may not patch the node ${nodeName}: it would not be cordoned`;
    const cure = 'let the chart make the ClusterRole, or set MODE=report if the node is not to be touched';
    return [reached, trouble('node', { severity: 'problem', detail, cure })];
  } catch (error) {
    signal.throwIfAborted();
    const refusal = ofNode(error, nodeName);
    // It answers, so that nothing is wrong with it.
    if (refusal !== undefined) return [fine('api-server', 'answers'), refusal];
    return [serverFailed(error, server.origin), skipped('node', 'the API server did not give it')];
  }
}

/** What the API server says of the node alone; undefined: it is of more than that. */
function ofNode(error: unknown, nodeName: string): Finding | undefined {
  if (!(error instanceof KubeError)) return undefined;
  const { code, message } = error;
  if (code === 'KUBE_FORBIDDEN')
    return trouble('node', { severity: 'problem', detail: message, cure: NODE_RIGHTS_CURE });
  if (code !== 'KUBE_NOT_FOUND') return undefined;
  const detail = `there is no node ${nodeName}: nothing can be marked, and notices are still reported`;
  const cure = 'see why its kubelet does not register it, or correct NODE_NAME';
  return trouble('node', { severity: 'problem', detail, cure });
}

/** No call of this program means nothing, so whether the key is taken shows with the first report. */
async function checkPlatform({ config, connections }: Look, signal: AbortSignal): Promise<Finding[]> {
  const key = skipped('api-key', 'it is sent with a report only, and none is made for a try');
  try {
    await connections.touch.platform(signal);
    return [fine('platform', `reached at ${config.apiUrl.href}`), key];
  } catch (error) {
    signal.throwIfAborted();
    return [failed('platform', error, config.apiUrl.href), key];
  }
}
