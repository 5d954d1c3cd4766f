import { expect, test } from 'vitest';
import { parseInstanceAction, parseLifecycleState, parseMaintenance, parseRebalance } from './aws-notices.ts';

test('a spot notice is read', () => {
  expect(parseInstanceAction('{"action":"terminate","time":"2017-09-18T08:22:00Z"}')?.notices).toEqual([
    {
      id: 'instance-action',
      source: 'instance-action',
      kind: 'preempt',
      type: 'terminate',
      status: '',
      isStarted: true,
      startsAtMs: Date.UTC(2017, 8, 18, 8, 22),
      description: '',
    },
  ]);
});

test('every action has its kind', () => {
  const f = (action: string, kind: string): void => {
    expect([action, parseInstanceAction(JSON.stringify({ action, time: '' }))?.notices[0]?.kind]).toEqual([
      action,
      kind,
    ]);
  };
  f('stop', 'stop');
  f('hibernate', 'hibernate');
  f('levitate', 'other');
});

test('scheduled maintenance is read with and without its optional fields', () => {
  const notices = parseMaintenance(
    JSON.stringify([
      {
        NotBefore: '5 Jan 2019 09:00:43 GMT',
        Code: 'instance-retirement',
        Description: 'The instance is scheduled for retirement',
        EventId: 'instance-event-0D59937288B749B32',
        State: 'active',
      },
    ]),
  );
  expect(notices).toEqual({
    unread: 0,
    notices: [
      {
        id: 'instance-event-0d59937288b749b32',
        source: 'scheduled-maintenance',
        kind: 'retire',
        type: 'instance-retirement',
        status: 'active',
        isStarted: false,
        startsAtMs: Date.UTC(2019, 0, 5, 9, 0, 43),
        description: 'The instance is scheduled for retirement',
      },
    ],
  });
});

test('maintenance that was cancelled or is complete is none', () => {
  const event = { Code: 'system-reboot', EventId: 'e', NotBefore: '' };
  const states = ['canceled', 'completed', 'active'].map((State) => ({ ...event, EventId: State, State }));
  expect(parseMaintenance(JSON.stringify(states))?.notices.map(({ id }) => id)).toEqual(['active']);
});

test('a notice stays the same one when its action, its time or its spelling changes', () => {
  const ids = (...texts: readonly string[]): (string | undefined)[] => [
    ...new Set(texts.map((text) => parseInstanceAction(text)?.notices[0]?.id)),
  ];
  expect(
    ids(
      '{"action":"stop","time":"2017-09-18T08:22:00Z"}',
      '{"action":"terminate","time":"2017-09-18T08:24:00Z"}',
      '{"action":"Terminate","time":"2017-09-18T08:24:00+00:00"}',
    ),
  ).toEqual(['instance-action']);
  const rebalances = ['2020-10-27T08:22:00Z', '2020-10-28T08:22:00Z'].map(
    (noticeTime) => parseRebalance(JSON.stringify({ noticeTime }))?.notices[0]?.id,
  );
  expect(rebalances).toEqual(['rebalance', 'rebalance']);
  const kinds = ['TERMINATE', 'Stop'].map(
    (action) => parseInstanceAction(JSON.stringify({ action }))?.notices[0]?.kind,
  );
  expect(kinds).toEqual(['preempt', 'stop']);
  const codes = [
    { Code: 'System-Reboot', EventId: 'E-1' },
    { Code: 'system-reboot', EventId: 'e-1' },
  ];
  expect(parseMaintenance(JSON.stringify(codes))?.notices.map(({ id, kind }) => [id, kind])).toEqual([
    ['e-1', 'reboot'],
    ['e-1', 'reboot'],
  ]);
});

test('only the state Terminated is a notice', () => {
  const f = (text: string, expected: number | undefined): void => {
    expect([text, parseLifecycleState(text)?.notices.length]).toEqual([text, expected]);
  };
  f('InService', 0);
  f('Detached', 0);
  f('Warmed:Stopped', 0);
  f('Warmed:Hibernated', 0);
  f('Warmed:Terminated', 0);
  f('terminated\n', 1);
  f('Terminated', 1);
  f('<?xml version="1.0"?>', undefined);
});

test('what is no document is not an empty one', () => {
  expect(parseInstanceAction('not-a-time')).toBeUndefined();
  expect(parseInstanceAction('{"time":"2017-09-18T08:22:00Z"}')).toBeUndefined();
  expect(parseInstanceAction('{"action":"termi')).toBeUndefined();
  expect(parseRebalance('{}')).toBeUndefined();
  expect(parseMaintenance('{}')).toBeUndefined();
});

test('an odd entry hides no maintenance beside it', () => {
  const good = { Code: 'instance-stop', EventId: 'e', NotBefore: '' };
  for (const odd of [null, 7, 'x', {}, { Code: 'system-reboot' }, { EventId: 'e' }, { ...good, EventId: 7 }]) {
    const reading = parseMaintenance(JSON.stringify([odd, good]));
    expect([odd, reading?.notices.map(({ kind }) => kind), reading?.unread]).toEqual([odd, ['stop'], 1]);
  }
});

test('words of the service are looked up by own properties and kept short', () => {
  for (const action of ['constructor', '__proto__', 'toString', 'x'.repeat(200_000)]) {
    const [notice] = parseInstanceAction(JSON.stringify({ action, time: 'y'.repeat(200_000) }))?.notices ?? [];
    expect([notice?.kind, notice?.type]).toEqual(['other', action.slice(0, 200)]);
    expect(notice?.id).toBe('instance-action');
  }
});
