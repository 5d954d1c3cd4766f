/**
 * How long each source can hold a notice that nobody has seen, by a clock that the test moves and the fakes of the metadata services: the
 * figures of the README. What the service itself takes for an answer comes on top.
 */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { AwsImds } from '@castai/test/fakes/imds/aws.ts';
import { AzureImds } from '@castai/test/fakes/imds/azure.ts';
import { GcpImds } from '@castai/test/fakes/imds/gcp.ts';
import type { ImdsService } from '@castai/test/fakes/imds/imds-server.ts';
import { createService } from './create-service.ts';
import { ImdsClient, type ImdsAnswer, type ImdsRequest } from './imds-client.ts';
import type { Cloud, SourceName } from './notice.ts';
import { Poller } from './poller.ts';

/** Asks a fake in this process, whose every answer is late by so much and says what was true when it was asked. */
class LateClient extends ImdsClient {
  readonly #fake: ImdsService;
  readonly #clock: ManualClock;
  readonly #lateMs: number;

  constructor(fake: ImdsService, clock: ManualClock, lateMs: number) {
    super({ baseUrl: new URL('http://imds.invalid'), agents: { current: () => ({}) as never }, clock });
    this.#fake = fake;
    this.#clock = clock;
    this.#lateMs = lateMs;
  }

  override async send({ method = 'GET', path, headers = {} }: ImdsRequest, signal: AbortSignal): Promise<ImdsAnswer> {
    const { pathname, searchParams: query } = new URL(path, 'http://imds.invalid');
    const question = { method, path: pathname, query, duplicates: [], headers, body: '', signal };
    const reply = await this.#fake.answer(question);
    await this.#clock.sleep(this.#lateMs, signal);
    if (reply === undefined) throw new Error('a question without an answer');
    return {
      isAnswered: true,
      status: reply.status,
      headers: new Map(Object.entries(reply.headers ?? {})),
      text: reply.body,
    };
  }
}

interface Play {
  readonly cloud: Cloud;
  readonly source: SourceName;
  /** The longest that a notice stands unseen, in milliseconds. */
  readonly withinMs: number;
  /** A fake, and what makes it announce something at this source. */
  readonly stage: (clock: ManualClock) => { readonly fake: ImdsService; readonly announce: () => void };
}

function aws(announce: (fake: AwsImds) => void): Play['stage'] {
  return (clock) => {
    const fake = new AwsImds({ clock });
    fake.setLifecycleState('InService');
    return { fake, announce: () => announce(fake) };
  };
}

function gcp(key: string, value: string): Play['stage'] {
  return (clock) => {
    const fake = new GcpImds({ clock });
    return { fake, announce: () => fake.set(key, value) };
  };
}

const MAINTENANCE = { NotBefore: '', Code: 'system-reboot', Description: '', EventId: 'e-1', State: 'active' };
const WINDOW = JSON.stringify({ maintenance_status: 'PENDING', window_start_time: '2026-04-11T22:26:58Z' });

const PLAYS: readonly Play[] = [
  {
    cloud: 'azure',
    source: 'scheduled-events',
    withinMs: 1000,
    stage: (clock) => {
      const fake = new AzureImds({ clock });
      return { fake, announce: () => void fake.schedule() };
    },
  },
  { cloud: 'aws', source: 'instance-action', withinMs: 1060, stage: aws((fake) => fake.interrupt()) },
  {
    cloud: 'aws',
    source: 'lifecycle-state',
    withinMs: 16_000,
    stage: aws((fake) => fake.setLifecycleState('Terminated')),
  },
  { cloud: 'aws', source: 'rebalance', withinMs: 32_000, stage: aws((fake) => fake.recommendRebalance()) },
  {
    cloud: 'aws',
    source: 'scheduled-maintenance',
    withinMs: 32_000,
    stage: aws((fake) => fake.schedule([MAINTENANCE])),
  },
  { cloud: 'gcp', source: 'preempted', withinMs: 0, stage: gcp('instance/preempted', 'TRUE') },
  {
    cloud: 'gcp',
    source: 'maintenance-event',
    withinMs: 0,
    stage: gcp('instance/maintenance-event', 'TERMINATE_ON_HOST_MAINTENANCE'),
  },
  {
    cloud: 'gcp',
    source: 'upcoming-maintenance',
    withinMs: 60_000,
    stage: gcp('instance/upcoming-maintenance', WINDOW),
  },
];

/** How long a notice stands that comes so long after the start until its source was seen to have it, in milliseconds. */
async function unseenMs({ cloud, source, stage }: Play, lateMs: number, beginMs: number): Promise<number> {
  const clock = new ManualClock();
  const { fake, announce } = stage(clock);
  const client = new LateClient(fake, clock, lateMs);
  const service = createService(cloud, { client, periodMs: 1000, azureApiVersion: '2020-07-01', clock });
  let seenAtMs = Number.POSITIVE_INFINITY;
  const over = new AbortController();
  const poller = new Poller({
    service,
    clock,
    random: () => 1,
    onSighting: (name, sighting) => {
      const isIt = name === source && sighting.isKnown && sighting.notices.length > 0;
      if (isIt) seenAtMs = Math.min(seenAtMs, clock.monotonicMs());
    },
  });
  const ended = poller.run(over.signal).catch(() => undefined);
  await clock.advance(beginMs);
  announce();
  await clock.advance(90_000);
  over.abort(new Error('the test is over'));
  await ended;
  return seenAtMs - beginMs;
}

describe.each(PLAYS)('a notice at $source', (play) => {
  it.each([0, 3000])(
    `is seen within ${String(play.withinMs)} ms of a service that takes %i ms for an answer`,
    async (lateMs) => {
      // So many begins, spread over the longest period by a step that has nothing in common with any.
      const begins = Array.from({ length: 12 }, (_, index) => 45_000 + index * 5171);
      const unseen = await Promise.all(begins.map((beginMs) => unseenMs(play, lateMs, beginMs)));
      // A hanging question may just have been answered when the notice comes: the one beside it has it, a second later.
      const latenessMs = play.withinMs === 0 && lateMs > 0 ? lateMs + 1000 : lateMs;
      expect([play.source, Math.max(...unseen) <= play.withinMs + latenessMs, Math.max(...unseen)]).toEqual([
        play.source,
        true,
        expect.any(Number),
      ]);
    },
  );
});
