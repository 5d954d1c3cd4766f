import { afterEach, describe, expect, it } from 'vitest';
import { Backoff } from '@castai/shared/async/backoff.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { ImdsClient, type ImdsAnswer, type ImdsRequest } from './imds-client.ts';
import { MetadataWatch } from './metadata-watch.ts';
import type { Cloud, MachineIdentity } from './notice.ts';

/** What is answered at a path that begins so; `undefined` is never answered. The first that fits counts. */
type Answers = Record<string, readonly [status: number, text: string] | undefined>;

/** A client whose answers a test changes at any time. */
class ScriptedClient extends ImdsClient {
  readonly paths: string[] = [];
  answers: Answers = {};

  override async send(request: ImdsRequest, signal: AbortSignal): Promise<ImdsAnswer> {
    this.paths.push(request.path);
    const found = Object.entries(this.answers).find(([path]) => request.path.startsWith(path));
    const [status, text] = found === undefined ? [404, ''] : (found[1] ?? (await untilAborted(signal)));
    return { isAnswered: true, status, headers: new Map([['metadata-flavor', 'Google']]), text };
  }
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

const over: AbortController[] = [];
afterEach(() => over.splice(0).forEach((control) => control.abort(new Error('the test is over'))));

/** A watch on this cloud, and every identity that it told of. */
function start(cloud: Cloud | undefined, answers: Answers) {
  const clock = new ManualClock();
  const client = new ScriptedClient({
    baseUrl: new URL('http://imds.invalid'),
    agents: { current: () => ({}) as never },
    clock,
  });
  client.answers = answers;
  const told: (MachineIdentity | undefined)[] = [];
  const random = (): number => 1;
  const watch: MetadataWatch = new MetadataWatch({
    client,
    cloud,
    periodMs: 1000,
    azureApiVersion: '2020-07-01',
    providerId: () => undefined,
    clock,
    random,
    createBackoff: () => new Backoff({ initialMs: 500, maxMs: 5000, factor: 2, resetAfterMs: 0 }, { clock, random }),
    onCloud: () => undefined,
    onIdentity: () => told.push(watch.identity),
    onSighting: () => undefined,
  });
  const control = new AbortController();
  over.push(control);
  void watch.run(control.signal).catch(() => undefined);
  return { clock, client, told, watch };
}

const TOKEN = { '/latest/api/token': [200, 'token'] } as const;
const ID = '/latest/meta-data/instance-id';
const ZONE = '/latest/meta-data/placement/availability-zone';
const EVENTS = { '/metadata/scheduledevents': [200, '{"DocumentIncarnation":1,"Events":[]}'] } as const;
const COMPUTE = '/metadata/instance/compute';
const GCP = '/computeMetadata/v1';
const RESOURCE_ID =
  '/subscriptions/s/resourceGroups/MC_(a)/providers/Microsoft.Compute/virtualMachineScaleSets/set/virtualMachines/3';
const AZURE_ID = RESOURCE_ID.replace('MC_(a)', 'mc_(a)');

describe('half of who the machine is', () => {
  it('on AWS is asked for again until the zone is known too', async () => {
    const { clock, client, told } = start('aws', { ...TOKEN, [ID]: [200, 'i-0a1b'], [ZONE]: [503, ''] });
    await clock.advance(20_000);
    expect(told).toEqual([{ names: [] }]);
    client.answers = { ...TOKEN, [ID]: [200, 'i-0a1b'], [ZONE]: [200, 'eu-central-1a\n'] };
    await clock.advance(5000);
    expect(told.slice(1)).toEqual([{ names: [], providerId: 'aws:///eu-central-1a/i-0a1b' }]);
    const asked = client.paths.length;
    const isIdentity = (path: string): boolean => [ID, ZONE].includes(path);
    await clock.advance(60_000);
    expect(client.paths.slice(asked).filter(isIdentity)).toEqual([]);
  });

  it('on GCP is asked for again, a zone without a name and an error page among it', async () => {
    const { clock, client, told } = start('gcp', {
      [`${GCP}/instance/name`]: [200, 'node-1'],
      [`${GCP}/instance/zone`]: [200, 'projects/1/zones/'],
      [`${GCP}/project/project-id`]: [200, 'sample'],
    });
    await clock.advance(2000);
    client.answers = { ...client.answers, [`${GCP}/instance/zone`]: [200, '<html>busy, try again</html>'] };
    await clock.advance(10_000);
    expect(told).toEqual([{ names: [] }]);
    client.answers = { ...client.answers, [`${GCP}/instance/zone`]: [200, 'projects/1/zones/europe-west3-a'] };
    await clock.advance(5000);
    expect(told.slice(1)).toEqual([{ names: [], providerId: 'gce://sample/europe-west3-a/node-1' }]);
  });

  it('on Azure is asked for again, whichever half it is, and what was said before stays', async () => {
    const { clock, client, told } = start('azure', {
      ...EVENTS,
      [COMPUTE]: [200, JSON.stringify({ name: 'set_3', resourceId: '' })],
    });
    await clock.advance(10_000);
    expect(told).toEqual([{ names: ['set_3'] }]);
    client.answers = { ...EVENTS, [COMPUTE]: [200, JSON.stringify({ name: '', resourceId: RESOURCE_ID })] };
    await clock.advance(5000);
    expect(told.slice(1)).toEqual([{ names: ['set_3'], providerId: `azure://${AZURE_ID}` }]);
  });

  it('on Azure is as good as the whole where the id has the name in it', async () => {
    const { clock, told } = start('azure', {
      ...EVENTS,
      [COMPUTE]: [200, JSON.stringify({ resourceId: RESOURCE_ID })],
    });
    await clock.advance(0);
    expect(told).toEqual([{ names: ['set_3'], providerId: `azure://${AZURE_ID}` }]);
  });

  it('comes from a question beside one that hangs', async () => {
    const { clock, client, told } = start('aws', { ...TOKEN, [ID]: [200, 'i-0a1b'], [ZONE]: undefined });
    await clock.advance(500);
    client.answers = { ...TOKEN, [ID]: [200, 'i-0a1b'], [ZONE]: [200, 'eu-central-1a'] };
    await clock.advance(1000);
    expect(told).toEqual([{ names: [], providerId: 'aws:///eu-central-1a/i-0a1b' }]);
  });
});

it('whose service it is is known as soon as one says so, while questions for the others hang', async () => {
  const { clock, watch } = start(undefined, {
    ...EVENTS,
    [COMPUTE]: [200, JSON.stringify({ name: 'set_3', resourceId: RESOURCE_ID })],
    '/latest': undefined,
    '/computeMetadata': undefined,
  });
  await clock.advance(1000);
  expect([watch.cloud, watch.identity?.names]).toEqual(['azure', ['set_3']]);
});
