import type { Clock } from '@castai/shared/async/clock.ts';
import { configFailed, configFindings } from '@castai/shared/command/config-findings.ts';
import { judgeClocks } from '@castai/shared/command/judge-clocks.ts';
import type { Tell } from '@castai/shared/command/doctor-command.ts';
import { describeProxy, proxyFor } from '@castai/shared/http/proxy.ts';
import { Discovery } from '@castai/shared/kube/discovery.ts';
import type { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { type Partners, theirTimes } from '@castai/shared/http/their-times.ts';
import type { AgentConfig } from '../config.ts';
import { isLinted } from '../lint/is-linted.ts';
import { connectKube } from '@castai/shared/kube/connect-kube.ts';
import { askInTime, serverFailed } from '@castai/shared/kube/examine-server.ts';
import { connectPlatform } from '../connect/connect-platform.ts';
import { readClusterFacts } from '../identity/cluster-facts.ts';
import { collectEvidence } from '../identity/collect-evidence.ts';
import { identify } from '../identity/identify.ts';
import { KubeSurvey } from '../feeds/api-survey.ts';
import { allFeeds } from '../feeds/feeds.ts';
import { checkFeeds, surveyFailed } from './check-feeds.ts';
import { checkLease } from '@castai/shared/lead/check-lease.ts';
import { LEASE_RIGHTS_HINT } from '../connect/connect-lease.ts';
import { judgePlatform } from '@castai/shared/wire/judge-platform.ts';
import { platformWishesCall } from '../deliver/deltas/platform-wishes-call.ts';
import { checkNamespaces, privacyFindings } from './check-privacy.ts';
import { failed, fine, type Finding, skipped, trouble } from '@castai/shared/command/finding.ts';

/** What the doctor is made of. */
export interface DoctorOptions {
  /** Reads the configuration, with warnings about it. Throws `CONFIG_INVALID` with every problem. */
  readonly readConfig: () => { readonly config: AgentConfig; readonly warnings: readonly string[] };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly clock: Clock;
  readonly secrets: KnownSecrets;
  /** Told of findings as they become known. */
  readonly tell?: Tell;
}

type Connect = Required<Omit<DoctorOptions, 'readConfig'>> & {
  readonly config: AgentConfig;
  readonly userAgent: string;
  /** Who was reached: their clocks are heard by the way. */
  readonly partners: { -readonly [Whose in keyof Partners]: Partners[Whose] };
};
type Kube = Awaited<ReturnType<typeof connectKube>>;

/** Asked about when the cluster has no id yet: the platform then answers that it does not know it, and changes nothing. */
const NO_CLUSTER = '00000000-0000-0000-0000-000000000000';

/**
 * Looks at everything that the agent needs, from where it stands and with what it was given: configuration, API server, identity, the
 * right to read each feed and to use the lease of an election, the platform and the key. Changes nothing, neither in the cluster nor at the
 * platform. One attempt each; rejects only with the reason of the signal. The
 * command takes secrets out of what is found.
 */
export async function diagnose(options: DoctorOptions, signal: AbortSignal): Promise<Finding[]> {
  const all: Finding[] = [];
  const tell: Tell = (found) => {
    all.push(...found);
    options.tell?.(found);
  };
  await examine({ ...options, tell }, signal);
  return all;
}

async function examine(options: DoctorOptions & { readonly tell: Tell }, signal: AbortSignal): Promise<void> {
  const { tell } = options;
  let read: ReturnType<DoctorOptions['readConfig']>;
  try {
    read = options.readConfig();
  } catch (error) {
    tell(configFailed(error, ['api-server', 'identity', 'feeds', 'platform', 'api-key']));
    return;
  }
  const { config, warnings } = read;
  const userAgent = `castai-agent/${options.version} doctor`;
  const partners: Connect['partners'] = { apiServer: undefined, platform: undefined };
  const connect = { ...options, config, userAgent, partners };
  tell([...configFindings(warnings), ...privacyFindings(config), lintFinding(config)]);
  // Asked at the same time, told in one order: reports of two days can be compared.
  const [, ofPlatform] = await Promise.all([checkCluster(connect, signal), checkPlatform(connect, signal)]);
  tell([...ofPlatform, judgeClocks(theirTimes(partners, 'last'))]);
}

/** Whether more is known than is sent: for a security review, and for whoever misses findings on the page. */
function lintFinding(config: AgentConfig): Finding {
  if (isLinted(config))
    return fine('lint', 'objects are judged by the manifest lint; ids of the rules that they break are sent');
  return fine(
    'lint',
    config.lint
      ? 'nothing is judged: PLATFORM_WIRE=agent-deltas has no place for it'
      : 'LINT is false: nothing is judged',
  );
}

async function checkCluster(options: Connect, signal: AbortSignal): Promise<void> {
  const { tell, partners } = options;
  let kube: Kube | undefined;
  try {
    kube = await connectKube(options);
    partners.apiServer = { address: kube.server.href, theirClock: kube.theirClock };
    const { client } = kube;
    const ask = (limited: AbortSignal) => readClusterFacts(client, limited);
    const { kubernetesVersion } = await askInTime(options.clock, ask, signal);
    tell([fine('api-server', `Kubernetes ${kubernetesVersion} answers at ${kube.server.origin}`)]);
    const rest = await Promise.all([
      checkIdentity(kube, options, signal),
      checkRights(kube, options, signal),
      checkElection(kube, options, signal),
      checkNamespaces(kube.client, options.config, signal),
    ]);
    rest.forEach(tell);
  } catch (error) {
    signal.throwIfAborted();
    const why = 'the API server was not read';
    tell([serverFailed(error, kube?.server.origin), skipped('identity', why), skipped('feeds', why)]);
  } finally {
    await kube?.close();
  }
}

async function checkIdentity({ client }: Kube, { config }: Connect, signal: AbortSignal): Promise<Finding[]> {
  try {
    const verdict = identify(await collectEvidence(client, config, signal));
    if (verdict.kind !== 'unknown') {
      const kind = verdict.kind === 'fixed' ? verdict.clusterId : verdict.registration.provider.kind;
      return [fine('identity', `${kind}: ${verdict.reasons.join('; ')}`)];
    }
    const detail = `cannot tell which cluster this is: ${verdict.problems.join('; ')}`;
    const cure = 'set what is named above (agent.provider in the chart, the rest in agent.extraEnv)';
    return [trouble('identity', { severity: verdict.isFinal ? 'problem' : 'warning', detail, cure })];
  } catch (error) {
    signal.throwIfAborted();
    return [failed('identity', error)];
  }
}

async function checkRights({ client }: Kube, { config }: Connect, signal: AbortSignal): Promise<Finding[]> {
  try {
    return await checkFeeds(new KubeSurvey(client, new Discovery(client)), allFeeds(config), signal);
  } catch (error) {
    signal.throwIfAborted();
    return [surveyFailed(error)];
  }
}

async function checkElection({ client }: Kube, { config }: Connect, signal: AbortSignal): Promise<Finding[]> {
  try {
    return await checkLease(client, { config, rightsHint: LEASE_RIGHTS_HINT }, signal);
  } catch (error) {
    signal.throwIfAborted();
    return [failed('lease', error)];
  }
}

async function checkPlatform(options: Connect, signal: AbortSignal): Promise<Finding[]> {
  const { config, version, environment, partners } = options;
  let platform: ReturnType<typeof connectPlatform> | undefined;
  try {
    const proxy = proxyFor({ baseUrl: config.apiUrl, proxy: 'environment', environment });
    platform = connectPlatform(options);
    partners.platform = { address: config.apiUrl.href, theirClock: platform.theirClock };
    const clusterId = config.clusterId ?? NO_CLUSTER;
    const telemetry = { agentVersion: version, gitCommit: '' };
    const outcome = await platform.rest.call(platformWishesCall(clusterId, telemetry), signal);
    const through = proxy === undefined ? {} : { proxy: describeProxy(proxy) };
    return judgePlatform(outcome, {
      address: config.apiUrl.href,
      ...through,
      isIdGiven: config.clusterId !== undefined,
      registers: true,
    });
  } catch (error) {
    signal.throwIfAborted();
    return [failed('platform', error), skipped('api-key', 'the platform could not be asked')];
  } finally {
    await platform?.close();
  }
}
