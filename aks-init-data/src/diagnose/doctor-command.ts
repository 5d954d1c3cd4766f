import { readFileSync } from 'node:fs';
import { configFailed, configFindings } from '@castai/shared/command/config-findings.ts';
import { createDoctorCommand, type Tell } from '@castai/shared/command/doctor-command.ts';
import { failed, fine, type Finding, skipped, trouble } from '@castai/shared/command/finding.ts';
import { judgeClocks } from '@castai/shared/command/judge-clocks.ts';
import type { CommandContext } from '@castai/shared/command/sub-command.ts';
import { describeProxy, proxyFor } from '@castai/shared/http/proxy.ts';
import { askInTime, serverFailed } from '@castai/shared/kube/examine-server.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { theirTimes } from '@castai/shared/http/their-times.ts';
import { judgePlatform } from '@castai/shared/wire/judge-platform.ts';
import type { InitDataConfig } from '../config.ts';
import { type Connections, connect } from '../connect/connections.ts';
import { initDataWishCall } from '../pool/init-data-wish-call.ts';
import { folderSignature } from '../read/node-folder.ts';
import { SafeDirectory } from '../read/safe-directory.ts';
import { readInitDataConfig } from '../read-init-data-config.ts';
import { lackingRights } from './lacking-rights.ts';

/** The command `doctor` of AKS init data. */
export const doctorCommand = createDoctorCommand({
  summary:
    'Checks configuration, the folder of the node, the own node and the right to remember what was sent, the platform and the key. Reads nothing secret, changes nothing.',
  diagnose,
});

interface Look {
  readonly config: InitDataConfig;
  readonly connections: Connections;
  readonly environment: CommandContext['environment'];
}

const ROLES_CURE = 'let the chart make the roles of this program, or add the rule to your own';
const LATER = ['node-data', 'api-server', 'node', 'records', 'platform', 'api-key'] as const;

async function diagnose(context: CommandContext, tell: Tell, signal: AbortSignal): Promise<void> {
  const { environment, version, clock, secrets } = context;
  let look: Look;
  try {
    const { config, warnings } = readInitDataConfig({ environment, readFile: (path) => readFileSync(path, 'utf8') });
    const userAgent = `castai-aks-init-data/${version} doctor`;
    look = {
      config,
      environment,
      connections: connect({ config, environment, clock, secrets, userAgent, onTrustProblem: () => {} }),
    };
    tell(configFindings(warnings));
  } catch (error) {
    tell(configFailed(error, LATER));
    return;
  }
  try {
    // Asked at the same time, told in one order: reports of two nodes can be compared.
    const found = await Promise.all([checkData(look), checkNode(look, clock, signal), checkPlatform(look, signal)]);
    found.forEach(tell);
    tell([judgeClocks(theirTimes(look.connections.partners, 'last'))]);
  } finally {
    look.connections.close();
  }
}

/** Looks at names and times; what is in the files is read by the worker alone. */
async function checkData({ config: { waagentDir } }: Look): Promise<Finding[]> {
  try {
    await using root = await SafeDirectory.open(waagentDir);
    await folderSignature(root);
    return [fine('node-data', `${waagentDir} can be read`)];
  } catch (error) {
    return [failed('node-data', error)];
  }
}

async function checkNode(
  { config, connections: { kube, server } }: Look,
  clock: CommandContext['clock'],
  signal: AbortSignal,
): Promise<Finding[]> {
  const { nodeName, namespace } = config;
  const path = `/api/v1/nodes/${encodeURIComponent(nodeName)}`;
  try {
    const node = await askInTime(clock, (limited) => kube.get(path, limited), signal);
    const reached = [fine('api-server', 'answers'), fine('node', `${nodeName} can be read`)];
    const refused = await lackingRights(kube, { namespace, node }, signal);
    if (refused.length === 0) return [...reached, fine('records', `what is sent can be remembered in ${namespace}`)];
    const detail = `FORBIDDEN: the service account may not ${refused.join(', ')} in ${namespace}`;
    return [...reached, trouble('records', { severity: 'problem', detail, cure: ROLES_CURE })];
  } catch (error) {
    signal.throwIfAborted();
    const refusal = ofNode(error, nodeName);
    // It answers, so that nothing is wrong with it.
    if (refusal !== undefined)
      return [fine('api-server', 'answers'), refusal, skipped('records', 'the node is not known')];
    const why = 'the API server was not read';
    return [serverFailed(error, server.origin), skipped('node', why), skipped('records', why)];
  }
}

/** What the API server says of the node alone; undefined: it is of more than that. */
function ofNode(error: unknown, nodeName: string): Finding | undefined {
  if (!(error instanceof KubeError)) return undefined;
  const { code, message } = error;
  if (code === 'KUBE_FORBIDDEN') return trouble('node', { severity: 'problem', detail: message, cure: ROLES_CURE });
  if (code !== 'KUBE_NOT_FOUND') return undefined;
  const detail = `there is no node ${nodeName}: it is not known whether its data has to be sent`;
  const cure = 'see why its kubelet does not register it, or correct NODE_NAME';
  return trouble('node', { severity: 'problem', detail, cure });
}

async function checkPlatform({ config, connections, environment }: Look, signal: AbortSignal): Promise<Finding[]> {
  const outcome = await connections.platform.call(initDataWishCall(config.clusterId), signal);
  const proxy = proxyFor({ baseUrl: config.apiUrl, proxy: 'environment', environment });
  const through = proxy === undefined ? {} : { proxy: describeProxy(proxy) };
  return judgePlatform(outcome, { address: config.apiUrl.href, ...through, isIdGiven: true });
}
