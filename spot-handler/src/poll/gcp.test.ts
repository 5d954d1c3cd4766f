import { expect, test } from 'vitest';
import { systemClock } from '@castai/shared/async/clock.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { type ImdsReply, ImdsServer } from '@castai/test/fakes/imds/imds-server.ts';
import { GcpService } from './gcp.ts';
import { ImdsClient } from './imds-client.ts';
import type { Sighting } from './notice.ts';

const never = new AbortController().signal;

/** What every source of the service makes of one answer to everything, with these headers. */
async function lookAll(reply: ImdsReply): Promise<{ sightings: Sighting[]; isDetected: boolean; identity: unknown }> {
  await using server = new ImdsServer({ service: { answer: () => reply } });
  await server.listen();
  const baseUrl = new URL(server.url);
  const timeouts = { connectTimeoutMs: 5000, headersTimeoutMs: 5000, keepAliveMs: 5000 };
  const agents = new HttpAgents({ baseUrl, proxy: 'none', environment: {}, ...timeouts }, { clock: systemClock });
  try {
    const service = new GcpService({
      client: new ImdsClient({ baseUrl, agents, clock: systemClock }),
      clock: systemClock,
    });
    return {
      sightings: await Promise.all(service.polled.map(({ source }) => source.look(never))),
      isDetected: await service.detect(never),
      identity: await service.identify(never),
    };
  } finally {
    agents.close();
  }
}

const answers: readonly ImdsReply[] = [
  { status: 200, body: 'TRUE' },
  { status: 200, body: 'FALSE' },
  { status: 200, body: 'NONE' },
  { status: 200, body: '{}' },
  { status: 404, body: 'not found' },
  { status: 503, body: JSON.stringify({ error: { message: 'no notifications have been received yet' } }) },
];

test.each(answers)('an answer of anybody else tells nothing: $status $body', async (reply) => {
  for (const headers of [{}, { 'metadata-flavor': 'google-like' }]) {
    const { sightings, isDetected, identity } = await lookAll({ ...reply, headers });
    expect(sightings.map(({ isKnown }) => isKnown)).toEqual([false, false, false]);
    expect([isDetected, identity]).toEqual([false, undefined]);
  }
});

test('the same answers tell something where they say whose they are', async () => {
  const known = async (reply: ImdsReply): Promise<string> => {
    const { sightings } = await lookAll({ ...reply, headers: { 'metadata-flavor': 'Google' } });
    return sightings.map((one) => (one.isKnown ? one.notices.length : one.reason)).join(' ');
  };
  expect(await Promise.all(answers.map(known))).toEqual([
    // A word that no source knows is data where words are values, and broken where there is a document.
    '1 1 undecodable',
    '0 1 undecodable',
    'undecodable 0 0',
    'undecodable undecodable 0',
    // Only the key that every machine has cannot be absent.
    'not_found 0 0',
    'server_error server_error 0',
  ]);
});
