import { expect, test } from 'vitest';
import { azureNamesOf, parseScheduledEvents } from './azure-events.ts';
import type { Notice } from './notice.ts';

const event = {
  EventId: '602D9444-D2CD-49C7-8624-8643E7171297',
  EventType: 'Reboot',
  ResourceType: 'VirtualMachine',
  Resources: ['set_0', 'set_1'],
  EventStatus: 'Scheduled',
  NotBefore: 'Mon, 19 Sep 2016 18:29:47 GMT',
  Description: 'Host server is undergoing maintenance.',
  EventSource: 'Platform',
  DurationInSeconds: -1,
};
const read = (...events: readonly unknown[]): ReturnType<typeof parseScheduledEvents> =>
  parseScheduledEvents(JSON.stringify({ DocumentIncarnation: 1, Events: events }));
const parse = (...events: readonly unknown[]): readonly Notice[] | undefined => read(...events)?.notices;

test('an event is read whole', () => {
  expect(parse(event)).toEqual([
    {
      id: '602d9444-d2cd-49c7-8624-8643e7171297',
      givenId: '602D9444-D2CD-49C7-8624-8643E7171297',
      source: 'scheduled-events',
      kind: 'reboot',
      type: 'Reboot',
      status: 'Scheduled',
      isStarted: false,
      startsAtMs: Date.UTC(2016, 8, 19, 18, 29, 47),
      resources: ['set_0', 'set_1'],
      description: 'Host server is undergoing maintenance.',
    },
  ]);
});

test('a started event has no time', () => {
  const [notice] = parse({ ...event, EventStatus: 'Started', NotBefore: '' }) ?? [];
  expect([notice?.isStarted, notice?.startsAtMs]).toEqual([true, undefined]);
});

test('types, states and fields that nobody has heard of are data', () => {
  const [notice] = parse({ ...event, EventType: 'Teleport', EventStatus: 'Pondered', NewField: [1] }) ?? [];
  expect([notice?.kind, notice?.type, notice?.status]).toEqual(['other', 'Teleport', 'Pondered']);
});

test('every type that Azure names has its kind, in any case of letters', () => {
  const f = (type: string, expected: string): void => {
    const kinds = [type, type.toLowerCase(), type.toUpperCase()].map(
      (EventType) => parse({ ...event, EventType })?.[0]?.kind,
    );
    expect([type, kinds]).toEqual([type, [expected, expected, expected]]);
  };
  f('Freeze', 'freeze');
  f('Reboot', 'reboot');
  f('Redeploy', 'redeploy');
  f('Preempt', 'preempt');
  f('Terminate', 'terminate');
  f('SpotRebalanceRecommendation', 'rebalance');
});

test('a time is read with a day of one digit and as ISO 8601, as some servers write it', () => {
  const f = (NotBefore: string, expected: number | undefined): void => {
    expect([NotBefore, parse({ ...event, NotBefore })?.[0]?.startsAtMs]).toEqual([NotBefore, expected]);
  };
  f('Thu, 1 Sep 2016 08:29:47 GMT', Date.UTC(2016, 8, 1, 8, 29, 47));
  f('2016-09-01T08:29:47Z', Date.UTC(2016, 8, 1, 8, 29, 47));
  f('soon', undefined);
});

test('an advisory is a rebalance, whatever its type', () => {
  const [first, second] =
    parse(
      { ...event, EventType: 'SpotRebalanceRecommendation', EventStatus: 'Advisory' },
      { ...event, EventType: 'Preempt', EventStatus: 'Advisory' },
    ) ?? [];
  expect([first?.kind, second?.kind]).toEqual(['rebalance', 'rebalance']);
});

test('what is no document of events is not an empty one', () => {
  const f = (text: string): void => expect([text, parseScheduledEvents(text)]).toEqual([text, undefined]);
  f('');
  f('{}');
  f('null');
  f('[]');
  f('{"error":"Too many requests"}');
  f('{"DocumentIncarnation":1,"Events":[{"EventId":"602D9444');
  expect(parse()).toEqual([]);
});

test('an odd entry hides no event beside it', () => {
  const { EventType: _type, ...noType } = event;
  const { EventId: _id, ...noId } = event;
  for (const odd of [null, 7, 'Preempt', [], {}, noType, noId, { ...event, EventId: 7 }, { ...event, EventId: '' }]) {
    const f = (...events: readonly unknown[]): void => {
      const reading = read(...events);
      expect([odd, reading?.notices.map(({ kind }) => kind), reading?.unread]).toEqual([odd, ['reboot'], 1]);
    };
    f(odd, event);
    f(event, odd);
  }
});

test('ids that are too long stay two, and stay the same in another spelling', () => {
  const [first, second, third] =
    parse(...['a', 'b', 'A'].map((end) => ({ ...event, EventId: 'z'.repeat(500) + end }))) ?? [];
  expect([first?.id === second?.id, first?.id === third?.id, first?.id.length]).toEqual([false, true, 200]);
});

test('an event whose machines cannot be read is not taken for another machine’s, and one machine may stand alone', () => {
  const { Resources: _resources, ...nobody } = event;
  for (const odd of [nobody, { ...event, Resources: null }, { ...event, Resources: { name: 'set_0' } }]) {
    expect([odd, read(odd, event)?.notices.length, read(odd, event)?.unread]).toEqual([odd, 1, 1]);
  }
  expect(parse({ ...event, Resources: 'set_0' })?.[0]?.resources).toEqual(['set_0']);
  expect(parse({ ...event, Resources: [null, 'set_0', 7] })?.[0]?.resources).toEqual(['set_0']);
});

test('words of the service are looked up by own properties and kept short', () => {
  for (const EventType of ['constructor', '__proto__', 'toString', 'x'.repeat(200_000)]) {
    const [notice] = parse({ ...event, EventType, EventStatus: EventType, EventId: 'z'.repeat(120_000) }) ?? [];
    expect([notice?.kind, notice?.type, notice?.status]).toEqual([
      'other',
      EventType.slice(0, 200),
      EventType.slice(0, 200),
    ]);
    // An approval has to repeat the whole id: one that was cut is none.
    expect([notice?.id.length, notice?.givenId]).toEqual([200, undefined]);
  }
});

test('a providerID tells the name that events use', () => {
  const f = (providerId: string, expected: string[]): void => {
    expect([providerId, azureNamesOf(providerId)]).toEqual([providerId, expected]);
  };
  const group = 'azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute';
  f(`${group}/virtualMachineScaleSets/aks-pool-vmss/virtualMachines/3`, ['aks-pool-vmss_3']);
  f(`${group}/virtualMachines/aks-vm-1`, ['aks-vm-1']);
  f('aws:///eu-central-1a/i-1', []);
});
