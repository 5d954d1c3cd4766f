import { readFileSync } from 'node:fs';
import { forEachAtOnce } from '@castai/shared/async/for-each-at-once.ts';
import { configFailed, configFindings } from '@castai/shared/command/config-findings.ts';
import { createDoctorCommand, type Tell } from '@castai/shared/command/doctor-command.ts';
import { fine, type Finding, skipped, trouble } from '@castai/shared/command/finding.ts';
import { judgeClocks } from '@castai/shared/command/judge-clocks.ts';
import type { CommandContext } from '@castai/shared/command/sub-command.ts';
import { askInTime, serverFailed } from '@castai/shared/kube/examine-server.ts';
import { checkLease } from '@castai/shared/lead/check-lease.ts';
import { theirTimes } from '@castai/shared/http/their-times.ts';
import { judgePlatform } from '@castai/shared/wire/judge-platform.ts';
import { shardName } from '../claim/record-shard.ts';
import { SWITCH_NAME } from '../claim/kill-switch.ts';
import { boundsOf, type ControllerConfig } from '../config.ts';
import { type Connections, connect } from '../connect/connections.ts';
import { LEASE_RIGHTS_HINT } from '../connect/lease-rights-hint.ts';
import { RIGHTS_OF_KIND, type Right } from '../do/rights-of-kind.ts';
import { actionsCall } from '../poll/actions-call.ts';
import { readControllerConfig } from '../read-controller-config.ts';

/** The command `doctor` of the cluster controller. */
export const doctorCommand = createDoctorCommand({
  summary:
    'Checks configuration, API server, the rights that the enabled actions need, records and lease, the platform and the key. Changes nothing.',
  diagnose,
});

interface Look {
  readonly config: ControllerConfig;
  readonly connections: Connections;
}

const LATER = ['api-server', 'records', 'rights', 'platform', 'api-key'] as const;
const QUESTIONS_AT_ONCE = 4;
/** Longer than a connection may take to be made: a platform that has not answered by then holds its answer until there is something to do. */
const HELD_MS = 15_000;
const RIGHTS_CURE = 'let the chart make the roles of this program, or leave the kinds of action out of ACTIONS';

async function diagnose(context: CommandContext, tell: Tell, signal: AbortSignal): Promise<void> {
  const { environment, version, clock, secrets } = context;
  let look: Look;
  try {
    const { config, warnings } = readControllerConfig({ environment, readFile: (path) => readFileSync(path, 'utf8') });
    const userAgent = `castai-cluster-controller/${version} doctor`;
    look = { config, connections: await connect({ config, environment, clock, secrets, userAgent }) };
    tell(configFindings(warnings));
  } catch (error) {
    tell(configFailed(error, LATER));
    return;
  }
  try {
    const found = await Promise.all([checkCluster(look, context, signal), checkPlatform(look, context, signal)]);
    found.forEach(tell);
    tell([judgeClocks(theirTimes(look.connections.partners, 'last'))]);
  } finally {
    look.connections.close();
  }
}

async function checkCluster(
  look: Look,
  { clock }: Pick<CommandContext, 'clock'>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { config, connections } = look;
  const { kube } = connections;
  try {
    const { gitVersion } = await askInTime(clock, (limited) => kube.get('/version', limited), signal);
    const version = typeof gitVersion === 'string' ? `Kubernetes ${gitVersion}` : 'the API server';
    const reached = fine('api-server', `${version} answers at ${connections.server.origin}`);
    const election = { config, rightsHint: LEASE_RIGHTS_HINT };
    const found = [
      await checkRecords(look, signal),
      ...(await checkLease(kube, election, signal)),
      ...(await checkRights(look, signal)),
    ];
    return [reached, ...found];
  } catch (error) {
    signal.throwIfAborted();
    const why = 'the API server was not asked';
    return [serverFailed(error, connections.server.origin), skipped('records', why), skipped('rights', why)];
  }
}

async function checkRecords({ config, connections: { kube } }: Look, signal: AbortSignal): Promise<Finding> {
  const namespace = config.podNamespace;
  const of = { group: '', resource: 'configmaps', namespace };
  // One that does not exist yet has no name that RBAC could limit the right to create it to.
  const wanted = [{ verb: 'create' }, ...['get', 'patch'].map((verb) => ({ verb, name: shardName(0) }))];
  const all = [...wanted, { verb: 'get', name: SWITCH_NAME }];
  const refused: string[] = [];
  for (const one of all) if (!(await kube.canI({ ...of, ...one }, signal))) refused.push(one.verb);
  if (refused.length === 0) return fine('records', `what is done can be remembered in ${namespace}`);
  const detail = `FORBIDDEN: the service account may not ${[...new Set(refused)].join(', ')} the ConfigMaps of records and of the switch in ${namespace}`;
  const cure = 'let the chart make the Role, or add the rule to your own';
  return trouble('records', { severity: 'problem', detail, cure });
}

async function checkRights({ config, connections: { kube } }: Look, signal: AbortSignal): Promise<Finding[]> {
  const kinds = [...boundsOf(config).kinds];
  const wanted = new Map(kinds.flatMap((kind) => RIGHTS_OF_KIND[kind]).map((right) => [textOf(right), right]));
  const refused = new Set<string>();
  await forEachAtOnce([...wanted], QUESTIONS_AT_ONCE, async ([text, right]) => {
    if (!(await kube.canI(right, signal))) refused.add(text);
  });
  const allowed = `${wanted.size - refused.size} of ${wanted.size} rights that the enabled actions need are there`;
  if (refused.size === 0) return [fine('rights', allowed)];
  const lacking = kinds.filter((kind) => RIGHTS_OF_KIND[kind].some((right) => refused.has(textOf(right))));
  return lacking.map((kind) => {
    const rights = RIGHTS_OF_KIND[kind].map(textOf).filter((text) => refused.has(text));
    const detail = `FORBIDDEN: for ${kind} the service account may not ${rights.join(', ')}`;
    return trouble(`rights/${kind}`, { severity: 'problem', detail, cure: RIGHTS_CURE });
  });
}

function textOf({ verb, resource, subresource, namespace }: Right): string {
  const of = subresource === undefined ? resource : `${resource}/${subresource}`;
  return namespace === undefined ? `${verb} ${of}` : `${verb} ${of} in ${namespace}`;
}

async function checkPlatform(
  { config, connections: { polls } }: Look,
  { clock }: Pick<CommandContext, 'clock'>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const address = config.apiUrl.href;
  const end = new AbortController();
  const limited = AbortSignal.any([signal, end.signal]);
  try {
    // What it brings stays: an action is asked for until it is acknowledged.
    const poll = polls.call(actionsCall(config.clusterId, { kubernetesVersion: '', verdict: '' }), limited);
    const outcome = await Promise.race([poll, clock.sleep(HELD_MS, limited).then(() => 'held' as const)]);
    if (outcome !== 'held') return judgePlatform(outcome, { address, isIdGiven: true });
    poll.catch(() => undefined);
    return [
      fine('platform', `reached at ${address}; it holds its answer until there is something to do`),
      fine('api-key', 'the platform has not refused the key'),
    ];
  } finally {
    end.abort(new Error('enough was seen'));
  }
}
