/** What makes the fakes trustworthy: they refuse what the real services refuse, in the same way. */
import { describe, expect, it } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { startAwsImds, startAzureImds, startGcpImds } from '../imds.ts';

const EVENTS = '/metadata/scheduledevents?api-version=2020-07-01';
const azure = { Metadata: 'true' };
const google = { 'Metadata-Flavor': 'Google' };

describe('Azure', () => {
  it('wants its header, one version, and no trace of a proxy', async () => {
    await using imds = await startAzureImds();
    const f = async (path: string, headers: Record<string, string>, status: number): Promise<string> => {
      const response = await fetch(`${imds.url}${path}`, { headers });
      expect([path, response.status]).toEqual([path, status]);
      return response.text();
    };
    await f(EVENTS, {}, 400);
    await f(EVENTS, { ...azure, 'X-Forwarded-For': '10.0.0.1' }, 400);
    await f(`${EVENTS}&api-version=2019-01-01`, azure, 400);
    expect(await f('/metadata/scheduledevents', azure, 400)).toContain('newest-versions');
    await f('/metadata/scheduledevents?api-version=2030-01-01', azure, 400);
    expect(JSON.parse(await f(EVENTS, azure, 200))).toEqual({ DocumentIncarnation: 1, Events: [] });
  });

  it('raises its incarnation with every change and serves five requests a second', async () => {
    // On a clock that stands still: on a slow machine seven requests may take longer than the second that they share.
    await using imds = await startAzureImds({ clock: new ManualClock() });
    const id = imds.service.schedule();
    imds.service.start(id);
    imds.service.remove(id);
    const answers = await Promise.all(
      Array.from({ length: 7 }, () => fetch(`${imds.url}${EVENTS}`, { headers: azure })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBe(2);
    const good = answers.find(({ status }) => status === 200);
    expect(await good?.json()).toMatchObject({ DocumentIncarnation: 4 });
  });
});

describe('AWS', () => {
  it('gives tokens to PUT only, with their life, and refuses a dated path and a proxy', async () => {
    await using imds = await startAwsImds();
    const put = async (path: string, headers: Record<string, string>): Promise<Response> =>
      fetch(`${imds.url}${path}`, { method: 'PUT', headers });
    const ttl = { 'X-aws-ec2-metadata-token-ttl-seconds': '60' };
    expect((await put('/latest/api/token', {})).status).toBe(400);
    expect((await put('/2021-07-15/api/token', ttl)).status).toBe(403);
    expect((await put('/latest/api/token', { ...ttl, 'X-Forwarded-For': '10.0.0.1' })).status).toBe(403);
    const good = await put('/latest/api/token', ttl);
    expect([good.status, good.headers.get('x-aws-ec2-metadata-token-ttl-seconds')]).toEqual([200, '60']);
    const headers = { 'X-aws-ec2-metadata-token': await good.text() };
    const get = async (path: string, more: Record<string, string>): Promise<[number, boolean]> => {
      const response = await fetch(`${imds.url}/latest/meta-data/${path}`, { headers: more });
      return [response.status, (await response.text()).startsWith('<?xml')];
    };
    expect(await get('instance-id', headers)).toEqual([200, false]);
    expect(await get('spot/instance-action', headers)).toEqual([404, true]);
    expect(await get('instance-id', { 'X-aws-ec2-metadata-token': 'old' })).toEqual([401, true]);
    expect(await get('instance-id', {})).toEqual([401, true]);
    imds.service.settings.isV2Only = false;
    expect(await get('instance-id', {})).toEqual([200, false]);
  });

  it('tells the same time of an interruption at every request', async () => {
    await using imds = await startAwsImds();
    imds.service.settings.isV2Only = false;
    imds.service.interrupt();
    const read = async (): Promise<string> => (await fetch(`${imds.url}/latest/meta-data/spot/instance-action`)).text();
    const first = await read();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await read()).toBe(first);
  });
});

describe('GCP', () => {
  it('answers at once to an older ETag, and at the change or when time is up to the current one or none', async () => {
    await using imds = await startGcpImds();
    const get = async (query: string): Promise<{ text: string; etag: string; ms: number }> => {
      const from = performance.now();
      const response = await fetch(`${imds.url}/computeMetadata/v1/instance/preempted${query}`, { headers: google });
      const text = await response.text();
      return { text, etag: response.headers.get('etag') ?? '', ms: performance.now() - from };
    };
    const { etag } = await get('');
    const wait = '?wait_for_change=true&timeout_sec=1';
    expect((await get(`${wait}&last_etag=NONE`)).text).toBe('FALSE');
    // Unchanged: the same value when time is up, with 200.
    const unchanged = await get(`${wait}&last_etag=${etag}`);
    expect([unchanged.text, unchanged.etag, unchanged.ms > 900]).toEqual(['FALSE', etag, true]);
    const waiting = get('?wait_for_change=true&timeout_sec=600');
    await eventually({ what: 'it waits', look: () => imds.service.hanging, until: (count) => count === 1 });
    imds.service.set('instance/preempted', 'TRUE');
    const later = await waiting;
    expect([later.text, later.etag === etag]).toEqual(['TRUE', false]);
    expect((await get(`${wait}&last_etag=${etag}`)).text).toBe('TRUE');
  });

  it('wants its header, and answers with it', async () => {
    await using imds = await startGcpImds();
    const f = async (path: string, headers: Record<string, string>): Promise<number> =>
      (await fetch(`${imds.url}/computeMetadata/v1/${path}`, { headers })).status;
    expect(await f('instance/name', {})).toBe(403);
    expect(await f('instance/name', google)).toBe(200);
    expect(await f('instance/no-such-key', google)).toBe(404);
    expect(await f('instance/?alt=json', google)).toBe(400);
    const answer = await fetch(`${imds.url}/computeMetadata/v1/instance/id`, { headers: google });
    expect(answer.headers.get('metadata-flavor')).toBe('Google');
  });
});
