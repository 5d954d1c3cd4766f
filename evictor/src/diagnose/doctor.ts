import type { Clock } from '@castai/shared/async/clock.ts';
import { forEachAtOnce } from '@castai/shared/async/for-each-at-once.ts';
import { configFailed, configFindings } from '@castai/shared/command/config-findings.ts';
import type { Tell } from '@castai/shared/command/doctor-command.ts';
import { failed, fine, type Finding, skipped, trouble } from '@castai/shared/command/finding.ts';
import { judgeClocks } from '@castai/shared/command/judge-clocks.ts';
import { connectKube } from '@castai/shared/kube/connect-kube.ts';
import { askInTime, serverFailed } from '@castai/shared/kube/examine-server.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { checkLease } from '@castai/shared/lead/check-lease.ts';
import type { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { type Partners, theirTimes } from '@castai/shared/http/their-times.ts';
import { EVENT_NAMESPACE } from '../announce/node-event.ts';
import type { EvictorConfig } from '../config.ts';
import { loadFiles } from '../configure/load-files.ts';
import { askUpcomingWindow } from '../connect/ask-upcoming-window.ts';
import { connectPlatform } from '../connect/connect-platform.ts';
import { KARPENTER_GROUP, nodeClaimVersion } from '../connect/ask-node-claims.ts';
import { gitVersionIn } from '../connect/git-version.ts';
import { LEASE_RIGHTS_HINT } from '../connect/take-part.ts';
import { CLAIMS_RIGHT_CURE, FORBIDDEN_CURE, WINDOW_RIGHT_CURE } from '../follow/forbidden-cure.ts';
import { counted } from '../view/counted.ts';
import { feedsFor, REPORTS, type ViewFeed } from '../view/view-feeds.ts';

/** What the doctor is made of. */
export interface DoctorOptions {
  /** Reads the configuration, with warnings about it. Throws `CONFIG_INVALID` with every problem. */
  readonly readConfig: () => { readonly config: EvictorConfig; readonly warnings: readonly string[] };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly clock: Clock;
  readonly secrets: KnownSecrets;
  readonly tell: Tell;
}

/** Reviews are small, and an API server counts what a client has under way. */
const QUESTIONS_AT_ONCE = 4;

/**
 * Looks at everything that the evictor needs, from where it stands and with what it was given. Changes nothing. One attempt each; rejects
 * only with the reason of the signal.
 */
export async function diagnose(options: DoctorOptions, signal: AbortSignal): Promise<void> {
  const { readConfig, tell } = options;
  let config: EvictorConfig;
  try {
    const read = readConfig();
    ({ config } = read);
    const { rules, prices, plans } = loadFiles(config);
    tell([
      ...configFindings(read.warnings),
      fine('rules', rules.length === 0 ? 'there are no rules' : `the file has ${counted(rules.length, 'rule')}`),
      fine(
        'prices',
        prices === undefined ? 'there are no prices' : `the file has ${counted(prices.prices.length, 'price')}`,
      ),
      fine(
        'windows',
        plans.length === 0
          ? 'there are no maintenance windows'
          : `windows for ${plans.map(({ kind }) => kind).join(', ')} are known`,
      ),
    ]);
  } catch (error) {
    tell(configFailed(error, ['api-server', 'feeds', 'platform', 'api-key']));
    return;
  }
  const partners: { -readonly [Whose in keyof Partners]: Partners[Whose] } = {
    apiServer: undefined,
    platform: undefined,
  };
  // Asked at the same time, told in one order: reports of two days can be compared.
  const [, ofPlatform] = await Promise.all([
    checkCluster({ ...options, config, partners }, signal),
    checkPlatform({ ...options, config, partners }, signal),
  ]);
  tell([...ofPlatform, judgeClocks(theirTimes(partners, 'last'))]);
}

type Look = Omit<DoctorOptions, 'readConfig'> & {
  readonly config: EvictorConfig;
  /** Who was reached: their clocks are heard by the way. */
  readonly partners: { -readonly [Whose in keyof Partners]: Partners[Whose] };
};

async function checkCluster(look: Look, signal: AbortSignal): Promise<void> {
  const { config, version, clock, partners, tell } = look;
  let kube: Awaited<ReturnType<typeof connectKube>> | undefined;
  try {
    kube = await connectKube({ ...look, userAgent: `castai-evictor/${version} doctor` });
    const { client, server, theirClock } = kube;
    partners.apiServer = { address: server.href, theirClock };
    const answer = await askInTime(clock, (limited) => client.get('/version', limited), signal);
    tell([fine('api-server', `Kubernetes ${gitVersionIn(answer)} answers at ${server.origin}`)]);
    const election = { config, rightsHint: LEASE_RIGHTS_HINT };
    const found = await Promise.all([
      orFailed('feeds', () => checkFeeds(client, config, signal), signal),
      orFailed('node-events', () => checkEvents(client, config, signal), signal),
      orWarned('next-window', () => checkWindow(client, config, signal), signal),
      orWarned('node-claims', () => checkClaims(client, config, signal), signal),
      orFailed('lease', () => checkLease(client, election, signal), signal),
    ]);
    found.forEach(tell);
  } catch (error) {
    signal.throwIfAborted();
    tell([serverFailed(error, kube?.server.origin), skipped('feeds', 'the API server was not read')]);
  } finally {
    await kube?.close();
  }
}

/** No call of this program means nothing, so whether the key is taken shows with the first report. */
async function checkPlatform(look: Look, signal: AbortSignal): Promise<Finding[]> {
  const { version, partners } = look;
  const context = { ...look, userAgent: `castai-evictor/${version} doctor` };
  let platform: ReturnType<typeof connectPlatform>;
  try {
    platform = connectPlatform(context, () => undefined);
    if (platform === undefined) return [];
    const { address, theirClock } = platform;
    partners.platform = { address, theirClock };
    await platform.touch(signal);
    const key = skipped('api-key', 'it is sent with a report only, and none is made for a try');
    return [fine('platform', `reached at ${address}`), key];
  } catch (error) {
    signal.throwIfAborted();
    const key = skipped('api-key', 'the platform was not reached');
    return [failed('platform', error, platform?.address), key];
  } finally {
    platform?.close();
  }
}

async function checkFeeds(client: KubeClient, config: EvictorConfig, signal: AbortSignal): Promise<Finding[]> {
  const feeds = feedsFor(REPORTS.filter((report) => config.reports.includes(report)));
  const closed = new Set<ViewFeed>();
  await forEachAtOnce(feeds, QUESTIONS_AT_ONCE, async (feed) => {
    const { group, resource } = feed;
    for (const verb of ['list', 'watch']) if (!(await client.canI({ group, resource, verb }, signal))) closed.add(feed);
  });
  const readable = `${String(feeds.length - closed.size)} of ${String(feeds.length)} collections may be read`;
  if (closed.size === 0) return [fine('feeds', readable)];
  const detail = `${readable}; nothing is concluded without the others`;
  return [
    trouble('feeds', { severity: 'problem', detail, cure: FORBIDDEN_CURE }),
    ...feeds.filter((feed) => closed.has(feed)).map(({ resource }) => forbidden(resource)),
  ];
}

/** That the ConfigMap is not there is normal: nobody tells a window then. What it says has to be one. */
async function checkWindow(
  client: KubeClient,
  { maintenanceConfigMap: place }: EvictorConfig,
  signal: AbortSignal,
): Promise<Finding[]> {
  if (place === undefined) return [];
  const [namespace = '', name = ''] = place.split('/');
  if (!(await client.canI({ group: '', resource: 'configmaps', verb: 'get', namespace, name }, signal))) {
    const detail = `FORBIDDEN: the service account may not get the ConfigMap ${place}`;
    return [trouble('next-window', { severity: 'warning', detail, cure: WINDOW_RIGHT_CURE })];
  }
  const span = await askUpcomingWindow(client, place, signal);
  const told = span === undefined ? 'tells no maintenance window now' : 'tells the next maintenance window';
  return [fine('next-window', `${place} ${told}`)];
}

/** Where Karpenter is not installed there is nothing to say. */
async function checkClaims(client: KubeClient, { reports }: EvictorConfig, signal: AbortSignal): Promise<Finding[]> {
  if (!reports.includes('drift')) return [];
  if ((await nodeClaimVersion(client, signal)) === undefined) return [];
  if (await client.canI({ group: KARPENTER_GROUP, resource: 'nodeclaims', verb: 'list' }, signal))
    return [fine('node-claims', "Karpenter's NodeClaims may be read")];
  const detail = 'FORBIDDEN: the service account may not list nodeclaims: what Karpenter says of its nodes is not told';
  return [trouble('node-claims', { severity: 'warning', detail, cure: CLAIMS_RIGHT_CURE })];
}

async function checkEvents(client: KubeClient, { nodeEvents }: EvictorConfig, signal: AbortSignal): Promise<Finding[]> {
  if (!nodeEvents) return [];
  const namespace = EVENT_NAMESPACE;
  if (await client.canI({ group: '', resource: 'events', verb: 'create', namespace }, signal))
    return [fine('node-events', 'Events about nodes may be written')];
  const detail = `FORBIDDEN: the service account may not create Events in the namespace ${namespace}`;
  const cure = 'let the chart make the Role for it (evictor.nodeEvents), or take NODE_EVENTS out';
  return [trouble('node-events', { severity: 'warning', detail, cure })];
}

function forbidden(resource: string): Finding {
  const cause = 'FORBIDDEN: the service account may not list and watch it';
  const detail = `FORBIDDEN: the service account may not list and watch ${resource}`;
  const group = { cause, member: resource };
  return trouble(`feed/${resource}`, { severity: 'problem', detail, cure: FORBIDDEN_CURE, group });
}

/** The same where the evictor works without what is looked at. */
async function orWarned(id: string, look: () => Promise<Finding[]>, signal: AbortSignal): Promise<Finding[]> {
  return (await orFailed(id, look, signal)).map((one) =>
    one.severity === 'problem' ? { ...one, severity: 'warning' } : one,
  );
}

async function orFailed(id: string, look: () => Promise<Finding[]>, signal: AbortSignal): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    signal.throwIfAborted();
    return [failed(id, error)];
  }
}
