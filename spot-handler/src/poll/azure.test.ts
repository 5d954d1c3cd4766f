import { afterEach, expect, test } from 'vitest';
import { type Clock, systemClock } from '@castai/shared/async/clock.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { startAzureImds } from '@castai/test/fakes/imds.ts';
import { FLEXIBLE_MACHINE } from '@castai/test/fakes/imds/azure.ts';
import { AzureService } from './azure.ts';
import { azureNamesOf } from './azure-events.ts';
import { ImdsClient } from './imds-client.ts';

const never = new AbortController().signal;
const sources: HttpAgents[] = [];
afterEach(() => {
  for (const source of sources.splice(0)) source.close();
});

function serviceAt(
  url: string,
  { apiVersion = '2020-07-01', clock = systemClock }: { apiVersion?: string; clock?: Clock } = {},
): AzureService {
  const baseUrl = new URL(url);
  const timeouts = { connectTimeoutMs: 2000, headersTimeoutMs: 2000, keepAliveMs: 2000 };
  const agents = new HttpAgents({ baseUrl, proxy: 'none', environment: {}, ...timeouts }, { clock: systemClock });
  sources.push(agents);
  const client = new ImdsClient({ baseUrl, agents, clock: systemClock });
  return new AzureService({ client, apiVersion, periodMs: 1000, clock });
}

test('a machine of a Uniform scale set is known by the name of the set and its number', async () => {
  await using imds = await startAzureImds();
  const identity = await serviceAt(imds.url).identify(never);
  expect(identity?.names).toEqual(['aks-spotpool-12345678-vmss_3']);
  // The providerID that the cluster has for it means the same machine, with the group in lower case.
  expect(identity?.providerId).toContain('/resourceGroups/mc_group_cluster_westeurope/');
  expect(azureNamesOf(identity?.providerId ?? '')).toEqual(identity?.names);
});

test('any other machine is known by its own name', async () => {
  await using imds = await startAzureImds({ machine: FLEXIBLE_MACHINE });
  const identity = await serviceAt(imds.url).identify(never);
  expect(identity?.names).toEqual(['aks-flex-0a1b2c3d']);
  expect(azureNamesOf(identity?.providerId ?? '')).toEqual(identity?.names);
});

test('an event is approved once and again', async () => {
  await using imds = await startAzureImds();
  const service = serviceAt(imds.url);
  const id = imds.service.schedule({ EventType: 'Terminate' });
  expect(await service.acknowledge(id, never)).toBe(true);
  expect(await service.acknowledge(id, never)).toBe(true);
  expect(await service.acknowledge('another', never)).toBe(false);
  expect(imds.service.events.map(({ EventStatus, NotBefore }) => [EventStatus, NotBefore])).toEqual([['Started', '']]);
});

test('a look that is told to stop stops, also while it waits for the first answer of all', async () => {
  await using imds = await startAzureImds();
  imds.service.settings.firstCallMs = 120_000;
  const stop = new AbortController();
  const look = serviceAt(imds.url).polled[0]?.source.look(stop.signal);
  stop.abort(new Error('enough'));
  await expect(look).rejects.toThrow('enough');
});

test('a version that was refused is asked for again every ten minutes, which costs no look', async () => {
  await using imds = await startAzureImds();
  imds.service.settings.requestsPerSecond = Infinity;
  let aheadMs = 0;
  const clock: Clock = {
    now: () => systemClock.now(),
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    setTimer: (ms, fire) => systemClock.setTimer(ms, fire),
  };
  const service = serviceAt(imds.url, { apiVersion: '2030-01-01', clock });
  const look = async (): Promise<unknown> => {
    const sighting = await service.polled[0]?.source.look(never);
    return sighting?.isKnown === true ? 'known' : sighting?.hint;
  };
  const versions = (): (string | undefined)[] =>
    imds.server.requests.splice(0).map(({ query }) => query['api-version']);
  expect(await look()).toBe('AZURE_API_VERSION=2030-01-01 is not served here: 2020-07-01 is used instead');
  expect(await look()).toBe('known');
  expect(versions()).toEqual(['2030-01-01', '2020-07-01']);
  aheadMs += 600_000;
  expect([await look(), await look()]).toEqual(['known', 'known']);
  expect(versions()).toEqual(['2030-01-01', '2020-07-01', '2020-07-01']);
  imds.service.settings.apiVersions.push('2030-01-01');
  aheadMs += 600_000;
  expect([await look(), await look()]).toEqual(['known', 'known']);
  expect(versions()).toEqual(['2030-01-01', '2030-01-01']);
});
