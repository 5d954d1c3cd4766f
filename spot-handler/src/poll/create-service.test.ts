import { afterEach, expect, test } from 'vitest';
import { systemClock } from '@castai/shared/async/clock.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { startAwsImds, startAzureImds, startGcpImds } from '@castai/test/fakes/imds.ts';
import type { Cloud } from './notice.ts';
import { cloudOfProviderId, createService, detectCloud } from './create-service.ts';
import { ImdsClient } from './imds-client.ts';

const never = new AbortController().signal;
const sources: HttpAgents[] = [];
afterEach(() => {
  for (const source of sources.splice(0)) source.close();
});

async function detectAt(url: string): Promise<Cloud | undefined> {
  const baseUrl = new URL(url);
  const timeouts = { connectTimeoutMs: 2000, headersTimeoutMs: 2000, keepAliveMs: 2000 };
  const agents = new HttpAgents({ baseUrl, proxy: 'none', environment: {}, ...timeouts }, { clock: systemClock });
  sources.push(agents);
  const client = new ImdsClient({ baseUrl, agents, clock: systemClock });
  const options = { client, periodMs: 1000, azureApiVersion: '2020-07-01', clock: systemClock };
  const [azure, aws, gcp] = (['azure', 'aws', 'gcp'] as const).map((cloud) => createService(cloud, options));
  if (azure === undefined || aws === undefined || gcp === undefined) throw new Error('a service is missing');
  return detectCloud({ azure, aws, gcp }, never);
}

test('each metadata service is told from the two others by what it answers', async () => {
  await using azure = await startAzureImds();
  await using aws = await startAwsImds();
  await using gcp = await startGcpImds();
  expect([await detectAt(azure.url), await detectAt(aws.url), await detectAt(gcp.url)]).toEqual([
    'azure',
    'aws',
    'gcp',
  ]);
});

test('a server that is none of them is not taken for one', async () => {
  await using other = await startGcpImds();
  other.server.fail({ action: { type: 'respond', status: 200, body: 'hello' } });
  expect(await detectAt(other.url)).toBeUndefined();
});

test('the providerID of a node names its cloud', () => {
  const f = (providerId: string | undefined, expected: Cloud | undefined): void => {
    expect([providerId, cloudOfProviderId(providerId)]).toEqual([providerId, expected]);
  };
  f('azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm', 'azure');
  f('aws:///eu-central-1a/i-1', 'aws');
  f('gce://project/zone/name', 'gcp');
  f('kind://docker/kind/kind-worker', undefined);
  f('', undefined);
  f(undefined, undefined);
});
